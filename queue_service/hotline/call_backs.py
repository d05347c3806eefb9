"""Who is to be called back: on the list since the measure began, called when it is over."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, reads, tickets, web
from queue_service.db import Refused
from queue_service.web import AppRequest, Caller

MOST = 100
DAYS = 30
OUTCOMES = ("no_answer", "done", "gave_up")


async def show(request: AppRequest) -> Response:
    return await _page(request, await web.caller(request))


async def called(request: AppRequest) -> Response:
    """What became of one; a refusal is told above the list as it now stands."""
    who = await web.caller(request)
    form = await web.read_form(request)
    outcome = next((name for name in OUTCOMES if form.get(name)), "")
    slug, _, number = form.get(outcome, "").partition("|")
    directory = await reads.directory(request.state.pool)
    office_id = next((row["office_id"] for row in directory if row["slug"] == slug), None)
    call_back_id = web.as_uuid(number)
    if office_id is None or not who.may_enter(office_id) or call_back_id is None:
        raise Refused("no_such_call_back", 404, {})
    try:
        await web.act(
            request,
            commands.called_back,
            office_id,
            who.actor,
            web.key(request, form),
            call_back_id=call_back_id,
            outcome=outcome,
        )
    except Refused as refused:
        if refused.code != "call_back_over":
            raise
        return await _page(request, who, refused)
    return web.see_other("/hotline/call-backs")


async def _page(request: AppRequest, who: Caller, refused: Refused | None = None) -> Response:
    pool, at = request.state.pool, request.state.clock.now()
    directory = await reads.directory(pool)
    offices = [row["office_id"] for row in directory if who.may_enter(row["office_id"])]
    books = who.may("note_call")
    context: Mapping[str, Any] = {
        "list": await reads.call_backs(pool, at, offices, MOST),
        "over": await reads.over_limits(pool, at, offices, DAYS) if books else [],
        "books": books,
        "refused": refused,
        "fresh": web.fresh_id,
        "zone": ZoneInfo,
        "group": tickets.group_code,
    }
    status = refused.status if refused else 200
    return web.render(request, "hotline/call_backs.html", context, status, private=True)


ROUTES = [
    Route("/hotline/call-backs", show, methods=["GET"], name="call_backs"),
    Route("/hotline/call-backs", called, methods=["POST"]),
]
