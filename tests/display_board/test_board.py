"""The boards in a real browser: the newest call first, never an old one as new, never a lie."""

import asyncio
from io import BytesIO
from typing import Any

import httpx2
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize, expect

from queue_service import commands, db
from tests.devices import KIOSK, PHONE, TABLET, TV, book, device, scan, token_for, walk_in
from tests.offices import ALWAYS, Office, make_office
from tests.serving import BEGINS, Served
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def to_board(page: Page, office: Office, query: str = "") -> None:
    await page.goto(f"/board/{office.slug}{query}")
    await expect(page.locator("body")).to_have_attribute("data-live", "yes")


async def call(pool: db.Pool, served: Served, office: Office, counter: str, act: str = "") -> Any:
    """By the clerk's API, so that the boards are woken as they are in an office."""
    token = await token_for(pool, office, "clerk")
    path = f"/api/v1/offices/{office.slug}/counters/{counter}/{act or 'call-next'}"
    async with httpx2.AsyncClient(base_url=served.url) as client:
        answer = await client.post(path, headers={"authorization": f"Bearer {token}"}, json={})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_visitor_books_is_scanned_called_and_seen_on_the_board(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90}, hours=ALWAYS)
    booked = await book(served, office, office.at("09:00"))
    async with httpx2.AsyncClient(base_url=served.url) as client:
        path = booked["qr_url"].partition("queue.example")[2]
        picture = await client.get(path)
    assert picture.status_code == 200, path
    with Image.open(BytesIO(picture.content)) as image:
        [read] = zxingcpp.read_barcodes(image.convert("L"))
    kiosk = await token_for(pool, office, "kiosk")
    clerk = await token_for(pool, office, "clerk")
    async with (
        device(browser, served, "", TV) as tv,
        device(browser, served, kiosk, KIOSK) as door,
        device(browser, served, clerk, TABLET) as desk,
    ):
        await to_board(tv, office)
        await expect(tv.locator("#fill")).to_contain_text("0/ 20")
        await door.goto(f"/kiosk/{office.slug}")
        await scan(door, read.text)
        await expect(door.locator(".number strong")).to_have_text("A001")
        await door.locator("#answers button").first.click()  # "I noted it"
        await expect(tv.locator("#fill")).to_contain_text("1/ 20")
        await expect(tv.locator("#waiting")).to_contain_text("A001")
        await desk.goto(f"/counter/{office.slug}/1")
        await desk.locator("#step").click()
        await expect(desk.locator("#step")).to_have_text("Gọi số tiếp theo")
        await desk.locator("#step").click()
        await expect(desk.locator("#step")).to_have_text("Phục vụ A001")
        await expect(tv.locator("#spotlight .number")).to_have_text("A001")
        await expect(tv.locator("#spotlight .counter")).to_contain_text("Quầy 1")
        await expect(tv.locator("body")).to_have_attribute("data-chimes", "1")
        assert await problems(tv) == []


async def test_calls_at_once_take_turns_on_top(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    for _ in range(2):
        await walk_in(pool, office, BEGINS)
    for counter in ("1", "2"):
        await commands.open_counter(pool, office.office_id, BEGINS, "x", None, counter)
    async with device(browser, served, "", TV) as tv:
        await to_board(tv, office)
        await asyncio.gather(call(pool, served, office, "1"), call(pool, served, office, "2"))
        number = tv.locator("#spotlight .number")
        await expect(number).to_have_count(1)
        await expect(tv.locator("#calls li")).to_have_count(2)
        first = await number.inner_text()
        await tv.wait_for_timeout(6_000)
        assert await number.inner_text() == first
        await expect(number).not_to_have_text(first, timeout=5_000)
        await expect(tv.locator("body")).to_have_attribute("data-chimes", "2")


async def test_a_board_that_comes_late_shows_old_calls_in_silence(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    await walk_in(pool, office, BEGINS)
    await commands.open_counter(pool, office.office_id, BEGINS, "x", None, "1")
    await call(pool, served, office, "1")
    async with device(browser, served, "", TV) as tv:
        await to_board(tv, office)
        await expect(tv.locator("#spotlight .number")).to_have_text("A001")
        assert await tv.locator("body").get_attribute("data-chimes") is None


async def test_a_recall_chimes_again(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    await walk_in(pool, office, BEGINS)
    await commands.open_counter(pool, office.office_id, BEGINS, "x", None, "1")
    async with device(browser, served, "", TV) as tv:
        await to_board(tv, office)
        visit = await call(pool, served, office, "1")
        await expect(tv.locator("body")).to_have_attribute("data-chimes", "1")
        token = await token_for(pool, office, "clerk")
        await tv.wait_for_timeout(1_000)
        async with httpx2.AsyncClient(base_url=served.url) as client:
            answer = await client.post(
                f"/api/v1/offices/{office.slug}/visits/{visit['visit_id']}/recall",
                headers={"authorization": f"Bearer {token}"},
                json={},
            )
        assert answer.status_code == 200, answer.text
        await expect(tv.locator("body")).to_have_attribute("data-chimes", "2", timeout=12_000)


async def test_a_board_that_is_cut_off_says_so_and_comes_back(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    await walk_in(pool, office, BEGINS)
    await commands.open_counter(pool, office.office_id, BEGINS, "x", None, "1")
    async with device(browser, served, "", TV) as tv:
        await tv.clock.install()
        await to_board(tv, office)
        await expect(tv.locator("#not-live")).to_be_hidden()
        await tv.context.set_offline(True)
        for _ in range(12):
            await tv.clock.run_for(5_000)
        await expect(tv.locator("#not-live")).to_be_visible()
        await expect(tv.locator("#not-live")).to_contain_text("KHÔNG TRỰC TIẾP")
        assert await problems(tv) == []
        await tv.context.set_offline(False)
        for _ in range(20):
            await tv.clock.run_for(1_000)
            await tv.wait_for_timeout(60)
        await expect(tv.locator("body")).to_have_attribute("data-live", "yes")
        await expect(tv.locator("#not-live")).to_be_hidden()


@pytest.mark.parametrize("query", ["", "?view=door", "?counter=1"])
@pytest.mark.parametrize("size", [TV, PHONE], ids=["tv", "phone"])
async def test_each_board_can_be_read_by_everybody(
    browser: Browser, served: Served, pool: db.Pool, query: str, size: ViewportSize
) -> None:
    office = await make_office(pool, area_cap=2)
    for _ in range(4):
        await walk_in(pool, office, BEGINS)
    number = office.office_id
    for counter in ("1", "2"):
        await commands.open_counter(pool, number, BEGINS, "x", None, counter)
    await commands.pause_counter(pool, number, BEGINS, "x", None, "2", "Trà", office.at("08:20"))
    await call(pool, served, office, "1")
    async with device(browser, served, "", size) as board:
        await to_board(board, office, query)
        assert await problems(board) == []
        seen = await board.inner_text("body")
        if query == "":
            assert "Quầy 1" in seen
            assert "A002" in seen
        elif query == "?view=door":
            assert "2" in await board.inner_text("#fill")
            assert "A003" in seen
        else:
            assert "A001" in seen
            assert "A002" not in seen


async def test_a_desk_that_does_not_exist_has_no_board(served: Served, office: Office) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as client:
        assert (await client.get(f"/board/{office.slug}?counter=99")).status_code == 404
        assert (await client.get("/board/nowhere")).status_code == 404
