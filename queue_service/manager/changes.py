"""Pages: what a change would do to who is booked, making it, and what became of everybody."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, offices, phones, reads, tickets, web, wording
from queue_service.db import Refused
from queue_service.manager import frame
from queue_service.web import AppRequest, Caller

ROTA_DAYS = ("first_day", "last_day")
MOST_DAYS = 30  # how far from the old time a new one is looked for, unless the manager says else


async def propose(
    request: AppRequest,
    who: Caller,
    office: Mapping[str, Any],
    document: Mapping[str, Any],
    note: str,
    most_days: int = MOST_DAYS,
    change_id: UUID | None = None,
    restores: int | None = None,
) -> Response:
    """Tries a change out and leads to the page that shows what it would do."""
    change_id = change_id or UUID(web.fresh_id())
    state = request.state
    drafted = await commands.draft_change(
        state.pool,
        office["office_id"],
        state.clock.at(),
        who.actor,
        change_id,
        document,
        note[:200],
        most_days,
        restores=restores,
    )
    return web.see_other(f"/manage/{office['slug']}/changes/{drafted['change_id']}")


async def show(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    return await _page(request, office, request.query_params.get("did", ""))


async def decide(request: AppRequest) -> Response:
    """Made as it was shown, looked at again with another limit, or thrown away."""
    who, office = await frame.enter(request)
    change = await _change(request, office)
    form = await web.read_form(request)
    state, office_id = request.state, office["office_id"]
    change_id = UUID(change["change_id"])
    here = f"/manage/{office['slug']}/changes/{change_id}"
    if change["directive"]:  # made or given up above, for all its offices
        raise Refused("of_authority", 409, {})
    if form.get("act") == "drop":
        at = state.clock.at()
        await commands.drop_change(state.pool, office_id, at, who.actor, change_id)
        return web.see_other(f"/manage/{office['slug']}?did=dropped")
    if form.get("act") == "again":  # with another limit
        days = form.get("most_days", "")
        if not (days.isascii() and days.isdecimal() and len(days) < 4 and int(days) <= 366):
            _ = web.gettext(request)
            errors = {"most_days": _("Please give a number of days from 0 to 366.")}
            return await _page(request, office, "", errors, 422)
        most = int(days)
        if change["rota"]:
            first, last = (date.fromisoformat(change["rota"][one]) for one in ROTA_DAYS)
            at = state.clock.at()
            withdraw = "withdraw" in change["rota"]
            await (commands.draft_withdrawal if withdraw else commands.draft_rota)(
                state.pool, office_id, at, who.actor, change_id, first, last, most
            )
            return web.see_other(here)
        file = change["standing"]
        return await propose(request, who, office, file, change["note"], most, change_id)
    made = await web.act(
        request,
        commands.apply_change,
        office_id,
        who.actor,
        web.key(request, form),
        change_id=change_id,
        seen=form.get("seen", ""),
    )
    return web.see_other(f"{here}?did={made['decision']}")


async def _change(request: AppRequest, office: Mapping[str, Any]) -> dict[str, Any]:
    change_id = web.as_uuid(request.path_params["change"])
    change = None
    if change_id is not None:
        change = await reads.office_change(request.state.pool, office["office_id"], change_id)
    if change is None:
        raise Refused("no_such_change", 404, {})
    return change


async def _page(
    request: AppRequest,
    office: Mapping[str, Any],
    did: str,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    change = await _change(request, office)
    language, state = web.lang(request), request.state
    now = await reads.office_file(state.pool, office["office_id"])
    today = state.clock.now().astimezone(office["zone"]).date()
    context = {
        "change": change,
        "why": wording.say_why(language, change),
        "did": did,
        "lines": offices.said(language, now, change["file"], today)
        if change["state"] == "draft"
        else (),
        "moves": [_said(move, language) for move in change["moves"]],
        "placed": sum(1 for move in change["moves"] if move["starts_at"]),
        "silent": sum(1 for move in change["moves"] if not move["phone"]),
        "answers": _answers(change["moves"], language),
        "overtaken": change["state"] == "draft" and change["base"] != change["current"],
        "key": web.fresh_id(),
        "errors": errors or {},
    }
    return frame.page(request, office, "change.html", context, status)


def _said(move: dict[str, Any], language: str) -> dict[str, Any]:
    return {
        **move,
        "why": wording.say_misfit(language, move["reason"]),
        "phone": phones.pretty(move["phone"]) if move["phone"] else "",
        "code": tickets.group_code(move["code"]),
        "said": wording.say_answer(language, move["answer"]),
    }


def _answers(moves: Sequence[Mapping[str, Any]], language: str) -> list[tuple[str, int]]:
    counted = Counter(move["answer"] for move in moves)
    return [(wording.say_answer(language, answer), n) for answer, n in counted.most_common()]


ROUTES = [
    Route("/manage/{office}/changes/{change}", show, methods=["GET"], name="change"),
    Route("/manage/{office}/changes/{change}", decide, methods=["POST"]),
]
