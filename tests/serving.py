"""The real server on a free port with its clock on a Tuesday morning, and a citizen who uses it."""

import asyncio
import contextlib
import html
import math
import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
import uvicorn

from queue_service import db
from queue_service.app import create_app
from queue_service.events import Hub
from queue_service.settings import Settings
from tests.offices import DAY, Office, make_office

HANOI = timedelta(hours=7)
# What the clock of the served installation says when a test begins.
BEGINS = datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(hours=8) - HANOI


@dataclass
class Served:
    url: str
    settings: Settings
    pool: db.Pool
    clock: db.Clock
    hub: Hub


@contextlib.asynccontextmanager
async def serve(settings: Settings, pool: db.Pool, port: int = 0) -> AsyncGenerator[Served, None]:
    """The whole application in this process, answering over HTTP."""
    app = create_app(settings)
    config = uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(60):
        while not server.started:
            assert not task.done(), task.exception()
            await asyncio.sleep(0.02)
    listens = server.servers[0].sockets[0].getsockname()[1]
    try:
        kept = app.state
        yield Served(f"http://127.0.0.1:{listens}", settings, pool, kept.clock, kept.hub)
    finally:
        server.should_exit = True
        await task


def to_begin() -> int:
    """Seconds by which the machine's clock is shifted to the morning of the tests: CLOCK_SHIFT."""
    return math.ceil((BEGINS - datetime.now(UTC)).total_seconds())


@pytest.fixture(scope="session")
def common(database: db.Database, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """What does not change from test to test; the clock of it is that of the first one."""
    return Settings(
        database_url=database.app_url,
        data_dir=Path(tmp_path_factory.mktemp("pages")),
        ticket_secret="for tests only, for tests only, for tests only",
        public_url="http://queue.example",
        clock_shift=to_begin(),
        failed_codes_per_hour=100_000,
        failed_sign_ins_per_hour=100_000,
        phone_bookings_per_hour=0,
    )


@pytest.fixture(scope="session")
async def installation(common: Settings, pool: db.Pool) -> AsyncGenerator[Served, None]:
    async with serve(common, pool) as served:
        yield served


@pytest.fixture(scope="session")
async def counts(
    database: db.Database, anyio_backend: object
) -> AsyncGenerator[db.Connection, None]:
    """Where what somebody tried is counted; the application itself may not forget it."""
    async with db.owner(database.owner_url) as connection:
        yield connection


@pytest.fixture
async def untried(counts: db.Connection) -> None:
    """Nobody has tried anything yet.

    The counts go by the clock and are kept per address, which all tests share: those of a test
    of another day or with other limits would otherwise be this one's.
    """
    await counts.execute("delete from ops.attempt")


@pytest.fixture
def settings(common: Settings, untried: None) -> Settings:
    return replace(common, clock_shift=to_begin())


@pytest.fixture
def served(installation: Served, settings: Settings) -> Served:
    """The installation, its clock put back: each test has its morning, however slow the last."""
    installation.clock.shift = timedelta(seconds=settings.clock_shift)
    return replace(installation, settings=settings)


@pytest.fixture
async def office(pool: db.Pool) -> Office:
    return await make_office(pool)


@pytest.fixture
async def citizen(served: Served) -> AsyncGenerator["Citizen", None]:
    async with httpx2.AsyncClient(base_url=served.url, headers={"accept-language": "en"}) as client:
        yield Citizen(client)


class Citizen:
    """Reads pages as text and fills in forms, as a browser without scripts would."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def see(self, url: str, status: int = 200, **more: Any) -> str:
        answer = await self.client.get(url, follow_redirects=True, **more)
        assert answer.status_code == status, answer.text
        return text_of(answer.text)

    async def form(self, office: Office, at: datetime, *services: str) -> str:
        """The address of a fresh form, as the page of times leads to it."""
        query = urlencode([*(("s", one) for one in services or ("copy",)), ("at", at.isoformat())])
        answer = await self.client.get(f"/o/{office.slug}/book?{query}")
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def send(self, form: str, **fields: str) -> httpx2.Response:
        usual = {"name": "Nguyễn Thị Ánh", "phone": "0905 123 456", "party_size": "1"}
        return await self.client.post(form, data={**usual, **fields})

    async def book(self, office: Office, at: datetime, *services: str, **fields: str) -> str:
        """The path of the ticket of a booking that has to succeed."""
        answer = await self.send(await self.form(office, at, *services), **fields)
        assert answer.status_code == 303, text_of(answer.text)
        return answer.headers["location"]


def text_of(page: str) -> str:
    """What somebody reads on it."""
    page = re.sub(r"<(script|style|head)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


async def shows(url: str, said: str, path: str = "/", language: str = "en", token: str = "") -> str:
    """What that page of a process says, once it says this."""
    cookies = {"token": token} if token else {}
    async with asyncio.timeout(60), httpx2.AsyncClient(cookies=cookies) as client:
        while True:
            try:
                page = await client.get(f"{url}{path}", headers={"accept-language": language})
            except httpx2.HTTPError:
                page = None
            if page is not None and said in (text := text_of(page.text)):
                return text
            await asyncio.sleep(0.2)


def with_query(url: str, changes: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    query = [(name, changes.get(name, value)) for name, value in parse_qsl(parts.query)]
    return f"{parts.path}?{urlencode(query)}"
