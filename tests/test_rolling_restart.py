"""Two web processes behind a proxy, one after the other restarted under load: nobody notices."""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from pathlib import Path
from random import randrange
from uuid import uuid4

import httpx2
import pytest

from queue_service import db, reads
from tests.offices import ALWAYS, Office, make_office
from tests.service import Running, answering, free_port, running, start
from tests.times import tomorrow

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(400)]

DEPLOY = Path(__file__).parent.parent / "deploy"
CALLERS = 6

MAIN = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 512; }}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {server}
}}
"""


def program(name: str, package: str) -> str:
    """Installed in CI where it may be; elsewhere the test says that it was left out."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found:
        return found
    if os.environ.get("CI") and os.geteuid() == 0:
        pytest.fail(f"no {name} (apt: {package}), and this must not be left out in CI")
    pytest.skip(f"rolling restarts behind it are left out: no {name} (apt: {package})")


@contextlib.contextmanager
def nginx(port: int, behind: list[int]) -> Generator[Path, None, None]:
    """As deploy/nginx.conf says, but for TLS, ports and folders."""
    there = program("nginx", "nginx-light")
    with tempfile.TemporaryDirectory(prefix="qs-nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = (DEPLOY / "nginx.conf").read_text().replace("/var/log/nginx", name)
        server = server.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
        server = server.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
        for example, real in zip((8001, 8002), behind, strict=True):
            server = server.replace(f"127.0.0.1:{example} ", f"127.0.0.1:{real} ")
        server = "\n".join(line for line in server.splitlines() if "ssl_cert" not in line)
        (folder / "nginx.conf").write_text(MAIN.format(folder=name, server=server))
        with _until_left([there, "-p", name, "-c", f"{name}/nginx.conf"], {}):
            yield folder


@contextlib.contextmanager
def caddy(port: int, behind: list[int]) -> Generator[Path, None, None]:
    """As deploy/Caddyfile says, over plain http and without its own door for orders."""
    there = program("caddy", "caddy")
    with tempfile.TemporaryDirectory(prefix="qs-caddy-") as name:
        text = "{\n\tadmin off\n\tgrace_period 1s\n}\n" + (DEPLOY / "Caddyfile").read_text()
        (Path(name) / "Caddyfile").write_text(text)
        environment = {
            "HOME": name,
            "SITE": f"http://127.0.0.1:{port}",
            "WEB": " ".join(f"127.0.0.1:{one}" for one in behind),
        }
        with _until_left([there, "run", "--config", f"{name}/Caddyfile"], environment):
            yield Path(name)


@contextlib.contextmanager
def _until_left(command: list[str], environment: dict[str, str]) -> Generator[None, None, None]:
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


class Pair:
    """Two web processes on ports of their own."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.ports = [free_port(), free_port()]
        self.running = [self._begin(port) for port in self.ports]

    def _begin(self, port: int) -> Running:
        process = start(self.folder, {**self.environment, "PORT": str(port)}, ["web"])
        return Running(process, f"http://127.0.0.1:{port}")

    async def __aenter__(self) -> "Pair":
        return self

    async def __aexit__(self, *_: object) -> None:
        for one in self.running:
            one.process.terminate()
        for one in self.running:
            await one.ended(within=30)

    async def answers(self) -> None:
        await asyncio.gather(*(answering(one, within=60) for one in self.running))

    async def restart(self, number: int) -> None:
        """As deploy/rolling-restart does: the next one only once this one is ready again."""
        old = self.running[number]
        old.send(signal.SIGTERM)
        assert await old.ended(within=30) in (0, -signal.SIGTERM)  # by its own will
        self.running[number] = self._begin(self.ports[number])
        await answering(self.running[number], within=60)


class Load:
    """Callers who book and, when they get no answer, press once more; a board that is watched."""

    def __init__(self, url: str, office: Office, first: datetime) -> None:
        self.url, self.office, self.first = url, office, first
        self.over = self.booked_enough = False
        self.at_once = self.on_a_retry = 0
        self.failures: Counter[str] = Counter()
        self.lost: list[str] = []
        self.codes: set[str] = set()
        self.slowest = 0.0
        self.versions: list[int] = []
        self.breaks = 0
        self.newest: dict[str, object] = {}

    async def reaches(self) -> None:
        """Until the proxy has found the processes."""
        async with asyncio.timeout(60), httpx2.AsyncClient() as client:
            while True:
                with contextlib.suppress(httpx2.HTTPError):
                    if (await client.get(f"{self.url}/healthz")).status_code == 200:
                        return
                await asyncio.sleep(0.1)

    async def book(self) -> None:
        loop = asyncio.get_running_loop()
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
                began = loop.time()
                if (failed := await self._ask(client, body)) is None:
                    self.at_once += 1
                elif (again := await self._ask(client, body)) is None:
                    self.on_a_retry += 1
                else:
                    self.lost.append(f"{failed}, then {again}")
                self.slowest = max(self.slowest, loop.time() - began)
                await asyncio.sleep(0.05)

    async def _ask(self, client: httpx2.AsyncClient, body: dict[str, object]) -> str | None:
        """Why it failed."""
        try:
            answer = await client.post(
                f"{self.url}/api/v1/offices/{self.office.slug}/bookings", json=body
            )
        except httpx2.HTTPError as error:
            failed = type(error).__name__
        else:
            if answer.status_code == 201:
                self.codes.add(answer.json()["code"])
                return None
            failed = f"{answer.status_code} {answer.text[:80]}"
        self.failures[failed] += 1
        return failed

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


@pytest.mark.parametrize(("proxy", "drain", "restarts"), [(nginx, "0", 4), (caddy, "3", 2)])
async def test_one_process_after_the_other_is_restarted_and_nobody_notices(
    database: db.Database,
    pool: db.Pool,
    tmp_path: Path,
    proxy: Callable[[int, list[int]], contextlib.AbstractContextManager[Path]],
    drain: str,
    restarts: int,
) -> None:
    office = await make_office(pool, planned=200, area_cap=None, hours=ALWAYS)
    first = await tomorrow(pool, "01:00")
    environment = {
        "DATABASE_URL": database.app_url,
        "DATABASE_POOL": "4",
        "BOOKINGS_PER_HOUR": "0",
        "REQUESTS_PER_MINUTE": "0",
        "DRAIN_SECONDS": drain,
    }
    port = free_port()
    async with Pair(tmp_path, environment) as pair:
        await pair.answers()
        with proxy(port, pair.ports) as folder:
            load = Load(f"http://127.0.0.1:{port}", office, first)
            await load.reaches()
            watching = asyncio.create_task(load.watch())
            booking = [asyncio.create_task(load.book()) for _ in range(CALLERS)]
            for number in itertools.islice(itertools.cycle((0, 1)), restarts):
                await asyncio.sleep(0.2)
                await pair.restart(number)
            load.booked_enough = True
            await asyncio.wait_for(asyncio.gather(*booking), 90)
            board = await reads.board(pool, office.office_id, first)
            async with asyncio.timeout(60):
                while load.newest.get("version") != board["version"]:
                    await asyncio.sleep(0.05)
            load.over = True
            watching.cancel()
            await asyncio.wait([watching])
            logged = "".join(path.read_text() for path in folder.glob("*.log"))
    assert load.lost == [], load.failures
    assert load.at_once > 50
    assert load.on_a_retry <= load.at_once * 0.01, load.failures
    assert load.slowest < 5  # nobody waits for a process to start
    # Every code given out is one visit, and there are no others: a request is never done twice.
    assert len(load.codes) == load.at_once + load.on_a_retry
    assert await reads.check_office(pool, office.office_id, first) == []
    # The board broke off and came back, never with an older state, and shows what holds.
    assert load.breaks >= 1
    assert load.versions == sorted(load.versions)
    assert load.newest["areas"] == board["areas"]
    assert "/t/" not in logged
    assert "bookings" not in logged


async def test_who_is_told_to_stop_says_so_and_still_answers_for_a_while(
    database: db.Database, tmp_path: Path
) -> None:
    environment = {"DATABASE_URL": database.app_url, "DRAIN_SECONDS": "3"}
    async with (
        running(tmp_path, environment, "web") as service,
        httpx2.AsyncClient(base_url=service.url) as client,
        asyncio.timeout(60),
    ):
        service.send(signal.SIGTERM)
        while (ready := await client.get("/readyz")).status_code == 200:
            await asyncio.sleep(0.05)
        assert ready.json()["staying"] is False
        assert (await client.get("/api/v1/offices")).status_code == 200
        await service.ended(within=60)


async def test_who_knocks_while_a_process_starts_is_refused_and_need_not_wait(
    tmp_path: Path,
) -> None:
    asked, port = asyncio.Event(), free_port()

    async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    database = await asyncio.start_server(never_answers, "127.0.0.1", 0)
    there = database.sockets[0].getsockname()[1]
    environment = {"DATABASE_URL": f"postgresql://a:b@127.0.0.1:{there}/q?sslmode=disable"}
    process = start(tmp_path, {**environment, "PORT": str(port)}, ["web"])
    try:
        async with asyncio.timeout(30):
            await asked.wait()  # it has its port and waits for its database
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    finally:
        process.kill()
        process.wait()
        database.close()
