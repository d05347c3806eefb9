"""The door page: a helper with a phone keeps the door of an office, with and without scripts."""

from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser, expect

from queue_service import commands, db, reads
from tests.devices import PHONE, book, device, staff, token_for, walk_in
from tests.offices import Office, make_office
from tests.pages.test_clerk import press
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


async def test_the_page_on_a_phone_follows_the_door(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "helper")
    async with device(browser, served, token, PHONE) as page:
        await page.goto(f"/door/{office.slug}")
        assert await problems(page) == []
        await expect(page.locator(".count")).to_contain_text("0 / 20")
        await page.get_by_text("Phát số", exact=True).first.click()
        await page.get_by_role("button", name="Phát số").click()
        await expect(page.locator(".status .big")).to_have_text("A001")
        assert await problems(page) == []
        await commands.recount(pool, office.office_id, BEGINS, "x", None, "hall", 7)
        await expect(page.locator(".count")).to_contain_text("7 / 20", timeout=10_000)
