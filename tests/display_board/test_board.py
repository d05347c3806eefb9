"""The boards in a real browser: the newest call first, never an old one as new, never a lie."""

import asyncio
import re
from io import BytesIO
from typing import Any

import httpx2
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize, expect

from queue_service import commands, db
from queue_service.events import CHANNEL
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
        await expect(number).not_to_have_text(first)
        await expect(tv.locator("body")).to_have_attribute("data-chimes", "2")


async def test_whoever_is_on_top_is_not_listed_a_second_time(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    for counter in ("1", "2"):
        await walk_in(pool, office, BEGINS)
        await commands.open_counter(pool, office.office_id, BEGINS, "x", None, counter)
        await call(pool, served, office, counter)
    async with device(browser, served, "", TV) as tv:
        await to_board(tv, office)
        top = await tv.locator("#spotlight .number").inner_text()
        listed = tv.locator("#calls li:visible .number")
        await expect(listed).to_have_text(["A001" if top == "A002" else "A002"])


async def test_the_door_never_says_come_in_while_it_is_full(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, area_cap=1, staff=0)
    for _ in range(2):
        await walk_in(pool, office, BEGINS)
    async with device(browser, served, "", TV) as tv:
        await to_board(tv, office, "?view=door")
        await expect(tv.locator("#spotlight")).to_contain_text("xin chờ bên ngoài")
        await expect(tv.get_by_text("Mời vào")).to_be_hidden()
        await expect(tv.get_by_text("xin chờ bên ngoài").locator("visible=true")).to_have_count(1)
        await expect(tv.locator("#outside")).to_have_text("A002")


async def test_the_screen_over_a_desk_says_large_whether_it_is_closed_free_paused_or_busy(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    number = office.office_id
    until = office.at("08:20")
    seen: list[str] = []
    async with device(browser, served, "", TV) as tv:
        spot = tv.locator("#spotlight")

        async def says(vi: str, en: str, below: str) -> None:
            await db.notify(pool, CHANNEL, f"another:{number}")
            await expect(spot).to_contain_text(vi)
            await expect(spot.locator(".en")).to_have_text(en)
            await expect(tv.locator("#desk-state")).to_contain_text(below)
            assert await problems(tv) == []
            seen.append(await spot.evaluate("spot => getComputedStyle(spot).backgroundColor"))

        await to_board(tv, office, "?counter=1")
        await says("Đã đóng", "Closed", "quầy khác")
        await commands.open_counter(pool, number, BEGINS, "x", None, "1")
        await says("Đang mở", "Open", "Xin chờ gọi số")
        await commands.pause_counter(pool, number, BEGINS, "x", None, "1", "Hội ý", until)
        await says("Tạm nghỉ đến 08:20", "Paused until 08:20", "Hội ý")
        await commands.open_counter(pool, number, BEGINS, "x", None, "1")
        await says("Đang mở", "Open", "Xin chờ gọi số")
        await walk_in(pool, office, BEGINS)
        visit_id = (await call(pool, served, office, "1"))["visit_id"]
        await expect(spot).to_have_text("A001")
        await expect(tv.locator("#desk-state")).to_contain_text("Mời đến quầy")
        await commands.serve(pool, number, BEGINS, "x", None, visit_id=visit_id)
        await db.notify(pool, CHANNEL, f"another:{number}")
        await expect(tv.locator("#desk-state")).to_contain_text("Đang phục vụ", timeout=30_000)
        await expect(spot).to_have_text("A001")
        seen.append(await spot.evaluate("spot => getComputedStyle(spot).backgroundColor"))
    assert len(set(seen)) == 4  # told apart by colour as well as by words


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


async def test_from_eight_metres_one_reads_who_goes_where_who_waits_and_how_long(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    """A letter is read from 300 times its height; a TV of 43 inches is 527 mm high."""
    office = await make_office(pool, area_cap=6)
    for _ in range(5):
        await walk_in(pool, office, BEGINS)
    number = office.office_id
    for counter in ("1", "2"):
        await commands.open_counter(pool, number, BEGINS, "x", None, counter)
    await commands.pause_counter(pool, number, BEGINS, "x", None, "2", "Họp", office.at("08:20"))
    await call(pool, served, office, "1")
    async with device(browser, served, "", TV) as board:
        await to_board(board, office)
        await expect(board.locator("#fill")).to_contain_text("5/ 6")
        await expect(board.locator("#waiting .wait").first).to_have_text(re.compile(r"\d+–\d+"))
        await expect(board.locator("#pauses")).to_contain_text("Họp")
        await expect(board.locator("#pauses")).to_contain_text("08:20")
        await expect(board.locator(".clock")).to_contain_text("08:0")
        for called in ("#spotlight .number", "#spotlight .counter", "#calls .number"):
            capital = await board.locator(called).first.evaluate(
                """element => { const pen = document.createElement("canvas").getContext("2d");
                const style = getComputedStyle(element);
                pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
                return pen.measureText("A").actualBoundingBoxAscent; }"""
            )
            assert capital * 527 / 1080 >= 8000 / 300, called


async def test_a_desk_that_does_not_exist_has_no_board(served: Served, office: Office) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as client:
        assert (await client.get(f"/board/{office.slug}?counter=99")).status_code == 404
        assert (await client.get("/board/nowhere")).status_code == 404


async def one_waits(pool: db.Pool, office: Office, count: int = 1) -> None:
    for _ in range(count):
        await walk_in(pool, office, BEGINS)
    for counter in ("1", "2"):
        await commands.open_counter(pool, office.office_id, BEGINS, "x", None, counter)


async def test_a_silent_screen_says_so_until_it_is_touched_and_then_speaks_one_call_after_another(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    await one_waits(pool, office, 2)
    async with device(browser, served, "", TV) as tv:
        sounds: list[str] = []
        tv.on("request", lambda asked: sounds.append(asked.url))
        await to_board(tv, office)
        await expect(tv.locator("#sound")).to_contain_text("Chạm vào để bật tiếng")
        assert await problems(tv) == []
        await tv.mouse.click(900, 500)
        await expect(tv.locator("#sound")).to_be_hidden()
        await asyncio.gather(call(pool, served, office, "1"), call(pool, served, office, "2"))
        await expect(tv.locator("body")).to_have_attribute("data-chimes", "1")
        await expect(tv.locator("body")).to_have_attribute("data-spoken", "1", timeout=15_000)
        assert (
            len([url for url in sounds if "/speech/" in url]) == 1
        )  # the second waits until the first is said
        await expect(tv.locator("body")).to_have_attribute("data-spoken", "2", timeout=20_000)
        assert len([url for url in sounds if "/speech/" in url]) == 2


async def test_in_muted_hours_a_call_is_shown_and_not_heard(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    def change(file: dict[str, Any]) -> None:
        file["board"] = manner(muted=["11:00-12:00", "00:00-24:00"])

    office = await make_office(pool, change=change)
    await one_waits(pool, office)
    async with device(browser, served, "", TV) as tv:
        await to_board(tv, office)
        await tv.mouse.click(900, 500)
        await call(pool, served, office, "1")
        await expect(tv.locator("#spotlight .number")).to_have_text("A001")
        await expect(tv.locator("body")).to_have_attribute("data-muted", "yes")
        assert await tv.locator("body").get_attribute("data-chimes") is None


def manner(**more: object) -> dict[str, object]:
    """What [board] of an office file says, as the file's reader writes it."""
    usual: dict[str, object] = {"volume": 80, "muted": [], "top_seconds": 8, "stale_seconds": 45}
    return {**usual, "message_vi": "", "message_en": "", **more}


async def test_the_message_of_the_office_stands_on_its_board(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    def change(file: dict[str, Any]) -> None:
        file["board"] = manner(
            message_vi="Hôm nay nghỉ sớm lúc 16:00", message_en="Closing at 16:00"
        )

    office = await make_office(pool, change=change)
    async with device(browser, served, "", TV) as tv:
        await to_board(tv, office)
        await expect(tv.locator("#message")).to_have_text(
            "Hôm nay nghỉ sớm lúc 16:00 Closing at 16:00"
        )


async def test_only_what_hangs_on_the_board_can_be_made_to_sound(
    served: Served, pool: db.Pool, office: Office
) -> None:
    await one_waits(pool, office)
    await call(pool, served, office, "1")
    async with httpx2.AsyncClient(base_url=f"{served.url}/board/{office.slug}/speech") as client:
        spoken = await client.get("/1/A001.wav")
        assert (spoken.status_code, spoken.headers["content-type"]) == (200, "audio/wav")
        assert len(spoken.content) > 100_000
        for other in ("/2/A001.wav", "/1/A002.wav", "/1/hello.wav", "/..%2F/A001.wav"):
            assert (await client.get(other)).status_code == 404, other


async def test_a_board_that_stood_still_begins_anew_when_the_service_answers(
    browser: Browser, served: Served, office: Office
) -> None:
    async with device(browser, served, "", TV) as tv:
        await tv.clock.install()
        await to_board(tv, office)
        await tv.evaluate("window.before = true")
        await tv.context.set_offline(True)
        await tv.clock.fast_forward(90_000)
        await tv.wait_for_timeout(500)
        assert await tv.evaluate("window.before")  # without the service the last picture stays
        await tv.context.set_offline(False)
        async with tv.expect_event("load", timeout=20_000):
            await tv.clock.fast_forward(90_000)
        assert await tv.evaluate("window.before") is None
