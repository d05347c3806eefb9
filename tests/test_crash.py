"""Killed in the middle of a storm: whoever was told "booked" is booked, once."""

import asyncio
import contextlib
import os
import random
import signal
import tempfile
from collections.abc import Generator
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest

from queue_service import commands, db, embedded, migrate, reads
from tests.offices import ALWAYS, Office, make_office
from tests.service import Running, children, running
from tests.times import tomorrow

pytestmark = pytest.mark.anyio

CALLERS = 24


class Storm:
    """Callers who book one place after the other, and repeat what got no answer."""

    def __init__(self, service: Running, office: Office, starts_at: datetime) -> None:
        self._url = f"{service.url}/api/v1/offices/{office.slug}/bookings"
        self._starts_at = starts_at
        self.booked: dict[UUID, str] = {}
        self.over = False

    async def run(self) -> None:
        async with httpx2.AsyncClient(timeout=30) as client:
            await asyncio.gather(*(self._caller(client) for _ in range(CALLERS)))

    async def _caller(self, client: httpx2.AsyncClient) -> None:
        while not self.over:
            booking_id = uuid4()
            body = {
                "booking_id": str(booking_id),
                "service": "copy",
                "starts_at": self._starts_at.isoformat(),
                "name": "Trần Văn Bình",
                "phone": "",
                "party_size": 1,
                "language": "vi",
            }
            while not self.over:
                with contextlib.suppress(httpx2.HTTPError):
                    answer = await client.post(self._url, json=body)
                    if answer.status_code == 201:
                        self.booked[booking_id] = answer.json()["code"]
                        break
                    assert answer.status_code == 503, answer.text
                await asyncio.sleep(random.uniform(0.02, 0.1))

    async def until(self, more: int) -> None:
        wanted = len(self.booked) + more
        async with asyncio.timeout(60):
            while len(self.booked) < wanted:
                await asyncio.sleep(0.02)


@pytest.fixture
def data() -> Generator[Path, None, None]:
    """A folder that whoever PostgreSQL runs as may enter; pytest's own are closed."""
    with tempfile.TemporaryDirectory(prefix="qs-crash-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


async def test_every_confirmed_booking_outlives_a_kill_of_web_and_of_postgresql(
    data: Path,
) -> None:
    binaries = os.environ.get("TEST_POSTGRES_BIN", "")
    with embedded.held(data, binaries) as server:
        database = db.Database(
            server.url("postgres", db.DATABASE), server.url(db.APP_ROLE, db.DATABASE)
        )
        await migrate.migrate(database.owner_url)
        async with db.connect(database.app_url) as pool:
            office = await make_office(pool, area_cap=90_000, planned=90_000, hours=ALWAYS)
            starts_at = await tomorrow(pool, "10:00")
        environment = {
            "WEB_PROCESSES": "2",
            "POSTGRES_BIN": binaries,
            "ACCESS_LOG": "off",
        }
        async with running(data, environment, "web") as service:
            storm = Storm(service, office, starts_at)
            raging = asyncio.create_task(storm.run())
            await storm.until(100)
            os.kill(min(children(service.process.pid)), signal.SIGKILL)
            await storm.until(100)
            postmaster = data / "postgres" / "postmaster.pid"
            os.kill(int(postmaster.read_text().splitlines()[0]), signal.SIGKILL)
            await asyncio.sleep(0.2)
            with embedded.held(data, binaries):
                await storm.until(200)
                storm.over = True
                await raging
        with embedded.held(data, binaries):
            await agree(database, office, storm, starts_at)


async def agree(database: db.Database, office: Office, storm: Storm, starts_at: datetime) -> None:
    async with db.connect(database.app_url) as pool, db.owner(database.owner_url) as owner:
        rows = await owner.fetch(
            "select visit_id, code from queue.visit where office_id = $1", office.office_id
        )
        there = {row["visit_id"]: row["code"] for row in rows}
        for booking_id, code in storm.booked.items():
            assert there[booking_id].replace(" ", "") == code.replace(" ", "").replace("-", "")
        assert len(set(there.values())) == len(there)
        assert await commands.settle(pool, office.office_id, starts_at)
        assert await reads.check_office(pool, office.office_id, starts_at) == []
