"""The entry check and a kiosk's call for help, on the pages of helper, tablet and counter."""

from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from queue_service import commands, db, reads
from tests.devices import PHONE, book, device, staff, token_for, walk_in
from tests.lobby import Lobby
from tests.offices import File, Office, import_again, make_office
from tests.pages.test_clerk import forms, press
from tests.pages.test_tablet import tap
from tests.serving import BEGINS, Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio

# Who keeps the door on which page.
PAGES = pytest.mark.parametrize(("role", "page"), [("helper", "door"), ("clerk", "tablet")])
# And the address of its forms below the page's own.
AT_DOOR = {"door": "/door/{}", "tablet": "/tablet/{}/door"}


def checks(file: File) -> None:
    file["door"] = {"entry_check": True, "one_number": False, "question_vi": "", "question_en": ""}


async def at_the_door(pool: db.Pool, office: Office) -> Any:
    return (await reads.queue(pool, office.office_id, BEGINS))["door"][0]


async def inside(pool: db.Pool, office: Office) -> int:
    return (await reads.board(pool, office.office_id, BEGINS))["areas"][0]["present"]


async def call_help(pool: db.Pool, office: Office) -> None:
    await commands.call_help(pool, office.office_id, BEGINS, "kiosk:east", None, uuid4())


@PAGES
async def test_who_was_scanned_first_and_checked_then_comes_in_with_one_more_tap(
    served: Served, pool: db.Pool, role: str, page: str
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90}, change=checks)
    booked = await book(served, office, office.at("09:00"))
    async with staff(served, pool, office, role) as keeper:
        base = AT_DOOR[page].format(office.slug)
        refused = await keeper.post(f"{base}/arrive", data={"ticket": booked["code"]})
        told = (await keeper.get(refused.headers["location"])).text
        assert "The entry check comes first" in text_of(told)
        assert await inside(pool, office) == 0
        [(action, word)] = [form for form in forms(told) if form[1].get("checked")]
        answer = await keeper.post(action, data=word)
        assert "Please come in" in text_of((await keeper.get(answer.headers["location"])).text)
    assert await inside(pool, office) == 1


@PAGES
async def test_the_check_costs_neither_the_time_they_came_at_nor_how_many_they_are(
    served: Served, pool: db.Pool, role: str, page: str
) -> None:
    office = await make_office(pool, change=checks)
    lobby = Lobby(pool, office)
    booked = await lobby.book("07:45", party_size=1)
    async with staff(served, pool, office, role) as keeper:
        base = AT_DOOR[page].format(office.slug)
        said = {"ticket": booked["code"], "ago": "10", "party_size": "2"}
        refused = await keeper.post(f"{base}/arrive", data=said)
        told = (await keeper.get(refused.headers["location"])).text
        [(action, word)] = [form for form in forms(told) if form[1].get("checked")]
        answer = await keeper.post(action, data=word)
        told = text_of((await keeper.get(answer.headers["location"])).text)
        assert "Please come in" in told
        assert "Was here in time" not in told  # nobody asks, for they are not late
    visit = await lobby.visit(booked)
    assert (visit["state"], visit["party_size"], visit["booked"]) == ("inside", 2, True)


@PAGES
async def test_a_number_is_given_with_the_word_that_the_check_was_passed(
    served: Served, pool: db.Pool, role: str, page: str
) -> None:
    office = await make_office(pool, change=checks)
    path = f"/{page}/{office.slug}"
    async with staff(served, pool, office, role) as keeper:
        told = await press(keeper, path, "walk-in", service="copy")
        assert "The entry check comes first" in told
        assert "A001" in await press(keeper, path, "walk-in", service="copy", checked="1")
    assert await inside(pool, office) == 1


@PAGES
async def test_who_waited_outside_before_the_check_began_passes_it_at_the_door(
    served: Served, pool: db.Pool, role: str, page: str
) -> None:
    office = await make_office(pool, area_cap=1)
    first = (await walk_in(pool, office, BEGINS))["visit"]["visit_id"]
    await walk_in(pool, office, BEGINS)
    checks(office.file)
    await import_again(pool, office, BEGINS)
    base = AT_DOOR[page].format(office.slug)
    async with staff(served, pool, office, role) as keeper:
        await keeper.post(f"{base}/leave", data={"visit": first, "area": "hall"})
        [waiting] = (await at_the_door(pool, office))["visits"]
        send = {"visit": waiting["visit_id"], "area": "hall"}
        refused = await keeper.post(f"{base}/enter", data=send)
        assert refused.status_code == 409
        assert "The entry check comes first" in text_of(refused.text)
        assert (
            await keeper.post(f"{base}/enter", data={**send, "checked": "1"})
        ).status_code == 303
    assert await inside(pool, office) == 1


async def test_a_booking_taken_back_needs_the_check_again(served: Served, pool: db.Pool) -> None:
    """Somebody else's code was typed: the word was about another person."""
    office = await make_office(pool, rules={"earliness_minutes": 90}, change=checks)
    booked = await book(served, office, office.at("09:00"))
    path = f"/door/{office.slug}"
    code = {"ticket": booked["code"]}
    async with staff(served, pool, office, "helper") as helper:
        typed = {**code, "checked": "1", "key": str(uuid4())}
        assert (await helper.post(f"{path}/arrive", data=typed)).status_code == 303
        assert (await helper.post(f"{path}/undo", data={"undone": typed["key"]})).status_code == 303
        assert "The entry check comes first" in await press(helper, path, "arrive", **code)


@PAGES
async def test_nobody_is_asked_where_there_is_no_check(
    served: Served, pool: db.Pool, office: Office, role: str, page: str
) -> None:
    async with staff(served, pool, office, role) as keeper:
        assert 'name="checked"' not in (await keeper.get(f"/{page}/{office.slug}")).text


@pytest.mark.parametrize(
    ("role", "path"), [("helper", "/door/{}"), ("clerk", "/tablet/{}"), ("clerk", "/counter/{}/1")]
)
async def test_a_call_for_help_stands_on_every_page_of_staff_until_one_goes(
    served: Served, pool: db.Pool, office: Office, role: str, path: str
) -> None:
    await call_help(pool, office)
    path = path.format(office.slug)
    async with staff(served, pool, office, role) as who:
        assert "Somebody needs help at east" in text_of((await who.get(path)).text)
        assert "needs help" not in await press(who, path, "help")
        unknown = path + ("/door/help" if path.startswith("/tablet") else "/help")
        assert (await who.post(unknown, data={"help": "nothing"})).status_code == 404


async def test_the_helper_ticks_the_check_before_the_number_on_a_phone(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, change=checks)
    await call_help(pool, office)
    async with device(browser, served, await token_for(pool, office, "helper"), PHONE) as page:
        await page.goto(f"/door/{office.slug}#give")
        give = page.locator("#give .give").last
        assert await problems(page) == []
        await tap(give)
        await expect(page.locator("#give")).to_be_visible()  # the browser asks for the tick
        await page.locator("#give").get_by_label("Đã qua kiểm tra trước khi vào").check()
        await tap(give)
        await expect(page.locator(".status .big")).to_have_text("B001")
        await tap(page.get_by_role("button", name="Tôi đến ngay"))
        await expect(page.locator("#told")).to_contain_text("Đã nhận lời gọi")
        await expect(page.get_by_text("Có người cần trợ giúp")).to_have_count(0)
