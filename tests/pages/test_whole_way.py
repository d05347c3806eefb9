"""One citizen the whole way, by browsers alone: booked, scanned, let in, called, on the board."""

import io
import re

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, expect

from queue_service import db
from tests.devices import KIOSK, PHONE, TABLET, TV, device, scan, token_for
from tests.offices import ALWAYS, make_office
from tests.pages.test_browser_booking import fill_in, to_the_form
from tests.serving import Served

pytestmark = pytest.mark.anyio


async def test_what_a_phone_books_is_scanned_at_the_door_called_and_seen_on_the_board(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90}, hours=ALWAYS)
    tokens = {role: await token_for(pool, office, role) for role in ("kiosk", "clerk", "board")}
    async with (
        device(browser, served, "", PHONE, dots=3) as phone,
        device(browser, served, tokens["kiosk"], KIOSK) as kiosk,
        device(browser, served, tokens["clerk"], TABLET) as desk,
        device(browser, served, tokens["board"], TV) as tv,
    ):
        await tv.goto(f"/board/{office.slug}")
        await expect(tv.locator("#fill")).to_contain_text("0/ 20")
        await kiosk.goto(f"/kiosk/{office.slug}")
        await expect(kiosk.locator("#fill strong")).to_have_count(1)

        await to_the_form(phone, office)
        await fill_in(phone)
        await phone.get_by_role("button", name="Đặt lịch hẹn").click()
        await phone.wait_for_url(re.compile("/t/"))
        # What the scanner at the door sees is the phone's screen, and what it types is its text.
        shown = await phone.get_by_role("img", name=re.compile("Mã QR")).screenshot()
        read = zxingcpp.read_barcode(Image.open(io.BytesIO(shown)))
        assert read is not None
        await scan(kiosk, read.text)
        await expect(kiosk.locator(".number strong")).to_have_text("A001")
        await kiosk.locator("#answers button").first.click()  # "I noted it"
        await expect(tv.locator("#fill")).to_contain_text("2/ 20")  # two came on one ticket
        await expect(tv.locator("#waiting")).to_contain_text("A001")

        await desk.goto(f"/counter/{office.slug}/1")
        await desk.locator("#step").click()
        await desk.locator("#step").click()
        await expect(tv.locator("#spotlight .number")).to_have_text("A001")
        await expect(tv.locator("#spotlight .counter")).to_contain_text("Quầy 1")
        await phone.evaluate(
            "document.dispatchEvent(new Event('visibilitychange'))"
        )  # taken out again
        await expect(phone.locator(".status.go")).to_contain_text("A001")
