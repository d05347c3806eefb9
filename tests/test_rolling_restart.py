"""Two web processes behind nginx, one after the other restarted under load: nobody notices."""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from datetime import datetime, timedelta
from pathlib import Path
from random import randrange
from uuid import uuid4

import httpx2
import pytest

from queue_service import db, reads
from tests.offices import ALWAYS, Office, make_office
from tests.service import Running, answering, free_port, start
from tests.times import tomorrow

pytestmark = pytest.mark.anyio

EXAMPLE = Path(__file__).parent.parent / "deploy" / "nginx.conf"
RESTARTS = 4
CALLERS = 12

MAIN = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 512; }}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {server}
}}
"""


def nginx() -> str:
    """Installed in CI where it may be; elsewhere the test says that it was left out."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program:
        return program
    if os.environ.get("CI") and os.geteuid() == 0:
        pytest.fail("no nginx (apt: nginx-light), and this must not be left out in CI")
    pytest.skip("rolling restarts are left out: no nginx (apt: nginx-light)")


@contextlib.contextmanager
def proxy(port: int, behind: list[int]) -> Generator[Path, None, None]:
    """nginx as deploy/nginx.conf says, but for TLS, ports and folders."""
    program = nginx()
    with tempfile.TemporaryDirectory(prefix="qs-nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = EXAMPLE.read_text().replace("/var/log/nginx", name)
        server = server.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
        server = server.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
        for example, real in zip((8001, 8002), behind, strict=True):
            server = server.replace(f"127.0.0.1:{example} ", f"127.0.0.1:{real} ")
        server = "\n".join(line for line in server.splitlines() if "ssl_cert" not in line)
        (folder / "nginx.conf").write_text(MAIN.format(folder=name, server=server))
        process = subprocess.Popen([program, "-p", name, "-c", f"{name}/nginx.conf"])
        try:
            yield folder
        finally:
            process.terminate()
            process.wait(10)


class Pair:
    """Two web processes on ports of their own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.ports = [free_port(), free_port()]
        self.running: list[Running] = []

    def begin(self, port: int) -> Running:
        process = start(self.folder, {**self.environment, "PORT": str(port)}, ["web"])
        return Running(process, f"http://127.0.0.1:{port}")

    async def __aenter__(self) -> "Pair":
        self.running = [self.begin(port) for port in self.ports]
        await asyncio.gather(*(answering(one) for one in self.running))
        return self

    async def __aexit__(self, *_: object) -> None:
        for one in self.running:
            one.process.terminate()
        for one in self.running:
            await one.ended(within=20)

    async def restart(self, number: int) -> None:
        old = self.running[number]
        old.send(signal.SIGTERM)
        assert await old.ended(within=20) in (0, -signal.SIGTERM)  # by its own will
        self.running[number] = self.begin(self.ports[number])
        await answering(self.running[number])


class Load:
    """Callers who book and, when they get no answer, press once more; a board that is watched."""

    def __init__(self, url: str, office: Office, first: datetime) -> None:
        self.url, self.office, self.first = url, office, first
        self.over = self.booked_enough = False
        self.outcomes: Counter[str] = Counter()
        self.codes: set[str] = set()
        self.versions: list[int] = []
        self.breaks = 0
        self.newest: dict[str, object] = {}

    async def book(self) -> None:
        async with httpx2.AsyncClient(timeout=20) as client:
            while not self.booked_enough:
                body: dict[str, object] = {
                    "booking_id": str(uuid4()),
                    "service": "copy",
                    "starts_at": (self.first + timedelta(minutes=5 * randrange(200))).isoformat(),
                    "name": "Trần Văn Bình",
                    "phone": "",
                    "party_size": 1,
                    "language": "vi",
                }
                for tried in ("at once", "on a retry"):
                    if await self._ask(client, body):
                        self.outcomes[tried] += 1
                        break
                else:
                    self.outcomes["failed"] += 1
                await asyncio.sleep(0.02)

    async def _ask(self, client: httpx2.AsyncClient, body: dict[str, object]) -> bool:
        with contextlib.suppress(httpx2.HTTPError):
            url = f"{self.url}/api/v1/offices/{self.office.slug}/bookings"
            answer = await client.post(url, json=body)
            if answer.status_code == 201:
                self.codes.add(answer.json()["code"])
                return True
        return False

    async def watch(self) -> None:
        """As a board does: whole states only, and at once again when the stream ends."""
        url = f"{self.url}/api/v1/offices/{self.office.slug}/board/stream"
        async with httpx2.AsyncClient(timeout=20) as client:
            while not self.over:
                with contextlib.suppress(httpx2.HTTPError):
                    async with client.stream("GET", url) as answer:
                        if answer.status_code == 200:
                            await self._read(answer)
                self.breaks += 1
                await asyncio.sleep(0.05)

    async def _read(self, answer: httpx2.Response) -> None:
        async for line in answer.aiter_lines():
            if self.over:
                return
            if line.startswith("data: "):
                state = json.loads(line.removeprefix("data: "))
                self.versions.append(state["version"])
                self.newest = state


async def test_one_process_after_the_other_is_restarted_and_nobody_notices(
    database: db.Database, pool: db.Pool, tmp_path: Path
) -> None:
    office = await make_office(pool, planned=200, area_cap=None, hours=ALWAYS)
    first = await tomorrow(pool, "01:00")
    environment = {
        "DATABASE_URL": database.app_url,
        "DATABASE_POOL": "4",
        "BOOKINGS_PER_HOUR": "0",
        "REQUESTS_PER_MINUTE": "0",
    }
    port = free_port()
    async with Pair(tmp_path, environment) as pair:
        with proxy(port, pair.ports) as folder:
            load = Load(f"http://127.0.0.1:{port}", office, first)
            booking = [asyncio.create_task(load.book()) for _ in range(CALLERS)]
            watching = asyncio.create_task(load.watch())
            until = time.monotonic() + 25
            for number in itertools.islice(itertools.cycle((0, 1)), RESTARTS):
                await asyncio.sleep(0.5)
                await pair.restart(number)
                if time.monotonic() > until:
                    break
            load.booked_enough = True
            await asyncio.wait(booking, timeout=30)
            board = await reads.board(pool, office.office_id, first)
            async with asyncio.timeout(10):
                while load.newest.get("version") != board["version"]:
                    await asyncio.sleep(0.05)
            load.over = True
            watching.cancel()
            logged = (folder / "queue-service.log").read_text()
    assert load.outcomes["failed"] == 0, load.outcomes
    assert load.outcomes["at once"] > 50, load.outcomes
    assert load.outcomes["on a retry"] <= load.outcomes["at once"] * 0.05, load.outcomes
    # Every code given out is one visit, and there are no others: a request is never done twice.
    assert len(load.codes) == load.outcomes.total()
    assert await reads.check_office(pool, office.office_id, first) == []
    # The board broke off and came back, never with an older state, and shows what holds.
    assert load.breaks >= 1
    assert load.versions == sorted(load.versions)
    assert load.newest["areas"] == board["areas"]
    assert "/t/" not in logged
    assert "bookings" not in logged
