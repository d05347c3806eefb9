"""Page: the list of staff as a table that is taken in; what that changes is confirmed first."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, reads, web, wording
from queue_service.db import Refused
from queue_service.i18n import N_, say_date
from queue_service.manager import frame, people
from queue_service.offices import FileError, staff_list
from queue_service.web import AppRequest

LABELS = {
    "name": N_("Name"),
    "title": N_("Position"),
    "group": N_("Staff group"),
    "area": N_("Room"),
    "queues": N_("Fields"),
    "leads": N_("leads"),
    "account_id": N_("Account"),
    "left_on": N_("Last day"),
}


async def take_in(request: AppRequest) -> Response:
    """What the table would change; nothing is kept yet."""
    _, office = await frame.enter(request)
    sent = await web.read_table(request)
    if sent is None:
        _ = web.gettext(request)
        return await people.page(request, office, {"errors": {"file": _("Please choose a file.")}})
    return await _look(request, office, *sent)


async def keep(request: AppRequest) -> Response:
    """The table as it was looked at: all of it, while the list is what it was then."""
    who, office = await frame.enter(request)
    form = await web.read_form(request)
    data = form.get("table", "").encode()
    try:
        lines = staff_list.read(data, "table", await _known(request, office))
        told = [{"staff_id": one.staff_id, "person": one.person} for one in lines if one.other]
        state, office_id = request.state, office["office_id"]
        await commands.keep_staff_list(
            state.pool, office_id, state.clock.at(), who.actor, told, form.get("mark", "")
        )
    except FileError:  # a group or a field has gone since: _look names the line
        return await _look(request, office, data, "table")
    except Refused as refused:
        return await _look(request, office, data, "table", refused)
    return web.see_other(f"/manage/{office['slug']}/staff?did=kept")


async def _known(request: AppRequest, office: Mapping[str, Any]) -> staff_list.Known:
    accounts = await reads.accounts(request.state.pool, office["office_id"])
    logins = {row["login"].casefold(): row["account_id"] for row in accounts}
    return staff_list.Known(await people.read(request, office), logins)


async def _look(
    request: AppRequest,
    office: Mapping[str, Any],
    data: bytes,
    name: str,
    refused: Refused | None = None,
) -> Response:
    known, language = await _known(request, office), web.lang(request)
    try:
        lines = staff_list.read(data, name, known)
        table = staff_list.as_text(data, name)
    except FileError as error:
        problems = [(one.line, getattr(one, language)) for one in error.problems]
        return await people.page(request, office, {"problems": problems})
    met = {one.staff_id for one in lines}
    errors = {}
    if refused:
        errors = {"": wording.say_refusal(language, refused.code, refused.facts).text}
    context = {
        "lines": [
            {
                "name": one.person["name"],
                "new": one.before is None,
                "alike": one.alike,
                "said": list(_said(request, one, known)),
            }
            for one in lines
            if one.other
        ],
        "same": sum(not one.other for one in lines),
        "staying": [row["name"] for row in known.seen["staff"] if row["staff_id"] not in met],
        "table": table,
        "mark": known.seen["staff_mark"],
        "errors": errors,
    }
    return frame.page(
        request, office, "staff_list.html", context, refused.status if refused else 200
    )


def _said(
    request: AppRequest, line: staff_list.Line, known: staff_list.Known
) -> Iterator[tuple[str, str]]:
    """What is said of somebody new, or differs: what it is called, and from what to what."""
    say, before = web.gettext(request), line.before
    for field, label in LABELS.items():
        new = _words(request, field, line.person[field], known)
        if before is None:
            if field != "name" and new != "–":
                yield say(label), new
        elif before[field] != line.person[field]:
            yield say(label), f"{_words(request, field, before[field], known)} → {new}"


def _words(request: AppRequest, field: str, value: Any, known: staff_list.Known) -> str:
    say, language = web.gettext(request), web.lang(request)
    if field == "leads":
        return say(N_("yes")) if value else "–"
    if field == "account_id":
        return next((login for login, one in known.accounts.items() if one == value), "–")
    if field == "left_on":
        return say_date(date.fromisoformat(value), language) if value else "–"
    if field not in staff_list.CALLED:
        return value or "–"
    part, key = staff_list.CALLED[field][:2]
    names = {row[key]: row[f"name_{language}"] for row in known.seen[part]}
    several = cast("list[str]", value if isinstance(value, list) else [value] if value else [])
    return ", ".join(names.get(one, one) for one in several) or "–"


ROUTES = [
    Route("/manage/{office}/staff-list", take_in, methods=["POST"], name="staff_list"),
    Route("/manage/{office}/staff-list/keep", keep, methods=["POST"]),
]
