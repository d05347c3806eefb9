"""One command starts everything, and one Ctrl-C ends it: no process and no server stays behind."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.service import children, free_port, lives, running

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

MODELS = {"da-nang-center", "da-nang-bank", "ward"}


async def slugs(url: str) -> set[str]:
    async with httpx2.AsyncClient(timeout=20) as client:
        offices: list[dict[str, Any]] = (await client.get(f"{url}/api/v1/offices")).json()
        return {office["slug"] for office in offices}


def postgres_of(data: Path) -> int | None:
    try:
        return int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    except OSError:
        return None


async def test_ctrl_c_ends_everything_at_once(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with running(tmp_path, {}, "demo") as demo:
        assert await slugs(demo.url) == MODELS
        mine = children(demo.process.pid)
        server = postgres_of(tmp_path)
        assert len(mine) >= 2
        assert server is not None
        demo.send(signal.SIGINT)
        assert await demo.ended() == 0
        assert not any(map(lives, [*mine, server]))
    said = capfd.readouterr().out
    for page in ("/o/ward", "/kiosk/ward", "/counter/ward", "/board/ward", "/sign-in"):
        assert demo.url + page in said


async def test_two_demonstrations_share_one_database_and_take_two_ports(tmp_path: Path) -> None:
    port = free_port()
    async with (
        running(tmp_path, {"PORT": str(port)}, "demo") as first,
        running(tmp_path, {"PORT": str(port + 1)}, "demo", "--port", str(port)) as second,
    ):
        assert await slugs(first.url) == await slugs(second.url) == MODELS
        first.send(signal.SIGINT)
        await first.ended()
        assert await slugs(second.url) == MODELS
        server = postgres_of(tmp_path)
        second.send(signal.SIGINT)
        await second.ended()
        assert server is not None
        assert not lives(server)


async def test_a_demonstration_at_another_time_starts_its_clock_there(tmp_path: Path) -> None:
    async with (
        running(tmp_path, {}, "demo", "--at", "2020-03-31T07:30:00+07:00") as demo,
        httpx2.AsyncClient() as client,
    ):
        board = (await client.get(f"{demo.url}/api/v1/offices/da-nang-center/board")).json()
        assert board["at"].startswith("2020-03-31T07:3")
        assert not (tmp_path / "postgres").exists()


async def test_made_up_visitors_come(tmp_path: Path) -> None:
    at = "2026-11-25T08:00:00+07:00"  # a Wednesday like any other
    async with (
        running(tmp_path, {}, "demo", "--simulate", "--at", at) as demo,
        httpx2.AsyncClient() as client,
        asyncio.timeout(90),
    ):
        while True:
            seen = (await client.get(f"{demo.url}/api/v1/offices/ward/board")).json()
            if seen["calls"]:
                return
            await asyncio.sleep(0.5)


async def test_what_was_kept_survives_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path, {}, "demo") as demo:
        demo.send(signal.SIGKILL)
        await demo.ended()
    before = (tmp_path / "demo-tokens.json").read_text()
    async with running(tmp_path, {}, "demo") as demo:
        assert await slugs(demo.url) == MODELS
    assert (tmp_path / "demo-tokens.json").read_text() == before
