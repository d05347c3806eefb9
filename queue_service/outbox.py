"""Messages for the eyes of staff: what could not be sent, and what no carrier was there for."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, phones, reads, web, wording
from queue_service.db import Refused
from queue_service.fitting import fit, segments
from queue_service.web import AppRequest, Caller


async def outbox(request: AppRequest) -> Response:
    """What would have been sent; in a demonstration this machine needs no sign-in."""
    state = request.state
    if state.settings.demo == "on" and web.this_machine(request):
        who = None
    else:
        who = await web.caller(request)
    return await _page(request, who, "outbox")


async def dead(request: AppRequest) -> Response:
    return await _page(request, await web.caller(request), "dead")


async def again(request: AppRequest) -> Response:
    """One of them, or all of an office."""
    who = await web.caller(request)
    form = await web.read_form(request)
    office = form.get("office", "")
    office_id = int(office) if office.isascii() and office.isdecimal() and len(office) < 5 else 0
    if not who.may_enter(office_id):
        raise Refused("no_such_office", 404, {})
    try:
        for message_id in await _chosen(request, office_id, form.get("message", "")):
            at = request.state.clock.at()
            await commands.retry_message(request.state.pool, office_id, at, who.actor, message_id)
    except Refused as refused:
        words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
        return await _page(request, who, "dead", {"": words.text}, refused.status)
    return web.see_other("/messages?done=again")


async def _chosen(request: AppRequest, office_id: int, message: str) -> list[UUID]:
    if message == "all":
        state = request.state
        rows = await reads.messages(state.pool, office_id, state.clock.now(), "dead")
        return [UUID(row["message_id"]) for row in rows if row["phone"]]
    message_id = web.as_uuid(message)
    if message_id is None:
        raise Refused("no_such_message", 404, {})
    return [message_id]


async def _page(
    request: AppRequest,
    who: Caller | None,
    wanted: str,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    state = request.state
    now, language = state.clock.now(), web.lang(request)
    shown: list[dict[str, Any]] = []
    for office in await reads.offices(state.pool, now):
        if who is not None and not who.may_enter(office["office_id"]):
            continue
        rows = await reads.messages(state.pool, office["office_id"], now, wanted)
        if rows:
            said = [_said(row, language) for row in rows]
            shown.append({**office, "zone": ZoneInfo(office["time_zone"]), "messages": said})
    context = {
        "offices": shown,
        "errors": errors or {},
        "done": request.query_params.get("done"),
        "signed_in": who is not None,
    }
    return web.render(request, f"messages/{wanted}.html", context, status, private=True)


def _said(row: dict[str, Any], language: str) -> dict[str, Any]:
    text = row["text"]
    if not phones.is_landline(row["phone"]):
        text = fit(text)
    return {
        **row,
        "text": text,
        "phone": phones.mask(row["phone"]),
        "segments": segments(text),
        "kind": wording.say_message(language, row["kind"]),
        "why": wording.say_carrier_error(language, row["error"]),
    }


ROUTES = [
    Route("/outbox", outbox, methods=["GET"], name="outbox"),
    Route("/messages", dead, methods=["GET"], name="messages"),
    Route("/messages", again, methods=["POST"]),
]
