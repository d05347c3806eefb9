"""What carriers call: texts and telephone calls that come in, and what became of those sent.

Without a carrier's secret in the settings its addresses do not exist. Twilio signs the address
that the outside knows, so it is made of PUBLIC_URL and not of what a proxy passes on. A local
gateway signs the moment and the body; the same signature is good once.
"""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# (twilio's library names no types)

import secrets
import time
from typing import NamedTuple
from uuid import UUID, uuid5

from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from queue_service import commands, reads
from queue_service.db import Refused
from queue_service.outgoing.dialect import SIGNATURE, TIMESTAMP, Dialect, signature
from queue_service.phones import normalise
from queue_service.texts.conversation import Conversation, Message
from queue_service.voice.menu import Call, Menu
from queue_service.web import AppRequest, as_uuid

SMS, VOICE, STATUS = "/twilio/sms", "/twilio/voice", "/twilio/status"
GATEWAY_SMS, GATEWAY_STATUS = "/gateway/sms", "/gateway/status"
# What Twilio's words for a text or a call mean to us; any other is on its way.
MEANS = {
    "delivered": "delivered",
    "read": "delivered",
    "completed": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "busy": "unanswered",
    "no-answer": "unanswered",
    "canceled": "unanswered",
}
ANSWER = UUID("7d0f6f3e-51a5-5d0b-9a64-3f1d2f7c8e11")  # where ids of answers come from
FRESH = 300  # seconds that a signed call of the gateway may be on its way


async def sms(request: AppRequest) -> Response:
    """A text message; the answer goes back in the same breath, to the same phone."""
    sent = await _signed(request)
    state = request.state
    message = Message(
        "twilio", sent.get("MessageSid", ""), sent.get("From", ""), sent.get("Body", "")
    )
    reply = await Conversation(state.pool, state.clock, state.groups).answer(message)
    answer = MessagingResponse()
    if reply.text:
        answer.message(reply.text)
    return _twiml(str(answer))


async def voice(request: AppRequest) -> Response:
    """One step of a call: what was pressed, and what is said next."""
    sent = await _signed(request)
    state = request.state
    menu = Menu(state.pool, state.clock, state.groups, VOICE, state.settings.hotline_number)
    call = Call(
        sent.get("CallSid", ""),
        sent.get("From", ""),
        sent.get("Digits", ""),
        dict(request.query_params),
    )
    return _twiml(await menu.answer(call))


async def status(request: AppRequest) -> Response:
    """What became of a text or a call; the address it was given names the message."""
    sent = await _signed(request)
    call = "CallSid" in sent
    word = sent.get("CallStatus" if call else "MessageStatus", "")
    await _note(
        request,
        Delivery(
            "twilio-voice" if call else "twilio",
            sent.get("CallSid" if call else "MessageSid", ""),
            MEANS.get(word, "sent"),
            sent.get("ErrorCode", "") or (word if call else ""),
            request.query_params.get("message", ""),
        ),
    )
    return Response(status_code=204)


async def gateway_sms(request: AppRequest) -> Response:
    """A text that came in by the local gateway."""
    sent, language = await _from_gateway(request)
    state = request.state
    message = Message("gateway", sent.get("id", ""), sent.get("from", ""), sent.get("text", ""))
    if not message.message_id:
        raise Refused("bad_request", 422, {"missing": language.fields["id"]})
    reply = await Conversation(state.pool, state.clock, state.groups).answer(message)
    if not reply.text:
        return Response(status_code=204)
    if state.settings.gateway_replies == "message":
        await _answer(request, message, reply.text)
        return Response(status_code=204)
    body, content_type = language.write(to=message.phone, text=reply.text)
    return Response(body, media_type=content_type, headers={"cache-control": "no-store"})


async def _answer(request: AppRequest, message: Message, text: str) -> None:
    """As a message of its own, for a gateway that does not read what it is answered."""
    pool = request.state.pool
    office_id = min(row["office_id"] for row in await reads.directory(pool))
    answer_id = uuid5(ANSWER, f"{message.carrier} {message.message_id} {message.phone}")
    await commands.answer_text(
        pool,
        office_id,
        request.state.clock.at(),
        answer_id,
        normalise(message.phone),
        "vi",
        text,
        [message.carrier],
    )


async def gateway_status(request: AppRequest) -> Response:
    sent, language = await _from_gateway(request)
    meaning = language.meaning(sent.get("status", ""))
    await _note(
        request,
        Delivery(
            "gateway",
            sent.get("id", ""),
            meaning if meaning in ("delivered", "failed", "unanswered") else "sent",
            sent.get("error", "") or (sent.get("status", "") if meaning == "failed" else ""),
            sent.get("reference", ""),
        ),
    )
    return Response(status_code=204)


class Delivery(NamedTuple):
    carrier: str
    carrier_id: str
    status: str
    error: str
    reference: str


async def _note(request: AppRequest, delivery: Delivery) -> None:
    found = await _message_of(request, delivery)
    if found is None or not delivery.carrier_id:
        raise Refused("no_such_message", 404, {})
    state = request.state
    await commands.note_delivery(
        state.pool,
        found[0],
        state.clock.at(),
        found[1],
        delivery.carrier,
        delivery.carrier_id[:200],
        delivery.status,
        delivery.error[:40],
    )


async def _message_of(request: AppRequest, delivery: Delivery) -> tuple[int, UUID] | None:
    """By our own reference, else by the id that the carrier knows it under."""
    office, _, message_id = delivery.reference.partition("-")
    uuid = as_uuid(message_id)
    if uuid is not None and office.isascii() and office.isdecimal() and len(office) < 5:
        return int(office), uuid
    pool = request.state.pool
    row = await reads.sent_message(pool, delivery.carrier, delivery.carrier_id)
    return (row["office_id"], UUID(row["message_id"])) if row else None


async def _from_gateway(request: AppRequest) -> tuple[dict[str, str], Dialect]:
    """Our names of what the gateway sent. Refuses what it did not sign, or signed before."""
    state = request.state
    secret = state.settings.gateway_secret
    if not secret:
        raise Refused("no_such_page", 404, {})
    body = await request.body()
    moment, given = (request.headers.get(name, "") for name in (TIMESTAMP, SIGNATURE))
    good = signature(secret, moment, body)
    if not secrets.compare_digest(good.encode(), given.lower().encode()):
        raise Refused("not_signed", 403, {})
    # By the clock of this machine: the gateway knows nothing of a demonstration's.
    if not moment.isdecimal() or abs(time.time() - int(moment[:12])) > FRESH:
        raise Refused("signed_long_ago", 403, {})
    # One try that fills up again when the signature is long too old.
    first = await commands.take_attempt(state.pool, f"gateway {good}", state.clock.at(), 3, 1)
    if not first:
        raise Refused("signed_before", 409, {})
    language = Dialect.of(state.settings)
    return language.read(body, request.headers.get("content-type", "")), language


async def _signed(request: AppRequest) -> dict[str, str]:
    """The fields that were posted. Refuses whatever Twilio did not sign."""
    settings = request.state.settings
    if not settings.twilio_auth_token:
        raise Refused("no_such_page", 404, {})
    async with request.form(max_files=0, max_fields=100) as form:
        sent = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{settings.address}{request.url.path}{query}"
    signature = request.headers.get("x-twilio-signature", "")
    if not RequestValidator(settings.twilio_auth_token).validate(url, sent, signature):
        raise Refused("not_signed", 403, {})
    return sent


def _twiml(text: str) -> Response:
    return Response(text, media_type="text/xml", headers={"cache-control": "no-store"})


ROUTES: list[BaseRoute] = [
    Route(SMS, sms, methods=["POST"]),
    Route(VOICE, voice, methods=["POST"]),
    Route(STATUS, status, methods=["POST"]),
    Route(GATEWAY_SMS, gateway_sms, methods=["POST"]),
    Route(GATEWAY_STATUS, gateway_status, methods=["POST"]),
]
