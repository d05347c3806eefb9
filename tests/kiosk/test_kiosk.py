"""The kiosk in a real browser: scanned, typed, walked in, gone out, and forgotten."""

import re
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser, Page, Route, expect

from kiosk.texts import TEXTS
from queue_service import commands, db, i18n, reads
from tests.devices import KIOSK, TABLET, book, device, scan, token_for, walk_in
from tests.offices import File, Office, make_office
from tests.serving import BEGINS, Served
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


def vi(key: str) -> re.Pattern[str]:
    return re.compile(re.escape(i18n.translator("vi").gettext(TEXTS[key])))


async def to_kiosk(page: Page, office: Office, query: str = "") -> None:
    await page.goto(f"/kiosk/{office.slug}{query}")
    await expect(page.locator("#fill strong")).to_have_count(1)  # it has heard of the service


async def at_the_door(pool: db.Pool, office: Office) -> list[Any]:
    lines = (await reads.queue(pool, office.office_id, BEGINS))["lines"]
    return [visit for line in lines for visit in line["visits"]]


async def test_a_kiosk_that_is_not_signed_in_is_sent_to_sign_in(
    served: Served, office: Office
) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as client:
        answer = await client.get(f"/kiosk/{office.slug}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("suffix", ["Enter", "Tab", ""])
async def test_a_scanned_ticket_is_one_scan(
    browser: Browser, served: Served, pool: db.Pool, office: Office, suffix: str
) -> None:
    booked = await book(served, office, office.at("09:00"))
    # The clock of this installation says 08:00: an hour early is too early.
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await scan(page, booked["ticket_url"], suffix)
        await expect(page.locator("#headline")).to_have_text(vi("too_early"))
        await expect(page.locator("#message")).to_contain_text("09:00")
        assert await problems(page) == []


async def test_a_ticket_scanned_while_something_else_has_the_focus(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90})
    booked = await book(served, office, office.at("09:00"))
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await page.locator('.door[data-act="booked"]').click()
        await page.locator('[data-digit="7"]').click()
        await scan(page, booked["ticket_url"][:-5])  # half a code
        await expect(page.locator("#headline")).to_have_text(vi("not_read"))
        await expect(page.locator("#message")).to_contain_text("giữ yên mã QR")
        await page.locator("#answers button").last.focus()
        await scan(page, booked["ticket_url"])
        await expect(page.locator("#headline")).to_have_text(vi("enter"))
        await expect(page.locator(".number strong")).to_have_text("A001")
        # twice scanned is still one number
        await scan(page, booked["ticket_url"])
        await expect(page.locator("#headline")).to_have_text(vi("already_in"))
    assert [visit["number"] for visit in await at_the_door(pool, office)] == ["A001"]


async def test_after_half_a_code_the_digits_may_be_typed_and_nothing_leads_back_to_it(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90})
    booked = await book(served, office, office.at("09:00"))
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        # whoever signed the kiosk in had chosen Vietnamese; its visitor chooses English
        await page.context.add_cookies([{"name": "lang", "value": "vi", "url": served.url}])
        await to_kiosk(page, office)
        await page.locator("#language").click()
        await scan(page, booked["ticket_url"][:-5])
        await expect(page.locator("#headline")).to_have_text("The code was not read")
        await expect(page.locator("#message")).to_contain_text("hold it still")
        assert await problems(page) == []
        await page.get_by_role("button", name="Type the code").click()
        await expect(page.locator("#code-title")).to_contain_text("type the code")
        await expect(page.locator("#back")).to_be_hidden()
        await page.keyboard.type(booked["code"], delay=200)
        await expect(page.locator("#headline")).to_have_text(vi("enter"))


async def test_the_code_is_typed_on_the_keypad_or_on_a_keyboard(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90})
    first = await book(served, office, office.at("09:00"))
    second = await book(served, office, office.at("09:00"), phone="0905123457")
    async with device(browser, served, await token_for(pool, office, "kiosk"), TABLET) as page:
        await to_kiosk(page, office)
        await page.locator('.door[data-act="booked"]').click()
        assert await problems(page) == []
        for digit in re.sub(r"\D", "", first["code"]):
            await page.locator(f'[data-digit="{digit}"]').click()
        await expect(page.locator("#headline")).to_have_text(vi("enter"))
        assert await problems(page) == []
        await page.keyboard.press("Escape")
        await expect(page.locator("[data-screen=start]")).to_be_visible()
        await page.keyboard.type(re.sub(r"\D", "", second["code"]), delay=220)
        await expect(page.locator("#headline")).to_have_text(vi("enter"))


async def test_a_walk_in_needs_four_touches_and_says_that_the_number_was_noted(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    def two_fields(file: File) -> None:
        for n, service in enumerate(file["services"]):
            service["field_vi"], service["field_en"] = f"Lĩnh vực {n}", f"Field {n}"

    office = await make_office(pool, guidance=True, change=two_fields)
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await page.locator('[data-act="walk_in"]').click()
        assert await problems(page) == []
        await page.get_by_role("button", name="Lĩnh vực 0").click()
        await page.get_by_role("button", name="Chứng thực bản sao").click()
        assert await problems(page) == []
        await page.locator('[data-act="take_number"]').click()
        await expect(page.locator(".number strong")).to_have_text("A001")
        await expect(page.locator(".qr img")).to_be_visible()
        picture = page.locator(".qr img")
        await expect(picture).to_have_js_property("complete", True)
        assert await picture.evaluate("image => image.naturalWidth") > 50
        assert await problems(page) == []
        async with page.expect_response("**/slip"):  # the screen thanks before the service knows
            await page.get_by_role("button", name=vi("noted")).click()
            await expect(page.locator("#noted")).to_have_text(vi("noted_done"))
    [visit] = await at_the_door(pool, office)
    assert visit["slip"] == "phone"


async def test_who_did_not_get_the_slip_leaves_no_number_to_call(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await page.locator('[data-act="walk_in"]').click()
        await page.locator(".tile").first.click()
        await page.locator('[data-act="take_number"]').click()
        await page.get_by_role("button", name=vi("not_noted")).click()
        await expect(page.locator("#noted")).to_have_text(vi("not_noted_done"))
        await expect(page.locator("#answers button")).to_have_count(1)
        async with httpx2.AsyncClient(base_url=served.url) as client:
            board = (await client.get(f"/api/v1/offices/{office.slug}/board")).json()
    assert all(line["count"] == 0 for line in board["waiting"])


async def test_a_visitor_who_does_not_know_comes_to_the_guidance_desk(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, guidance=True)
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await page.locator('[data-act="walk_in"]').click()
        await page.locator('[data-act="unsure"]').click()
        await page.locator('[data-act="take_number"]').click()
        await expect(page.locator(".number strong")).to_have_text("H001")


async def test_left_alone_it_forgets_the_visitor_and_their_language(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await page.clock.install()
        await to_kiosk(page, office)
        await page.locator("#language").click()
        await expect(page.locator("[data-screen=start] h1")).to_have_text("Welcome")
        await page.locator('[data-act="walk_in"]').click()
        await page.locator(".tile").first.click()
        await page.locator('[data-act="take_number"]').click()
        await expect(page.locator(".number strong")).to_have_text("A001")
        await page.clock.fast_forward(21_000)
        await expect(page.locator("[data-screen=start]")).to_be_visible()
        await expect(page.locator("[data-screen=start] h1")).to_have_text(vi("title"))
        assert "A001" not in await page.content()


async def test_an_answer_lost_on_the_way_makes_no_second_number(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    lost = 0

    async def lose_the_first(route: Route) -> None:
        nonlocal lost
        lost += 1
        if lost == 1:
            await route.fetch()  # the service hears it, the kiosk does not hear the answer
            await route.abort()
        else:
            await route.continue_()

    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await page.route("**/walk-ins", lose_the_first)
        await to_kiosk(page, office)
        await page.locator('[data-act="walk_in"]').click()
        await page.locator(".tile").first.click()
        await page.locator('[data-act="take_number"]').click()
        await expect(page.locator(".number strong")).to_have_text("A001", timeout=10_000)
    assert lost == 2
    assert len(await at_the_door(pool, office)) == 1


async def test_without_the_service_the_visitor_is_told_plainly(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await page.clock.install()
        await to_kiosk(page, office)
        await page.route("**/arrivals", lambda route: route.abort())
        await scan(page, "0001234567")
        for _ in range(8):
            await page.clock.run_for(3000)
            await page.wait_for_timeout(50)
        await expect(page.locator("[data-screen=away] h1")).to_have_text(vi("away_title"))
        assert await problems(page) == []


@pytest.mark.parametrize(
    "text",
    ["HELLO-WORLD-1234", "https://elsewhere.example/t/x", "ﾊﾞｰｺｰﾄﾞ ngẫu nhiên", "999999999999999"],
)
async def test_nonsense_from_the_scanner_is_a_clear_screen(
    browser: Browser, served: Served, pool: db.Pool, office: Office, text: str
) -> None:
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await scan(page, text)
        await expect(page.locator("#headline")).to_have_text(
            re.compile("|".join(vi(one).pattern for one in ("invalid", "wrong_office", "not_read")))
        )
        await expect(page.locator("#message")).not_to_be_empty()


async def test_the_exit_says_goodbye_and_frees_a_place(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"exits": "scanned"})
    came = await walk_in(pool, office, BEGINS)
    number, visit_id = office.office_id, came["visit"]["visit_id"]
    await commands.open_counter(pool, number, BEGINS, "x", None, "1")
    await commands.call_next(pool, number, BEGINS, "x", None, "1")
    await commands.serve(pool, number, BEGINS, "x", None, visit_id)
    await commands.finish(pool, number, BEGINS, "x", None, visit_id)
    assert (await reads.board(pool, number, BEGINS))["areas"][0]["present"] == 1
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office, "?mode=exit")
        assert await problems(page) == []
        await scan(page, came["visit"]["code"])
        await expect(page.locator("#headline")).to_have_text(vi("exit_done"))
    assert (await reads.board(pool, number, BEGINS))["areas"][0]["present"] == 0


async def test_a_kiosk_whose_service_hangs_says_that_it_is_not_connected(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        hangs: list[Route] = []
        await page.route("**/board", lambda route: hangs.append(route))  # as a cut cable does
        await expect(page.locator("#link-state")).to_have_text(vi("not_connected"), timeout=60_000)
        await page.unroute("**/board")
        await expect(page.locator("#link-state")).to_be_empty(timeout=60_000)
