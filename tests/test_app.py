"""The service as a process: ready, counted, and gone at once when it is asked to go."""

import asyncio
import json
import os
import signal
from functools import partial
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from queue_service import db, web
from queue_service.health import readyz
from queue_service.lifespan import service
from queue_service.settings import Settings
from tests.offices import ALWAYS, make_office
from tests.service import Running, children, lives, running, start
from tests.times import Machine

pytestmark = pytest.mark.anyio


async def test_a_service_that_runs_says_so_and_what_it_stands_on(
    database: db.Database, tmp_path: Path
) -> None:
    async with (
        running(tmp_path, {"DATABASE_URL": database.app_url}, "web") as service,
        httpx2.AsyncClient() as client,
    ):
        assert (await client.get(f"{service.url}/healthz")).text == "ok\n"
        ready = (await client.get(f"{service.url}/readyz")).json()
        assert ready == {
            "ready": True,
            "database": True,
            "migrations": True,
            "clock": True,
            "disk": True,
            "listener": True,
            "staying": True,
        }


async def test_a_database_that_was_not_migrated_is_not_ready(
    server: db.Database, tmp_path: Path, database: db.Database
) -> None:
    empty = server.named(f"empty_{tmp_path.name}"[:60])
    await db.create_database(empty.owner_url)
    try:
        with pytest.raises(TimeoutError):
            async with (
                asyncio.timeout(4),
                running(tmp_path, {"DATABASE_URL": empty.app_url}, "web") as service,
            ):
                pytest.fail(f"{service.url} is ready")
    finally:
        await db.drop_database(empty.owner_url)


async def test_each_process_measures_the_clock_by_itself_again_and_again(
    database: db.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine()
    of_machine = partial(db.Clock, wall=machine.wall, steady=machine.steady)
    monkeypatch.setattr(db, "Clock", of_machine)
    async with service(Settings(database_url=database.app_url, data_dir=tmp_path)) as state:
        async with asyncio.timeout(30):
            for _ in range(2):
                while not state["clock"].ready:
                    await asyncio.sleep(0.02)
                machine.sleep(60)
                assert not state["clock"].ready


async def test_a_process_that_may_be_off_is_not_ready_until_two_measurements_agree(
    database: db.Database, pool: db.Pool, tmp_path: Path
) -> None:
    machine = Machine()
    clock = db.Clock(wall=machine.wall, steady=machine.steady)
    await clock.measure(pool)
    async with service(Settings(database_url=database.app_url, data_dir=tmp_path)) as state:
        own: dict[str, object] = {**state, "clock": clock}
        app = Starlette()
        app.state.leaving = False
        asked: dict[str, object] = {"type": "http", "method": "GET", "headers": []}
        asked |= {"state": own, "app": app}
        async with asyncio.timeout(30):
            while not state["listener"].connected:
                await asyncio.sleep(0.01)
        assert (await readyz(web.AppRequest(asked))).status_code == 200
        machine.sleep(2.5)
        answer = await readyz(web.AppRequest(asked))
        assert answer.status_code == 503
        missing = [what for what, there in json.loads(bytes(answer.body)).items() if not there]
        assert missing == ["ready", "clock"]
        assert (await readyz(web.AppRequest(asked))).status_code == 200


async def test_counts_are_for_this_machine_or_whoever_has_the_token(
    database: db.Database, pool: db.Pool, tmp_path: Path
) -> None:
    office = await make_office(pool)
    token = "a token for the metrics"
    environment = {"DATABASE_URL": database.app_url, "METRICS_TOKEN": token}
    async with (
        running(tmp_path, environment, "web") as service,
        httpx2.AsyncClient() as client,
    ):
        url = f"{service.url}/metrics"
        seen = (await client.get(url)).text
        assert f'queue_present{{area="hall",office="{office.slug}"}} 0.0' in seen
        assert "queue_open_streams" in seen
        through_proxy = {"x-forwarded-for": "127.0.0.1"}
        assert (await client.get(url, headers=through_proxy)).status_code == 403
        named = through_proxy | {"authorization": f"Bearer {token}"}
        assert (await client.get(url, headers=named)).status_code == 200


@pytest.mark.parametrize("processes", ["1", "2"])
async def test_an_open_stream_does_not_keep_the_service_from_stopping(
    database: db.Database, pool: db.Pool, tmp_path: Path, processes: str
) -> None:
    office = await make_office(pool, hours=ALWAYS)
    environment = {"DATABASE_URL": database.app_url, "WEB_PROCESSES": processes}
    async with (
        running(tmp_path, environment, "web") as service,
        httpx2.AsyncClient(timeout=30) as client,
        client.stream("GET", f"{service.url}/api/v1/offices/{office.slug}/board/stream") as stream,
    ):
        assert stream.status_code == 200
        lines = stream.aiter_lines()
        while not (await anext(lines)).startswith("data:"):
            pass
        mine = children(service.process.pid)
        service.send(signal.SIGTERM)
        await service.ended(within=25)
        assert not any(map(lives, mine))


async def test_a_web_process_that_is_killed_is_started_again(
    database: db.Database, tmp_path: Path
) -> None:
    environment = {"DATABASE_URL": database.app_url, "WEB_PROCESSES": "2"}
    async with (
        running(tmp_path, environment, "web") as service,
        httpx2.AsyncClient() as client,
    ):
        before = set(children(service.process.pid))
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        async with asyncio.timeout(60):
            while len(set(children(service.process.pid)) - before) < 1:
                await asyncio.sleep(0.05)
        assert (await client.get(f"{service.url}/healthz")).status_code == 200


async def test_processes_whose_starter_was_killed_stop_by_themselves(
    database: db.Database, tmp_path: Path
) -> None:
    environment = {"DATABASE_URL": database.app_url, "WEB_PROCESSES": "2"}
    async with running(tmp_path, environment, "web") as service:
        mine = children(service.process.pid)
        service.send(signal.SIGKILL)
        await service.ended()
        async with asyncio.timeout(30):
            while any(map(lives, mine)):
                await asyncio.sleep(0.05)


async def test_a_port_that_is_taken_names_the_setting(
    database: db.Database, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    environment = {"DATABASE_URL": database.app_url}
    async with running(tmp_path, environment, "web") as service:
        port = service.url.rpartition(":")[2]
        second = start(tmp_path, environment | {"PORT": port}, ["web"])
        assert await Running(second, service.url).ended() == 1
    assert "PORT" in capfd.readouterr().err


async def test_the_log_holds_no_ticket_address(
    database: db.Database, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with (
        running(tmp_path, {"DATABASE_URL": database.app_url, "ACCESS_LOG": "on"}, "web") as service,
        httpx2.AsyncClient() as client,
    ):
        await client.get(f"{service.url}/t/0123456789abcdef0123456789abcdef")
        await asyncio.sleep(0.3)
    said = capfd.readouterr().err
    assert '"status":404' in said
    assert "0123456789abcdef" not in said
