"""Other ways than coming today: where it can be had online, by text; a call back later."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from queue_service import commands, reads, web
from queue_service.db import Refused
from queue_service.texts import answers
from queue_service.web import AppRequest, Caller, Form

Answer = dict[str, Any]
TEXTS_PER_HOUR = 10  # to one phone
# Where ids of texts come from that were sent by a press.
PRESSED = UUID("0a2f7c1e-6d0b-5e0e-9a55-7b1f5e1c2d90")


async def text(
    request: AppRequest, office_id: int, phone: str, language: str, words: str, form: Form
) -> None:
    """Pressed twice, sent once."""
    if not phone:
        raise Refused("bad_phone", 422, {})
    pool, at = request.state.pool, request.state.clock.at()
    tries = (f"hotline text {phone}", at, TEXTS_PER_HOUR, TEXTS_PER_HOUR)
    if not await commands.take_attempt(pool, *tries):
        raise Refused("too_many_tries", 429, {"retry_after": 3600 // TEXTS_PER_HOUR})
    message_id = uuid5(PRESSED, f"{web.key(request, form)} {phone} {words}")
    await commands.answer_text(pool, office_id, at, message_id, phone, language, words, ())


async def link(
    request: AppRequest, office_id: int, service: str, phone: str, language: str, form: Form
) -> None:
    offered = await reads.services(request.state.pool, office_id, request.state.clock.now())
    found = next((one for one in offered if one["service"] == service), None)
    url = next((way["url"] for way in (found or {}).get("channels", ()) if way["url"]), None)
    if found is None or url is None:
        raise Refused("unknown_service", 422, {})
    await text(request, office_id, phone, language, answers.online(language, found, url), form)


async def call_back(
    request: AppRequest,
    office_id: int,
    who: Caller,
    form: Form,
    service: str,
    wanted: Mapping[str, str],
    not_before: date | None = None,
) -> Answer:
    """It can wait: called back when the measure ends, or from the day that was named."""
    return await web.act(
        request,
        commands.call_back_later,
        office_id,
        who.actor,
        f"{web.key(request, form)}/call_back_later",
        call_back_id=web.as_uuid(form.get("key")) or UUID(web.fresh_id()),
        service_id=service,
        name=wanted["name"],
        phone=wanted["phone"],
        language=wanted["language"],
        note=web.clean_line(form.get("note", ""), 500) or "",
        not_before=not_before,
    )
