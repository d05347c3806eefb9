"""The kiosk with a printer: the slip comes out, or number and code stay on the screen instead."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, expect

from kiosk.texts import TEXTS
from queue_service import db, i18n
from tests.devices import KIOSK, device, token_for
from tests.kiosk.test_kiosk import at_the_door, to_kiosk
from tests.offices import File, Office, make_office
from tests.printers import Printer, network_printer, qr_on
from tests.serving import Served
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


def vi(key: str) -> re.Pattern[str]:
    return re.compile(re.escape(i18n.translator("vi").gettext(TEXTS[key])))


async def office_with(pool: db.Pool, printer: Printer) -> Office:
    def add(file: File) -> None:
        names = {"name_vi": "Máy in ở cửa", "name_en": "Printer at the door"}
        paper = {"address": printer.address, "paper_mm": 80, "dots": 576, "position": 0}
        file["printers"] = [{"printer_id": "door", **names, **paper}]

    return await make_office(pool, change=add)


async def take_a_number(page: Page, office: Office) -> None:
    await to_kiosk(page, office)
    await page.locator('[data-act="walk_in"]').click()
    await page.locator(".tile").first.click()
    await page.locator('[data-act="take_number"]').click()
    await expect(page.locator(".number strong")).to_have_text("A001")


async def test_the_slip_comes_out_and_nobody_has_to_take_a_photo(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    with network_printer(Printer(seconds_a_slip=0.5)) as printer:
        office = await office_with(pool, printer)
        async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
            await take_a_number(page, office)
            await expect(page.locator("#noted")).to_have_text(vi("printing"))
            await expect(page.locator("#noted")).to_have_text(vi("printed"))
            assert await problems(page) == []
            await page.get_by_role("button", name=vi("done")).click()
            await expect(page.locator("[data-screen=start]")).to_be_visible()
    [visit] = await at_the_door(pool, office)
    assert (visit["number"], visit["slip"]) == ("A001", "printed")
    assert "/t/" in qr_on(printer.slips[0])


@pytest.mark.parametrize("trouble", ["out of paper", "unplugged", "takes nothing"])
async def test_without_a_slip_the_screen_keeps_number_and_code_and_asks_for_a_photo(
    browser: Browser, served: Served, pool: db.Pool, trouble: str
) -> None:
    bad = {"out of paper": Printer(paper="out"), "takes nothing": Printer(reads=False)}
    with network_printer(bad.get(trouble, Printer())) as printer:
        if trouble == "unplugged":
            printer.address = "tcp://127.0.0.1:9"
        office = await office_with(pool, printer)
        async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
            await take_a_number(page, office)
            await expect(page.locator("#noted")).to_have_text(vi("print_failed"))
            await expect(page.locator(".number strong")).to_have_text("A001")
            await expect(page.locator(".qr img")).to_be_visible()
            assert await problems(page) == []
            async with page.expect_response("**/slip"):
                await page.get_by_role("button", name=vi("noted")).click()
                await expect(page.locator("#noted")).to_have_text(vi("noted_done"))
    [visit] = await at_the_door(pool, office)
    assert (visit["number"], visit["slip"]) == ("A001", "phone")


async def test_who_says_that_no_slip_came_out_may_take_a_photo(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    with network_printer() as printer:
        office = await office_with(pool, printer)
        async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
            await take_a_number(page, office)
            await page.get_by_role("button", name=vi("no_slip")).click()
            async with page.expect_response("**/slip"):
                await page.get_by_role("button", name=vi("noted")).click()
    [visit] = await at_the_door(pool, office)
    assert (visit["number"], visit["slip"]) == ("A001", "phone")
    assert len(printer.slips) == 1


async def test_who_leaves_before_the_slip_is_out_leaves_nothing_for_the_next(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    with network_printer(Printer(seconds_a_slip=1.5)) as printer:
        office = await office_with(pool, printer)
        async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
            await take_a_number(page, office)
            async with page.expect_response("**/print"):
                await page.keyboard.press("Escape")
                await expect(page.locator("[data-screen=start]")).to_be_visible()
            await asyncio.sleep(0.2)
            await expect(page.locator("[data-screen=start]")).to_be_visible()
            await expect(page.locator("#noted")).to_be_empty()
