"""A box that lost its floor takes it again: what nobody has heard comes first."""

import asyncio
import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from queue_service import commands, db, reads, tokens
from tests.devices import staff, token_for
from tests.floors import Box, empty_database
from tests.offices import make_office
from tests.service import Running, free_port, running, start
from tests.serving import BEGINS, Served, shows
from tests.test_box import folder, of_box
from tests.test_deploy import DEPLOY

__all__ = ["folder"]

pytestmark = pytest.mark.anyio

MANY = 60  # more than one word to the hub holds


@pytest.mark.timeout(300)
async def test_a_box_that_takes_its_floor_again_tells_all_before_it_begins_anew(
    served: Served, pool: db.Pool, database: db.Database, folder: Path
) -> None:
    office = await make_office(pool, area_cap=None, planned=MANY)
    token = await tokens.make(pool, BEGINS, "box", [office.office_id])
    data = folder / "var/lib/queue-service"
    install_box(folder, served.url, office.slug)
    async with empty_database(database) as mine, db.connect(mine.app_url, 2) as own:
        box = Box(pool, own, office)
        (data / "box.id").write_text(str(box.box_id))
        await box.begin("07:00", "Hộp 1")
        given = [(await box.floor.walk_in(f"07:{10 + n // 2}"))["number"] for n in range(MANY)]
        assert len(set(given)) == MANY
        await box.take_back("07:45")  # the cable was cut, a manager thought that the box was off
        await box.hub.do("recount", "07:46", "hall", 1)
        said = await box.talk("07:47")  # the cable is back: it hears of it, and the power fails
        assert said["stopped"] == "lost"

        async def late() -> list[str]:
            return sorted(row["number"] for row in await reads.floor_late(pool, office.office_id))

        assert 0 < len(await late()) < MANY

        environment = of_box(office, served.url, token, served.settings.clock_shift) | {
            "DATABASE_URL": mine.app_url,
            "DATABASE_OWNER_URL": mine.owner_url,
            "PORT": str(free_port()),
        }
        waits = start(data, environment | {"BOX_HUB": "http://127.0.0.1:9"}, ["box", "--again"])
        url = f"http://127.0.0.1:{environment['PORT']}"
        await shows(url, "The central service cannot be asked.")
        waits.terminate()
        assert await Running(waits, url).ended(60) == 0

        # as its unit starts it, it only says that it has lost the floor, until it is asked
        async with running(data, environment, "box") as service:
            helper = await token_for(own, office, "helper")
            path = f"/door/{office.slug}"
            await shows(service.url, "no longer looks after the office", path, token=helper)
        install_box(folder, "--again")
        async with running(data, environment, "box") as service:
            assert not (data / "box.again").exists()
            assert await late() == sorted(given)
            floor = await reads.floor(pool, office.office_id, now_of(served))
            assert floor
            assert (floor["at_box"], floor["box"], floor["epoch"]) == (True, "Hộp 1", 3)
            # from here on it knows what the hub knows, and goes on where the hub was
            async with staff(replace(served, url=service.url), own, office, "kiosk") as door:
                number = await number_of(door, office.slug)
            assert number == "A100"
        await box.heal(now_of(served))
        now = now_of(served)
        for side in (pool, own):
            await commands.settle(side, office.office_id, now)
            assert await reads.check_office(side, office.office_id, now) == []

        await asyncio.to_thread(install_box, folder, "--hand-back", **environment)
        floor = await reads.floor(pool, office.office_id, now_of(served))
        assert floor
        assert floor["at_box"] is False


def install_box(root: Path, *arguments: str, **environment: str) -> None:
    """What an installer types; below a folder of ours it starts nothing."""
    subprocess.run(
        [DEPLOY / "install-box", *arguments],
        env={**os.environ, **environment, "DESTDIR": str(root)},
        stdin=subprocess.DEVNULL,
        check=True,
    )


def now_of(served: Served) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=served.settings.clock_shift)


async def number_of(door: httpx2.AsyncClient, slug: str) -> str:
    async with asyncio.timeout(60):
        while True:
            answer = await door.post(f"/api/v1/offices/{slug}/walk-ins", json={"service": "copy"})
            if answer.status_code == 200:
                return answer.json()["number"]
            assert answer.json()["code"] == "floor_not_ready", answer.text
            await asyncio.sleep(0.2)
