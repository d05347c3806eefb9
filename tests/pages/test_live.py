"""The live view: what goes on at one office and at all of a manager's, without a reload."""

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from queue_service import commands, db, tokens
from tests.devices import PHONE, TABLET, device, staff, token_for, walk_in
from tests.offices import LONG_AGO, Office, make_office
from tests.serving import Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def test_it_tells_rooms_lines_counters_and_refusals(served: Served, pool: db.Pool) -> None:
    office = await make_office(pool, area_cap=2)
    number = office.office_id
    for _ in range(3):
        await walk_in(pool, office, office.at("08:00"))
    await commands.open_counter(pool, number, office.at("08:00"), "test", None, "1")
    await commands.recount(pool, number, office.at("08:00"), "test", None, "hall", 4)
    refused = [{"command": "book", "code": "slot_full", "count": 7}]
    await commands.tally(pool, number, office.at("08:00"), refused)
    async with staff(served, pool, office, "manager") as manager:
        text = text_of((await manager.get(f"/manage/{office.slug}/live")).text)
        part = text_of((await manager.get(f"/manage/{office.slug}/live/part")).text)
    assert "Hall : 4 / 2 people inside, staff included (0) 2 too many" in text
    assert "Recounted 1 time today, at 08:00; corrected by +2 people." in text
    assert "Waiting outside: 1 · waiting inside: 2 · longest wait" in text
    assert "counters open: 1 of 3" in text
    assert "Booking That time is no longer free for so many people. 7" in text
    assert part in text


async def test_who_cannot_be_served_today_stands_there_for_the_manager_to_decide(
    served: Served, pool: db.Pool
) -> None:
    office = await make_office(
        pool, hour_cap=2, hour_rule="clock", planned=1, rules={"lead_minutes": 0}
    )
    await commands.open_counter(pool, office.office_id, office.at("07:20"), "test", None, "1")
    await walk_in(pool, office, office.at("16:50"))
    await commands.settle(pool, office.office_id, office.at("17:00"))
    async with staff(served, pool, office, "manager") as manager:
        text = text_of((await manager.get(f"/manage/{office.slug}/live")).text)
    assert "Needs a decision A001 cannot be served today: please offer another time" in text


async def test_it_changes_by_itself(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "manager")
    async with device(browser, served, token, PHONE) as page:
        await page.goto(f"/manage/{office.slug}/live")
        await expect(page.locator("#live")).to_contain_text("0 / 20")
        await walk_in(pool, office, office.at("08:05"))
        await expect(page.locator("#live")).to_contain_text("1 / 20", timeout=15_000)


async def test_all_offices_of_the_sign_in_and_no_other_are_shown(
    served: Served, pool: db.Pool
) -> None:
    mine = [await make_office(pool) for _ in range(2)]
    other = await make_office(pool)
    numbers = [one.office_id for one in mine]
    token = await tokens.make(pool, LONG_AGO, "manager", numbers, "two offices")
    async with staff(served, pool, mine[0], "manager") as manager:
        manager.cookies.set("token", token)
        page = (await manager.get("/manage/live", headers={"cookie": f"token={token}"})).text
    assert all(f"/manage/{one.slug}/live" in page for one in mine)
    assert other.slug not in page


@pytest.mark.parametrize("size", [PHONE, TABLET])
@pytest.mark.parametrize("script", [True, False])
async def test_it_can_be_used_by_everybody(
    browser: Browser, served: Served, pool: db.Pool, size: ViewportSize, script: bool
) -> None:
    offices = [await make_office(pool, area_cap=2) for _ in range(2)]
    for office in offices:
        for _ in range(3):
            await walk_in(pool, office, office.at("08:00"))
        await commands.open_counter(pool, office.office_id, office.at("08:00"), "test", None, "1")
    numbers = [one.office_id for one in offices]
    token = await tokens.make(pool, LONG_AGO, "manager", numbers, "two offices")
    async with device(browser, served, token, size, script) as page:
        for path in ("/manage/live", f"/manage/{offices[0].slug}/live"):
            await page.goto(path)
            assert await page.locator("#standing section").count() >= 1
            if script:
                assert await problems(page) == []
                wide = await page.evaluate("document.documentElement.scrollWidth")
                assert wide <= size["width"]
