"""Pages: counters and staff of one date, where they are other than in the week."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from msgspec import inspect
from starlette.responses import Response
from starlette.routing import Route

from queue_service import web
from queue_service.db import Refused
from queue_service.i18n import N_
from queue_service.manager import editing, forms, frame
from queue_service.manager.asked import name_of, shared_by
from queue_service.manager.fields import Field, Input, Plan, Sent, Tables, Wrong, day, keys
from queue_service.offices.form import PlannedDay
from queue_service.web import AppRequest

TABLE = "planned"
TITLE = N_("Single dates")
KINDS = {
    "pool": N_("Counters: %(what)s"),
    "queue": N_("Counters: %(what)s"),
    "area": N_("Staff: %(what)s"),
}


def _inputs(request: AppRequest, tables: Tables) -> list[Input]:
    """One for every queue, room and group of counters that the office has."""
    language, say = web.lang(request), web.gettext(request)
    made: list[Input] = []
    for kind, words in KINDS.items():
        several = cast("inspect.DictType", keys(PlannedDay)[kind].type)
        for row in tables.get(kind, ()):
            what = shared_by(tables, row, language) if kind == "pool" else name_of(row, language)
            label = say(words) % {"what": what}
            asked = Field(f"{kind}-{row['id']}", label, N_("Left empty: as in the week."))
            made.append(Plan(asked, several.value_type, False))
    return made


def _row(tables: Tables, one: str) -> Mapping[str, Any] | None:
    rows: list[dict[str, Any]] = tables.get(TABLE, [])
    return next((row for row in rows if row["day"].isoformat() == one), None)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{kind}-{name}": plan for kind in KINDS for name, plan in row.get(kind, {}).items()}


async def show(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    now = await editing.standing(request, office)
    one = request.query_params.get("id")
    if one is None:
        days = [row["day"] for row in now.tables.get(TABLE, ())]
        rows = [(day.isoformat(), f"{day:%d/%m/%Y}", "") for day in days]
        lead = N_("On these dates other counters or staff are planned than in the week.")
        words = {"title": TITLE, "lead": lead, "add": N_("Add a date"), "rows": rows}
        return frame.page(request, office, "rows.html", {**words, "of": "days"})
    row = _row(now.tables, one)
    if row is None and one:
        raise Refused("no_such_page", 404, {})
    return frame.page(request, office, "row.html", _context(request, now, one, row))


def _context(
    request: AppRequest, now: editing.Standing, one: str, row: Mapping[str, Any] | None
) -> dict[str, Any]:
    say = web.gettext(request)
    found = forms.shown(request, now.tables, _inputs(request, now.tables), _flat(row or {}))
    name = f"{date.fromisoformat(one):%d/%m/%Y}" if row else say(N_("Add a date"))
    said = {"title": TITLE, "name": name, "one": one, "version": now.version}
    return {**said, **found, "asks_day": row is None}


async def send(request: AppRequest) -> Response:
    who, office = await frame.enter(request)
    form = await web.read_form(request, editing.MOST_FIELDS)
    one = form.get("one", "")
    at: list[int] = []

    def change(tables: Tables) -> dict[str, str]:
        rows: list[dict[str, Any]] = tables.setdefault(TABLE, [])
        row, errors = _read(request, tables, one, form)
        if errors:
            return errors
        rows[:] = [other for other in rows if other["day"].isoformat() != one]
        if row is not None:
            rows.append(row)
            at.append(len(rows) - 1)
        return {}

    def placed(where: editing.Where) -> str:
        if not at or where[:2] != (TABLE, at[0]):
            return ""
        if len(where) < 4:
            return "day"
        name = f"{where[2]}-{where[3]}"
        return f"{name}-{where[4]}-from" if len(where) > 4 else name

    answer = await editing.send(request, who, office, form, change, [TABLE], placed)
    if isinstance(answer, Response):
        return answer
    now = await editing.standing(request, office)
    said = forms.again(_context(request, now, one, _row(now.tables, one)), form)
    more = {"errors": answer.errors, "since": answer.since}
    return frame.page(request, office, "row.html", said | more, 422)


def _read(
    request: AppRequest, tables: Tables, one: str, form: Sent
) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """The date as it was sent, None where it is as in the week again; what is wrong with it."""
    say = web.gettext(request)
    if one and _row(tables, one) is None:
        return None, {"": say(N_("Somebody has removed this since."))}
    if form.get("act") == "drop":
        return None, {}
    flat: dict[str, Any] = {}
    errors = forms.read(form, _inputs(request, tables), flat, say)
    try:
        when = date.fromisoformat(one) if one else day(form, "day", say)
    except Wrong as wrong:
        return None, {wrong.field: wrong.said, **errors}
    if when is None:
        errors["day"] = say(N_("Please give the day."))
    if not flat and not errors:
        return None, {"": say(N_("Please say how many there are on that date, somewhere."))}
    row: dict[str, Any] = {"day": when}
    for name, plan in flat.items():
        kind, _, which = name.partition("-")
        row.setdefault(kind, {})[which] = plan
    return row, errors


ROUTES = [
    Route("/manage/{office}/days", show, methods=["GET"], name="manage_days"),
    Route("/manage/{office}/days", send, methods=["POST"]),
]
