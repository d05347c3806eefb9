"""Twilio takes texts, and speaks to telephones that cannot be texted.

It knows no key that would keep a message from being sent twice, so it is asked for its own list.
"""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (twilio's library names no types)

import contextlib
import logging
import re
from collections.abc import Generator, Mapping
from datetime import datetime
from typing import Any

import httpx2
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

from queue_service.i18n import speak_code, speakable
from queue_service.outgoing.carrier import Medium, Outgoing, Passing, Permanent, Unknown
from queue_service.outgoing.web import judged, posting

# Nothing is wrong with the message: our account, our number's line, or Twilio itself is in the way.
PASSING = frozenset({20003, 20005, 20006, 20429, 21611, 30001, 30002})
STOPPED = 21610  # the person has told this number to stop
CONFIGURED_ANEW = 300.0  # seconds; until then somebody may have mended the account
LISTED = 50  # messages to one phone that are looked through
SPOKEN = {"vi": "vi-VN", "en": "en-US"}
CODE = re.compile(r"\d{4} \d{3} \d{3}|\b\d{6}\b")
LINK = re.compile(r"\s*https?://\S+")


class Twilio:
    """What both media share. `status_url` is told what became of a message."""

    def __init__(
        self,
        account: str,
        token: str,
        sender: str,
        *,
        base_url: str = "",
        status_url: str = "",
        timeout: float = 15.0,
    ) -> None:
        self._http = _Http(timeout)
        self._client = Client(account, token, http_client=self._http)
        if base_url:
            self._client.api.base_url = base_url
        self._sender, self._status_url = sender, status_url

    async def close(self) -> None:
        await self._http.close()

    def _callback(self, message: Outgoing) -> dict[str, Any]:
        if not self._status_url:
            return {}
        return {"status_callback": f"{self._status_url}?message={message.reference}"}


class TwilioText(Twilio):
    name = "twilio"
    medium: Medium = "text"

    async def send(self, message: Outgoing) -> str:
        is_service = self._sender.startswith("MG")
        sender = {"messaging_service_sid" if is_service else "from_": self._sender}
        try:
            created = await self._client.messages.create_async(
                to=message.phone, body=message.text, **sender, **self._callback(message)
            )
        except TwilioRestException as refused:
            raise _judged(refused) from None
        return str(created.sid)

    async def find(self, message: Outgoing, since: datetime) -> list[str]:
        with _asking():
            found = await self._client.messages.page_async(to=message.phone, page_size=LISTED)
        return [
            str(one.sid)
            for one in found
            if one.body == message.text
            and str(one.direction).startswith("outbound")
            and one.date_created is not None
            and one.date_created >= since
        ]


class TwilioVoice(Twilio):
    name = "twilio-voice"
    medium: Medium = "voice"

    async def send(self, message: Outgoing) -> str:
        try:
            created = await self._client.calls.create_async(
                to=message.phone,
                from_=self._sender,
                twiml=spoken(message),
                **self._callback(message),
            )
        except TwilioRestException as refused:
            raise _judged(refused) from None
        return str(created.sid)

    async def find(self, message: Outgoing, since: datetime) -> list[str]:
        """A call bears no words: one to this phone since then is taken to be this one."""
        with _asking():
            found = await self._client.calls.page_async(to=message.phone, page_size=LISTED)
        return [
            str(one.sid)
            for one in found
            if str(one.direction).startswith("outbound")
            and one.date_created is not None
            and one.date_created >= since
        ]


def spoken(message: Outgoing) -> str:
    """Said twice, codes digit by digit in groups, without links."""
    text = speakable(CODE.sub(lambda code: speak_code(code[0]), message.text))
    answer, language = VoiceResponse(), SPOKEN[message.language]
    for again in (False, True):
        if again:
            answer.pause(length=1)
        answer.say(LINK.sub("", text), language=language)
    return str(answer)


@contextlib.contextmanager
def _asking() -> Generator[None, None, None]:
    """A list that cannot be had says nothing of what was accepted."""
    try:
        yield
    except TwilioException as refused:
        raise Unknown(type(refused).__name__) from None


def _judged(refused: TwilioRestException) -> Exception:
    code = str(refused.code or refused.status)
    if refused.code in PASSING or refused.status in (401, 403):
        return Passing(code, CONFIGURED_ANEW if refused.status in (401, 403) else 0.0)
    return Permanent(code, everywhere=refused.code == STOPPED)


class _Http(AsyncHttpClient):
    """Twilio's own asynchronous client keeps to no time-out and hides the Retry-After."""

    def __init__(self, timeout: float) -> None:
        super().__init__(logging.getLogger("twilio"), True, timeout)
        self._client = httpx2.AsyncClient(timeout=timeout)

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 -- as twilio has it
        allow_redirects: bool = False,
    ) -> Response:
        async with posting():
            answer = await self._client.request(
                method,
                uri,
                params=params,
                data=data,
                headers=headers,
                auth=auth,
                follow_redirects=allow_redirects,
            )
        judged(answer)
        return Response(answer.status_code, answer.text, answer.headers)

    async def close(self) -> None:
        await self._client.aclose()
