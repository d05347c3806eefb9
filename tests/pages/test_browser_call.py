"""The called visitor's own phone: it flashes and vibrates, and again when called again."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from queue_service import commands, db
from tests.devices import book, device
from tests.lobby import Lobby, id_of
from tests.offices import ALWAYS, make_office
from tests.serving import BEGINS, Served
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio

NOTED = """window.shaken = 0; navigator.vibrate = () => { window.shaken += 1; return true; };"""


async def shaken(page: Page) -> int:
    return await page.evaluate("window.shaken")


async def test_the_phone_flashes_and_vibrates_at_the_call_and_at_the_recall(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90}, hours=ALWAYS)
    number = office.office_id
    booked = await book(served, office, office.at("09:00"))
    lobby = Lobby(pool, office)
    # The office's time goes by the served clock, which has gone on since the tests began.
    now = served.clock.now()
    later = now + timedelta(minutes=1)
    async with device(browser, served, "", {"width": 390, "height": 780}) as page:
        await page.add_init_script(NOTED)
        visit = await lobby.arrive("08:00", code=booked["code"])
        visit_id = id_of(visit)
        await commands.slip(pool, number, BEGINS, "kiosk:door", None, visit_id, "phone")
        await commands.open_counter(pool, number, BEGINS, "x", None, "1")
        await page.goto(f"/t/{booked['token']}")
        await expect(page.locator("#live")).to_contain_text("nhấp nháy và rung")
        await commands.call_next(pool, number, now, "x", None, "1")
        flashing = page.locator("html.flash")
        await expect(flashing).to_have_count(1, timeout=30_000)
        await expect(page.locator(".status.go")).to_contain_text("A001")
        assert await shaken(page) == 1
        await page.wait_for_timeout(5_000)
        assert await shaken(page) == 1  # the same call is told once
        assert await problems(page) == []
        await commands.recall(pool, number, later, "x", None, visit_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(30):
                while await shaken(page) == 1:
                    await asyncio.sleep(0.1)
        assert await shaken(page) == 2, await page.locator("#live").inner_html()
        await commands.serve(pool, number, later, "x", None, visit_id)
        await expect(flashing).to_have_count(0, timeout=30_000)
