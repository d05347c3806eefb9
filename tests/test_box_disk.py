"""A box whose disk is really full: a small file system of its own, and something that fills it."""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Generator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from playwright.async_api import Browser, expect

from queue_service import db, tokens
from tests.cable import cable
from tests.devices import KIOSK
from tests.kiosk.test_kiosk import vi
from tests.offices import Office, make_office
from tests.service import free_port
from tests.serving import text_of
from tests.test_accessibility import problems
from tests.test_box import Box, folder, hub, of_box, port_of, shift_to, told

__all__ = ["folder"]

pytestmark = pytest.mark.anyio

SIZE = 400  # MB: PostgreSQL, its log, and some room


@pytest.fixture
def small_disk(folder: Path) -> Generator[Path, None, None]:
    """Needs root and the right to mount; where it is not there, one line says so."""
    place = folder / "box"
    place.mkdir(mode=0o711)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=0711", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a really full disk was left out: this user may not mount a small file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Until not one byte more fits."""
    filler = place / "something-else"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 65_536)
    return filler


async def a_visitor_is_told(browser: Browser, url: str, office: Office, token: str) -> None:
    context = await browser.new_context(viewport=KIOSK, screen=KIOSK, base_url=url, locale="vi-VN")
    await context.add_cookies([{"name": "token", "value": token, "url": url, "httpOnly": True}])
    page = await context.new_page()
    await page.goto(f"/kiosk/{office.slug}")
    await page.locator('.door[data-act="walk_in"]').click()
    await page.locator(".tile").first.click()
    await page.locator('[data-act="take_number"]').click()
    await expect(page.locator("[data-screen=away]")).to_be_visible(timeout=60_000)
    await expect(page.locator("[data-screen=away]")).to_contain_text(vi("away_hint"))
    assert await problems(page) == []
    await context.close()


@pytest.mark.timeout(300)
async def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(
    browser: Browser, small_disk: Path, folder: Path, database: db.Database, pool: db.Pool
) -> None:
    office = await make_office(pool, area_cap=None)
    shift = shift_to("08:00", office)
    at = office.at("07:50")
    token = await tokens.make(pool, at, "box", [office.office_id])
    kiosk = await tokens.make(pool, at, "kiosk", [office.office_id])
    helper = await tokens.make(pool, at, "helper", [office.office_id])
    async with hub(folder, database, shift) as service, cable(port_of(service)) as line:
        environment = of_box(office, line.url, token, shift) | {"PORT": str(free_port())}
        async with Box(small_disk, environment) as box, httpx2.AsyncClient(timeout=30) as client:

            async def walk_in() -> httpx2.Response:
                return await client.post(
                    f"{box.url}/api/v1/offices/{office.slug}/walk-ins",
                    json={"walk_in_id": str(uuid4()), "service": "copy"},
                    headers={"authorization": f"Bearer {kiosk}"},
                )

            answered: list[str] = []
            filler = fill(small_disk)
            refused = 0
            async with asyncio.timeout(90):
                while refused < 40:
                    with contextlib.suppress(httpx2.HTTPError):
                        answer = await walk_in()
                        if answer.status_code == 200:
                            answered.append(answer.json()["number"])
                        else:
                            # what the kiosk takes for "cannot reach the service": it tries again
                            assert answer.status_code == 503, answer.text
                            assert "json" in answer.headers["content-type"]
                            refused += 1
                            await asyncio.sleep(0.2)
            said = (await client.get(f"{box.url}/readyz")).json()
            assert said["ready"] is False
            assert said["disk"] is False
            door = await client.get(
                f"{box.url}/door/{office.slug}",
                headers={"cookie": f"token={helper}", "accept-language": "en"},
            )
            assert "The disk of this machine is full." in text_of(door.text)

            # PostgreSQL's own log is on that disk, too; and a visitor who comes now is told to ask
            assert (small_disk / "postgres.log").exists()
            await a_visitor_is_told(browser, box.url, office, kiosk)

            await box.die()  # and the power goes, before there is room again
            filler.unlink()
            await box.live()
            async with asyncio.timeout(90):
                while (await client.get(f"{box.url}/readyz")).status_code != 200:
                    await asyncio.sleep(0.2)
                while (answer := await walk_in()).status_code != 200:
                    await asyncio.sleep(0.2)
            answered.append(answer.json()["number"])
            await told(box, pool, office)
    async with db.owner(database.owner_url) as owner:
        rows = await owner.fetch(
            "select number from queue.visit where office_id = $1", office.office_id
        )
    assert set(answered) <= {row["number"] for row in rows}
    assert len(answered) == len(set(answered))
