"""What a box asks of its hub: the hub's HTTP API, as the box of one office uses it."""

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx2

from queue_service import reads
from queue_service.db import Pool
from queue_service.settings import Settings

PATIENCE = 10.0  # seconds an answer may take
VISITOR_WAITS = 3.0  # and while somebody stands before the kiosk

Answer = dict[str, Any]


class NoAnswer(Exception):
    """Why there was none: away, unauthorized or refused."""

    def __init__(self, trouble: str, detail: str = "", facts: Mapping[str, Any] | None = None):
        super().__init__(f"{trouble}: {detail}" if detail else trouble)
        self.trouble, self.detail, self.facts = trouble, detail, facts or {}

    @property
    def code(self) -> str:
        """What it is called in wording.BOX."""
        return self.detail if self.trouble == "refused" else self.trouble


class HubLine:
    def __init__(self, settings: Settings, patience: float = PATIENCE) -> None:
        self._office, self._api = settings.box_office, f"{settings.box_hub.rstrip('/')}/api/v1"
        self._client = httpx2.AsyncClient(
            base_url=f"{self._api}/offices/{self._office}/",
            headers={"authorization": f"Bearer {token}"} if (token := settings.box_token) else {},
            timeout=patience,
        )

    async def __aenter__(self) -> "HubLine":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        try:
            answer = await self._client.request(method, path, json=body)
        except (httpx2.HTTPError, OSError) as error:
            raise NoAnswer("away", str(error) or type(error).__name__) from error
        if answer.status_code == 200:
            try:
                return answer.json()
            except ValueError as error:  # somebody else answers, such as a hotel's sign-in page
                raise NoAnswer("away", "this is not the hub's answer") from error
        if answer.status_code in (401, 403):
            raise NoAnswer("unauthorized", str(answer.status_code))
        facts: Answer = {}
        if "json" in answer.headers.get("content-type", ""):
            facts = answer.json()
        if answer.status_code >= 500 or "code" not in facts:
            raise NoAnswer("away", str(answer.status_code))
        raise NoAnswer("refused", str(facts["code"]), facts)

    async def idle(self, problem: str) -> None:
        """What keeps this box from its work, for whoever looks at the office's devices there."""
        clock = datetime.now(UTC).isoformat()
        word = {"office": self._office, "page": "box", "problem": problem, "clock": clock}
        with contextlib.suppress(NoAnswer):
            await self.ask("POST", f"{self._api}/devices/me/heartbeat", word)


async def book_window(
    settings: Settings,
    pool: Pool,
    office_id: int,
    at: datetime,
    answer: Answer,
    said: Mapping[str, Any],
) -> Answer | None:
    """Nothing is left for walk-ins today: a later window of the hub's share, as walk_in takes it.

    None: there is none either, or the hub does not answer in time.
    """
    floor = await reads.floor(pool, office_id, at)
    if floor is None or not answer.get("at_hub"):
        return None
    told = ("party_size", "priority", "needs", "name", "phone", "language", "channel", "token")
    asked = {name: said[name] for name in told} | {
        "box_id": floor["box_id"],
        "epoch": floor["epoch"],
        "visit_id": str(said["visit_id"]),
        "services": answer["at_hub"],
    }
    try:
        async with HubLine(settings, VISITOR_WAITS) as line:
            return {**asked, **await line.ask("POST", "floor/window", asked)}
    except NoAnswer:
        return None
