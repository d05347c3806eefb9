"""One tablet for the smallest office: a morning at the ward, by one finger."""

import asyncio
from datetime import datetime
from uuid import uuid4

import httpx2
import pytest
from playwright.async_api import Browser, Locator, expect

from queue_service import db, reads
from tests.devices import TABLET, device, staff, token_for
from tests.lobby import Lobby
from tests.offices import File, Office, counter, make_office, make_ward
from tests.pages.test_clerk import forms
from tests.serving import BEGINS, Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def states(pool: db.Pool, office: Office) -> dict[str, str]:
    """Who is at a counter, and doing what."""
    board = await reads.board(pool, office.office_id, BEGINS)
    return {row["number"]: row["state"] for one in board["counters"] for row in one["numbers"]}


async def tap(button: Locator) -> None:
    """As a finger does, which is not back within the time in which it may tremble."""
    await asyncio.sleep(0.45)
    await button.click()


async def test_a_morning_at_the_ward_on_one_tablet(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_ward(pool)
    token = await token_for(pool, office, "clerk")
    async with device(browser, served, token, TABLET) as page:
        await page.goto(f"/tablet/{office.slug}")
        assert await problems(page) == []
        inside, called = page.locator(".strip .inside"), page.locator(".strip .called strong")
        await expect(inside).to_contain_text("3 / 20")
        for service in ("Đăng ký khai sinh", "Chứng thực chữ ký"):
            await tap(page.get_by_role("link", name="Phát số"))
            await tap(page.get_by_role("button", name=service))
            await expect(page.locator(".sheet:target")).to_have_count(0)
        await expect(page.locator(".status .big")).to_have_text("B001")
        await expect(inside).to_contain_text("5 / 20")
        assert await problems(page) == []
        await tap(page.locator("#told .shut"))
        first = page.locator(".counter").first
        for press, then in (
            ("Mở quầy", "Gọi số tiếp theo"),
            ("Gọi số tiếp theo", "Phục vụ A001"),
            ("Phục vụ A001", "Hoàn tất A001 và gọi số tiếp theo"),
        ):
            await tap(first.get_by_role("button", name=press, exact=True))
            await expect(first.locator(".step button")).to_have_text(then)
        await expect(called.first).to_have_text("A001")
        # A wrong tap: A001 is finished and B001 called; both are taken back by one tap.
        await tap(first.get_by_role("button", name="Hoàn tất A001 và gọi số tiếp theo"))
        await expect(called.first).to_have_text("B001")
        await tap(page.locator("#told").get_by_role("button", name="Hoàn tác"))
        await expect(called.first).to_have_text("A001")
        await expect(page.locator("#told")).to_contain_text("Đã hoàn tác")
        assert await states(pool, office) == {"A001": "serving"}
        assert await problems(page) == []
        await tap(first.get_by_role("button", name="Hoàn tất A001 và gọi số tiếp theo"))
        await tap(first.get_by_role("button", name="Không đến"))
        await tap(first.get_by_role("button", name="Đến quầy này"))
        await expect(called.first).to_have_text("B001")
        # Everything for the frequent acts is on the screen at once.
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert await states(pool, office) == {"B001": "called"}
    assert await Lobby(pool, office).differences("08:05") == []


async def test_a_double_tap_calls_one_number(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_ward(pool)
    lobby = Lobby(pool, office)
    for _ in range(2):
        await lobby.walk_in("07:58", "birth")
    await lobby.do("open_counter", "07:59", "1")
    token = await token_for(pool, office, "clerk")
    async with device(browser, served, token, TABLET) as page:
        await page.goto(f"/tablet/{office.slug}")
        await page.get_by_role("button", name="Gọi số tiếp theo").dblclick()
        await expect(page.locator(".counter .step button").first).to_have_text("Phục vụ A001")
    assert await states(pool, office) == {"A001": "called"}


async def test_the_cable_is_cut_and_back(browser: Browser, served: Served, pool: db.Pool) -> None:
    office = await make_ward(pool)
    await Lobby(pool, office).do("open_counter", "07:59", "1")
    token = await token_for(pool, office, "clerk")
    async with device(browser, served, token, TABLET) as page:
        await page.goto(f"/tablet/{office.slug}")
        await page.context.set_offline(True)
        await expect(page.locator("#not-live")).to_be_visible()
        await page.get_by_role("link", name="Phát số").click()
        await page.get_by_role("button", name="Đăng ký khai sinh").click()
        await expect(page.locator("#unsent")).to_contain_text("Đăng ký khai sinh")
        assert await problems(page) == []
        await page.context.set_offline(False)
        await expect(page.locator(".status .big")).to_have_text("A001", timeout=15_000)
        await expect(page.locator("#unsent")).to_be_hidden()
        await expect(page.locator("#not-live")).to_be_hidden()
    assert (await reads.board(pool, office.office_id, BEGINS))["areas"][0]["present"] == 4


async def test_a_full_morning_is_listed_to_the_last_and_a_visitor_is_handed_on(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_ward(pool)
    lobby = Lobby(pool, office)
    for _ in range(22):
        await lobby.walk_in("07:58", "birth")
    await lobby.do("open_counter", "07:59", "1")
    token = await token_for(pool, office, "clerk")
    async with device(browser, served, token, TABLET) as page:
        await page.goto(f"/tablet/{office.slug}")
        lines = page.locator(".pane").first
        await expect(lines.locator("li")).to_have_count(22)  # 17 inside and 5 outside, 3 staff
        await lines.locator("li").last.scroll_into_view_if_needed()
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        desk = page.locator(".counter").first
        await tap(desk.get_by_role("button", name="Gọi số tiếp theo", exact=True))
        called = await desk.locator(".here .number").inner_text()
        await tap(desk.locator("summary", has_text="Chuyển"))
        assert await problems(page) == []
        other = desk.locator(".here select")
        await other.select_option(index=0)
        await tap(desk.locator(".here").get_by_role("button", name="Chuyển"))
        await expect(page.locator("#told")).to_contain_text(called)
        await expect(desk.locator(".here")).to_have_count(0)


async def test_more_counters_than_fit_are_reached_by_a_swipe_and_stay_in_view(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    def five(file: File) -> None:
        for n in ("4", "5"):
            file["counters"].append(counter(n, ["justice"], int(n)))

    office = await make_office(pool, change=five)
    lobby = Lobby(pool, office)
    for _ in range(3):
        await lobby.walk_in("07:58")
    token = await token_for(pool, office, "clerk")
    async with device(browser, served, token, TABLET) as page:
        await page.goto(f"/tablet/{office.slug}")
        await expect(page.locator(".counter")).to_have_count(5)
        assert await problems(page) == []
        last = page.locator(".counter").last
        await last.scroll_into_view_if_needed()
        await tap(last.get_by_role("button", name="Mở quầy", exact=True))
        await tap(last.get_by_role("button", name="Gọi số tiếp theo", exact=True))
        await expect(page.locator(".strip .called strong").last).to_have_text("A001")
        await lobby.do("open_counter", "08:00", "1")  # elsewhere: this page hears of it
        await expect(page.locator(".strip .called strong").first).to_have_text("–")
        await expect(last).to_be_in_viewport(ratio=0.9)
        await expect(page.locator(".pane").first).to_be_in_viewport(ratio=0.9)
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_pause_says_why_and_until_when(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_ward(pool)
    await Lobby(pool, office).do("open_counter", "07:59", "1")
    token = await token_for(pool, office, "clerk")
    async with device(browser, served, token, TABLET) as page:
        await page.goto(f"/tablet/{office.slug}")
        desk = page.locator(".counter").first
        await tap(desk.locator("summary", has_text="Tạm nghỉ"))
        await desk.get_by_label("Lý do").fill("Họp ngắn")
        await desk.get_by_label("Đến lúc (giờ)").fill("08:20")
        assert await problems(page) == []
        await tap(desk.get_by_role("button", name="Tạm nghỉ"))
        await expect(desk).to_contain_text("Họp ngắn")
    [pause] = (await reads.board(pool, office.office_id, BEGINS))["pauses"]
    assert pause["reason"] == "Họp ngắn"
    assert datetime.fromisoformat(pause["until"]) == office.at("08:20")


async def test_without_scripts_every_form_leads_back_to_the_tablet(
    served: Served, pool: db.Pool
) -> None:
    office = await make_ward(pool)
    path = f"/tablet/{office.slug}"
    async with staff(served, pool, office, "clerk") as clerk:
        given = {"service": "birth", "key": str(uuid4())}
        told = await clerk.post(f"{path}/door/walk-in", data=given)
        assert told.headers["location"].startswith(f"{path}?")
        assert "A001" in text_of((await clerk.get(told.headers["location"])).text)
        for _ in range(2):
            page = (await clerk.get(path)).text
            action, carried = next(form for form in forms(page) if form[0].endswith("/1/step"))
            assert (await clerk.post(action, data=carried)).status_code == 303
        assert await states(pool, office) == {"A001": "called"}
        nobody = await clerk.post(f"{path}/counter/1/call-next", data={})
        assert nobody.status_code == 409
        assert "One tablet" in text_of(nobody.text)
        assert "Nobody is waiting" in text_of(nobody.text)
        found = await clerk.post(f"{path}/door/find", data={"q": "khong co ai"})
        assert "Nobody found" in text_of(found.text)
        assert (await clerk.post(f"{path}/counter/1/dance")).status_code == 404


async def test_the_tablet_is_for_those_who_hold_both_rights(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "helper") as helper:
        assert (await helper.get(f"/tablet/{office.slug}")).status_code == 403
        assert (await helper.post(f"/tablet/{office.slug}/counter/1/open")).status_code == 403
    other = await make_office(pool)
    async with staff(served, pool, other, "clerk") as foreign:
        assert (await foreign.post(f"/tablet/{office.slug}/door/in")).status_code == 403
    async with httpx2.AsyncClient(base_url=served.url) as stranger:
        assert (await stranger.post(f"/tablet/{office.slug}/door/in")).status_code == 401
