"""The door page: a helper with a phone keeps the door of an office, with and without scripts."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from playwright.async_api import Browser, Route, expect

from queue_service import commands, db, reads
from tests.devices import PHONE, book, device, staff, token_for, walk_in
from tests.lobby import Lobby
from tests.offices import ALWAYS, Office, make_office
from tests.pages.test_clerk import forms, press
from tests.serving import BEGINS, Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def area(pool: db.Pool, office: Office) -> Any:
    return (await reads.board(pool, office.office_id, BEGINS))["areas"][0]


async def test_a_code_or_a_number_is_told_what_to_do(
    served: Served, pool: db.Pool, office: Office
) -> None:
    booked = await book(served, office, office.at("09:00"))
    path = f"/door/{office.slug}"
    async with staff(served, pool, office, "helper") as helper:
        assert "You are early" in await press(helper, path, "arrive", ticket=booked["code"])
        assert "This code" in await press(helper, path, "arrive", ticket="Z999")
        given = await press(helper, path, "walk-in", service="copy", party_size="2")
        assert "A001" in given
        assert "Please come in" in given
        assert "already" in await press(helper, path, "arrive", ticket="a001")
    assert (await area(pool, office))["present"] == 2


async def test_a_number_whose_slip_failed_lives_again_when_the_helper_types_it(
    served: Served, pool: db.Pool, office: Office
) -> None:
    lobby = Lobby(pool, office)
    visit = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.do("slip", "08:00", visit, "failed")
    assert await lobby.state(visit) == "void"
    path = f"/door/{office.slug}"
    async with staff(served, pool, office, "helper") as helper:
        assert "Please come in" in await press(helper, path, "arrive", ticket="a001")
    seen = await lobby.visit(visit)
    assert (seen["state"], seen["number"], seen["slip"]) == ("inside", "A001", "said")


async def test_the_helper_counts_people_in_and_out(served: Served, pool: db.Pool) -> None:
    office = await make_office(pool, rules={"exits": "counted"})
    path = f"/door/{office.slug}"
    async with staff(served, pool, office, "helper") as helper:
        await press(helper, path, "in")
        await press(helper, path, "in")
        await press(helper, path, "out")
        assert (await area(pool, office))["present"] == 1
        await press(helper, path, "recount", present="14")
        await press(helper, path, "staff", present="3")
        now = await area(pool, office)
        assert now["staff"] == 3
        assert "Please write" not in await press(helper, path, "recount", 422, present="many")


async def test_a_smaller_count_asks_who_left(served: Served, pool: db.Pool, office: Office) -> None:
    for _ in range(2):
        await walk_in(pool, office, BEGINS)
    path = f"/door/{office.slug}"
    async with staff(served, pool, office, "helper") as helper:
        first = {"area": "hall", "present": "0"}
        asked = await helper.post(f"{path}/recount", data=first)
        assert asked.status_code == 409
        assert "A002 has left" in text_of(asked.text)
        for visit in await _inside(pool, office):
            await helper.post(f"{path}/recount", data={**first, "gone": visit["visit_id"]})
    assert (await area(pool, office))["present"] == 0


async def _inside(pool: db.Pool, office: Office) -> list[Any]:
    lines = (await reads.queue(pool, office.office_id, BEGINS))["lines"]
    return [visit for line in lines for visit in line["visits"]]


async def test_who_waits_outside_is_let_in_when_there_is_room(
    served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, area_cap=1)
    await walk_in(pool, office, BEGINS)
    waiting = await walk_in(pool, office, BEGINS)
    assert waiting["decision"] == "wait_outside"
    path = f"/door/{office.slug}"
    async with staff(served, pool, office, "helper") as helper:
        assert "The room is full" in await press(helper, path, "enter", 409)
        forbidden = await helper.post(f"{path}/admit", data={"visit": waiting["visit"]["visit_id"]})
        assert forbidden.status_code == 403
        inside = (await _inside(pool, office))[0]
        await helper.post(f"{path}/leave", data={"visit": inside["visit_id"], "area": "hall"})
        assert "Invited: please let in" in text_of((await helper.get(path)).text)
        await press(helper, path, "enter")
        assert (await area(pool, office))["present"] == 1
    async with staff(served, pool, office, "manager") as manager:
        third = await walk_in(pool, office, BEGINS)
        visit = third["visit"]["visit_id"]
        answer = await manager.post(f"{path}/admit", data={"visit": visit, "reason": "mother"})
        assert answer.status_code == 303
    assert (await area(pool, office))["present"] == 2


async def test_the_door_is_for_those_who_keep_it(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "kiosk") as kiosk:
        assert (await kiosk.get(f"/door/{office.slug}")).status_code == 403
    async with httpx2.AsyncClient(base_url=served.url) as stranger:
        assert (await stranger.post(f"/door/{office.slug}/in")).status_code == 401


# What a young helper in a crowded doorway does without scripts


async def test_a_wrong_tap_is_taken_back_from_the_page(
    served: Served, pool: db.Pool, office: Office
) -> None:
    path = f"/door/{office.slug}"
    async with staff(served, pool, office, "helper") as helper:
        sent = await helper.post(f"{path}/in", data={"area": "hall", "key": "a tap"})
        told = (await helper.get(sent.headers["location"])).text
        assert "One in: counted." in text_of(told)
        action, carried = next(form for form in forms(told) if form[0].endswith("/undo"))
        await helper.post(action, data=carried)
        answer = await helper.post(action, data=carried)  # however often it is pressed
        assert answer.status_code == 303
        assert "Taken back." in text_of((await helper.get(answer.headers["location"])).text)
        assert (await area(pool, office))["present"] == 0
        given = await helper.post(f"{path}/walk-in", data={"service": "copy", "key": str(uuid4())})
        told = (await helper.get(given.headers["location"])).text
        assert (await area(pool, office))["present"] == 1
        action, carried = next(form for form in forms(told) if form[0].endswith("/undo"))
        await helper.post(action, data=carried)
    assert (await area(pool, office))["present"] == 0


async def test_a_form_sent_twice_counts_once(served: Served, pool: db.Pool, office: Office) -> None:
    async with staff(served, pool, office, "helper") as helper:
        for _ in range(3):
            await helper.post(f"/door/{office.slug}/in", data={"area": "hall", "key": "one tap"})
    assert (await area(pool, office))["present"] == 1


async def test_where_exits_are_not_counted_there_is_no_one_out(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "helper") as helper:
        assert "One out" not in text_of((await helper.get(f"/door/{office.slug}")).text)
    counted = await make_office(pool, rules={"exits": "counted"})
    async with staff(served, pool, counted, "helper") as helper:
        assert "One out" in text_of((await helper.get(f"/door/{counted.slug}")).text)


async def test_somebody_is_found_by_a_misspelt_name_or_the_end_of_the_phone(
    served: Served, pool: db.Pool, office: Office
) -> None:
    await book(served, office, office.at("09:00"), name="Nguyễn Thị Ánh", phone="0905123456")
    await book(served, office, office.at("09:00"), name="Trần Văn Bình", phone="0912345678")
    path = f"/door/{office.slug}/find"
    async with staff(served, pool, office, "helper") as helper:
        for asked in ("nguyen thi anh", "Nguyễn Thi Anhh", "anh", "3456", "0905 123 456"):
            found = (await helper.post(path, data={"q": asked})).text
            assert "Nguyễn Thị Ánh" in found, asked
            assert "Trần Văn Bình" not in found, asked
            assert "905123456" not in found, "the phone number is shown to nobody"
        for asked in ("Phạm Quốc Khánh", "56", "", "%"):
            found = text_of((await helper.post(path, data={"q": asked})).text)
            assert "Nobody found" in found, asked
    async with staff(served, pool, office, "kiosk") as kiosk:
        assert (await kiosk.post(path, data={"q": "anh"})).status_code == 403
    other = await make_office(pool)
    async with staff(served, pool, other, "helper") as elsewhere:
        assert (await elsewhere.post(path, data={"q": "anh"})).status_code == 403


async def test_who_waited_in_the_rain_keeps_the_appointment(served: Served, pool: db.Pool) -> None:
    office = await make_office(pool, hours=ALWAYS)
    lobby = Lobby(pool, office)
    # Booked for ten to eight; the clock of the page says eight, when it is too late by a minute.
    booked = await lobby.book("07:45", now="06:00")
    path = f"/door/{office.slug}"
    async with staff(served, pool, office, "helper") as helper:
        sent = await helper.post(f"{path}/arrive", data={"ticket": booked["code"], "key": "late"})
        told = (await helper.get(sent.headers["location"])).text
        assert "You are late" in text_of(told)
        action, carried = next(form for form in forms(told) if form[0].endswith("/came"))
        await helper.post(action, data={**carried, "ago": "10"})
        answer = await helper.post(action, data={**carried, "ago": "10"})
        assert answer.status_code == 303, text_of(answer.text)
        assert "late" not in answer.headers["location"]
        too_long = await helper.post(f"{path}/arrive", data={"ticket": "A001", "ago": "31"})
        assert too_long.status_code == 422
        assert "at most 30 minutes back" in text_of(too_long.text)
    seen = await lobby.visit(booked, "08:01")
    assert (seen["booked"], seen["state"]) == (True, "inside")
    assert seen["starts_at"] is not None


async def test_several_services_priority_needs_and_phone_come_with_the_number(
    served: Served, pool: db.Pool, office: Office
) -> None:
    path = f"/door/{office.slug}/walk-in"
    asked = {"service": "copy", "also-permit": "1", "quantity-copy": "3", "party_size": "2"}
    asked |= {"priority": "pregnant", "need-text": "1", "phone": "0905 123 456"}
    async with staff(served, pool, office, "helper") as helper:
        await helper.post(path, data=asked)
        nothing = await helper.post(path, data={"party_size": "1"})
        assert nothing.status_code == 422
        wrong = await helper.post(path, data={**asked, "phone": "12"})
        assert "not a phone number" in text_of(wrong.text)
        large = await helper.post(path, data={**asked, "party_size": "9"})
        assert "At most 5 people" in text_of(large.text)
    [visit] = await reads.find_visits(pool, office.office_id, BEGINS, phone="+84905123456")
    services = [(row["service"], row["quantity"]) for row in visit["services"]]
    assert services == [("copy", 3), ("permit", 1)]
    assert (visit["party_size"], visit["priority"], visit["needs"]) == (2, "pregnant", ["text"])
    assert visit["slip"] == "said"


async def test_what_a_scanner_spoilt_is_told_apart(
    served: Served, pool: db.Pool, office: Office
) -> None:
    code = (await book(served, office, office.at("09:00")))["code"]
    path = f"/door/{office.slug}"
    told = {
        code[:7]: "only a part of a code",
        code + code: "two codes at once",
        f"http://x/t/{'a' * 24}http://x/t/{'b' * 24}": "two codes at once",
        "048090001234||Nguyễn Thị Ánh|01011990|Nữ|Đà Nẵng|01012021": "citizen card",
        "\x00\x7f\ufffd\x1b": "not known",
    }
    async with staff(served, pool, office, "helper") as helper:
        for text, words in told.items():
            assert words in await press(helper, path, "arrive", ticket=text), text
    assert (await area(pool, office))["present"] == 0


# In a browser, with one thumb


async def test_the_page_on_a_phone_follows_the_door(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "helper")
    async with device(browser, served, token, PHONE) as page:
        await page.goto(f"/door/{office.slug}")
        assert await problems(page) == []
        await expect(page.locator(".count")).to_contain_text("0 / 20")
        for sheet in ("Đã đến", "Tìm", "Đếm lại", "Phát số"):
            await page.get_by_role("link", name=sheet, exact=True).click()
            await expect(page.locator(".sheet:target")).to_be_visible()
            assert await problems(page) == [], sheet
            if sheet != "Phát số":
                await page.locator(".sheet:target .close").click()
        await page.get_by_role("button", name="Chứng thực bản sao").click()
        await expect(page.locator(".status .big")).to_have_text("A001")
        await expect(page.locator(".sheet:target")).to_have_count(0)
        await expect(page.locator("img.qr")).to_be_visible()
        assert await problems(page) == []
        await page.wait_for_timeout(500)  # sooner, it would be taken for a trembling finger
        await page.get_by_role("button", name="Nhầm: hoàn tác").click()
        await expect(page.locator(".done")).to_contain_text("Đã hoàn tác")
        await commands.recount(pool, office.office_id, BEGINS, "x", None, "hall", 7)
        await expect(page.locator(".count")).to_contain_text("7 / 20", timeout=10_000)


async def test_a_trembling_finger_counts_once_and_a_family_is_counted_whole(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "helper")
    async with device(browser, served, token, PHONE) as page:
        await page.goto(f"/door/{office.slug}")
        one_in = page.get_by_role("button", name="Một người vào")
        await one_in.dblclick()
        await expect(page.locator(".count")).to_contain_text("1 / 20")
        for _ in range(3):
            await page.wait_for_timeout(450)
            await one_in.click()
        await expect(page.locator(".count")).to_contain_text("4 / 20")
    assert (await area(pool, office))["present"] == 4


async def test_what_is_tapped_while_the_network_is_away_is_shown_and_sent_later(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    booked = await book(served, office, office.at("08:00") + timedelta(minutes=45))
    token = await token_for(pool, office, "helper")
    async with device(browser, served, token, PHONE) as page:
        await page.goto(f"/door/{office.slug}")
        await page.context.set_offline(True)
        await expect(page.locator("#not-live")).to_be_visible()
        assert await problems(page) == []
        await page.get_by_role("button", name="Một người vào").click()
        await page.wait_for_timeout(450)
        await page.get_by_role("link", name="Đã đến").click()
        await page.locator("#ticket").fill(booked["code"])
        await page.keyboard.press("Enter")
        await expect(page.locator("#unsent-list li")).to_have_count(2)
        await expect(page.locator("#unsent-list")).to_contain_text("Một người vào")
        assert (await area(pool, office))["present"] == 0
        await page.context.set_offline(False)
        await expect(page.locator("#unsent")).to_be_hidden(timeout=15_000)
        await expect(page.locator(".count")).to_contain_text("1 / 20", timeout=15_000)
        await expect(page.locator("#told")).to_contain_text("đến sớm")
        await expect(page.locator("#not-live")).to_be_hidden()
    assert (await area(pool, office))["present"] == 1


async def test_an_answer_lost_on_the_way_counts_once(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "helper")
    lost: list[str] = []

    async def lose(route: Route) -> None:
        if not lost:
            lost.append((await route.fetch()).headers.get("content-type", ""))
            await route.abort()
        else:
            await route.continue_()

    async with device(browser, served, token, PHONE) as page:
        await page.goto(f"/door/{office.slug}")
        await page.route("**/in", lose)
        await page.get_by_role("button", name="Một người vào").click()
        await expect(page.locator("#unsent")).to_be_visible()
        await expect(page.locator("#unsent")).to_be_hidden(timeout=15_000)
    assert lost
    assert (await area(pool, office))["present"] == 1


async def test_a_page_opened_anew_still_holds_what_was_not_sent(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "helper")
    async with device(browser, served, token, PHONE) as page:
        await page.goto(f"/door/{office.slug}")
        await page.route("**/in", lambda route: route.abort())
        await page.get_by_role("button", name="Một người vào").click()
        await expect(page.locator("#unsent-list li")).to_have_count(1)
        await page.unroute("**/in")
        await page.reload()
        await expect(page.locator(".count")).to_contain_text("1 / 20", timeout=15_000)
        await expect(page.locator("#unsent")).to_be_hidden()
    assert (await area(pool, office))["present"] == 1


async def test_a_token_withdrawn_is_said_and_nothing_tapped_is_lost(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "helper")
    async with device(browser, served, token, PHONE) as page:
        await page.goto(f"/door/{office.slug}")
        await page.context.clear_cookies()
        await page.get_by_role("button", name="Một người vào").click()
        await expect(page.locator("#unsent")).to_contain_text("không còn được đăng nhập")
        await expect(page.locator("#unsent-list li")).to_have_count(2)
    assert (await area(pool, office))["present"] == 0


async def test_an_old_count_is_asked_about_before_it_is_sent(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "helper")
    async with device(browser, served, token, PHONE) as page:
        await page.clock.install()
        await page.goto(f"/door/{office.slug}")
        await page.route("**/recount", lambda route: route.abort())
        await page.get_by_role("link", name="Đếm lại").click()
        await page.locator("#present").fill("14")
        await page.keyboard.press("Enter")
        await expect(page.locator("#unsent-list li")).to_have_count(1)
        await page.clock.fast_forward(70_000)
        await expect(page.locator("#unsent-list")).to_contain_text("còn đúng không")
        await page.unroute("**/recount")
        assert (await area(pool, office))["present"] == 0
        await page.get_by_role("button", name="Gửi", exact=True).click()
        await expect(page.locator(".count")).to_contain_text("14 / 20", timeout=15_000)


async def test_a_fault_of_the_service_is_shown_where_the_answer_would_be(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "helper")
    async with device(browser, served, token, PHONE) as page:
        await page.goto(f"/door/{office.slug}")
        await page.route(
            "**/in", lambda route: route.continue_(url=f"{served.url}/door/nowhere/in")
        )
        await page.get_by_role("button", name="Một người vào").click()
        await expect(page.locator("#told")).to_contain_text("Không có cơ quan nào")
        await expect(page.locator("#unsent")).to_be_hidden()
