"""The real server on a free port, and the offices and tokens a test of the API asks for."""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx2
import pytest
import uvicorn

from queue_service import commands, db
from queue_service.app import create_app
from queue_service.settings import Settings
from tests.offices import DAY, Office, make_office

SECRET = "a secret for tests and for nothing else"
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
# What the clock of the served installation says when the tests begin.
BEGINS = datetime.combine(DAY, datetime.min.time(), HANOI) + timedelta(hours=8)


@dataclass
class Api:
    """A caller of the API: with a token, a language and an office of its own."""

    client: httpx2.AsyncClient
    office: Office
    pool: db.Pool
    headers: dict[str, str] = field(default_factory=dict[str, str])

    async def get(self, path: str, **more: Any) -> httpx2.Response:
        return await self.client.get(self._url(path), headers=self.headers, **more)

    async def post(self, path: str, json: Any = None, **more: Any) -> httpx2.Response:
        headers = self.headers | more.pop("headers", {})
        if json is not None:
            more["json"] = json
        return await self.client.post(self._url(path), headers=headers, **more)

    async def done(self, path: str, json: Any = None, **more: Any) -> Any:
        """What a call answers that has to succeed."""
        answer = await self.post(path, json, **more)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def seen(self, path: str, **more: Any) -> Any:
        answer = await self.get(path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def as_(self, role: str, *offices: int) -> "Api":
        token = secrets.token_urlsafe(32)
        sha = hashlib.sha256(token.encode()).digest()
        allowed = list(offices) or [self.office.office_id]
        await commands.add_token(self.pool, BEGINS, uuid4(), sha, role, allowed, f"{role} 1")
        return Api(
            self.client,
            self.office,
            self.pool,
            {**self.headers, "authorization": f"Bearer {token}"},
        )

    def from_(self, address: str) -> "Api":
        """Seen through a proxy, from another address."""
        return Api(
            self.client, self.office, self.pool, {**self.headers, "x-forwarded-for": address}
        )

    def in_(self, language: str) -> "Api":
        return Api(
            self.client, self.office, self.pool, {**self.headers, "accept-language": language}
        )

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return f"/api/v1{path}"
        return f"/api/v1/offices/{self.office.slug}/{path}".rstrip("/")


@pytest.fixture(scope="session")
def settings(database: db.Database, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    shift = BEGINS - datetime.now(HANOI)
    folder: Path = tmp_path_factory.mktemp("data")
    return Settings(
        database_url=database.app_url,
        data_dir=folder,
        ticket_secret=SECRET,
        clock_shift=int(shift.total_seconds()),
        failed_codes_per_hour=30,
        streams_per_address=3,
    )


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncGenerator[str, None]:
    app = create_app(settings)
    config = uvicorn.Config(app, port=0, lifespan="on", ws="none", log_level="warning")
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # pyright: ignore[reportAttributeAccessIssue]
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), task.exception()
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    app.state.hub.close()
    server.should_exit = True
    await task


@pytest.fixture(scope="session")
async def served(settings: Settings, anyio_backend: object) -> AsyncGenerator[str, None]:
    async with serving(settings) as url:
        yield url


@pytest.fixture
async def client(served: str) -> AsyncGenerator[httpx2.AsyncClient, None]:
    async with httpx2.AsyncClient(base_url=served, timeout=20) as client:
        yield client


@pytest.fixture
async def api(client: httpx2.AsyncClient, pool: db.Pool) -> Api:
    """Anybody, at a fresh office that can be booked until now."""
    office = await make_office(pool, rules={"lead_minutes": 0}, guidance=True)
    return Api(client, office, pool)


def booking(starts_at: str = "09:00", **more: object) -> dict[str, Any]:
    """What somebody sends who books a time of the day the tests are set on."""
    return {
        "booking_id": str(uuid4()),
        "service": "copy",
        "starts_at": f"{DAY}T{starts_at}:00+07:00",
        "name": "Nguyễn Thị Ánh",
        "phone": f"09{secrets.randbelow(10**8):08}",
        "party_size": 1,
        "language": "vi",
        **more,
    }
