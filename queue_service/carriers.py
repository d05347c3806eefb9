"""What a carrier calls: Twilio's text messages and telephone calls, each with its signature.

Without Twilio's secret in the settings these addresses do not exist. The signature covers the
address that the outside knows, so it is made of PUBLIC_URL and not of what a proxy passes on.
"""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# (twilio's library names no types)

from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from queue_service.db import Refused
from queue_service.texts.conversation import Conversation, Message
from queue_service.voice.menu import Call, Menu
from queue_service.web import AppRequest

SMS, VOICE = "/twilio/sms", "/twilio/voice"


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
]
