"""The real server on a free port, and the offices and tokens a test of the API asks for."""

import hashlib
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from queue_service import commands, db
from queue_service.settings import Settings
from tests.offices import DAY, Office, make_office
from tests.serving import BEGINS, Served, serve, to_begin

SECRET = "a secret for tests and for nothing else"


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
def strict(database: db.Database, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """With the limits that the tests of the API run into."""
    return Settings(
        database_url=database.app_url,
        data_dir=Path(tmp_path_factory.mktemp("data")),
        ticket_secret=SECRET,
        clock_shift=to_begin(),
        failed_codes_per_hour=30,
        streams_per_address=3,
    )


@pytest.fixture(scope="session")
async def installation(strict: Settings, pool: db.Pool) -> AsyncGenerator[Served, None]:
    async with serve(strict, pool) as served:
        yield served


@pytest.fixture
def settings(strict: Settings, untried: None) -> Settings:
    return replace(strict, clock_shift=to_begin())


@pytest.fixture
async def client(served: Served) -> AsyncGenerator[httpx2.AsyncClient, None]:
    async with httpx2.AsyncClient(base_url=served.url, timeout=20) as client:
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
