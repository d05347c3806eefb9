"""A local gateway for texts, spoken to over HTTP in its own words and signed both ways."""

import time
from collections.abc import Mapping
from datetime import datetime

import httpx2

from queue_service.outgoing.carrier import CannotAsk, Medium, Outgoing, Passing, Permanent
from queue_service.outgoing.dialect import SIGNATURE, TIMESTAMP, Dialect, signature
from queue_service.outgoing.web import judged, pause, posting

CONFIGURED_ANEW = 300.0
NO_ERROR = frozenset({"", "0", "none", "null", "false"})


class Gateway:
    name = "gateway"
    medium: Medium = "text"

    def __init__(
        self, url: str, secret: str, dialect: Dialect, *, sender: str = "", timeout: float = 15.0
    ) -> None:
        self._url, self._secret, self._dialect, self._sender = url, secret, dialect, sender
        self._client = httpx2.AsyncClient(timeout=timeout)

    async def send(self, message: Outgoing) -> str:
        fields = {"to": message.phone, "text": message.text, "reference": message.reference}
        if self._sender:
            fields["from"] = self._sender
        body, content_type = self._dialect.write(**fields)
        timestamp = str(int(time.time()))
        headers = {
            "content-type": content_type,
            "idempotency-key": message.reference,
            TIMESTAMP: timestamp,
            SIGNATURE: signature(self._secret, timestamp, body),
        }
        async with posting():
            answer = await self._client.post(self._url, content=body, headers=headers)
        judged(answer)
        said = self._dialect.read(answer.content, answer.headers.get("content-type", ""))
        self._refused(answer, said)
        return said.get("id") or message.reference

    def _refused(self, answer: httpx2.Response, said: Mapping[str, str]) -> None:
        meaning = self._dialect.meaning(said.get("status", ""))
        error = said.get("error", "")
        if meaning == "passing" or self._dialect.meaning(error) == "passing":
            raise Passing(error or said["status"], pause(answer))
        if answer.status_code in (401, 403, 404, 408):  # wrongly set up, on one side or the other
            raise Passing(str(answer.status_code), CONFIGURED_ANEW)
        if answer.status_code >= 300 or meaning == "failed" or error.casefold() not in NO_ERROR:
            raise Permanent(error[:40] or said.get("status", "") or str(answer.status_code))

    async def find(self, message: Outgoing, since: datetime) -> list[str]:
        raise CannotAsk

    async def close(self) -> None:
        await self._client.aclose()
