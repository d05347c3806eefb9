"""A manager puts services, counters and queues in the order in which citizens see them."""

from typing import Any

import pytest
from playwright.async_api import Browser

from queue_service import db, reads
from tests.devices import PHONE, TABLET, device, staff, token_for
from tests.offices import Office
from tests.pages.test_changes import confirm
from tests.serving import Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def order(pool: db.Pool, office: Office, part: str, key: str) -> list[str]:
    file = await reads.office_file(pool, office.office_id)
    assert file is not None
    return [row[key] for row in file[part]]


@pytest.mark.parametrize("size", [PHONE, TABLET])
async def test_rows_go_up_and_down_by_the_keyboard_and_are_kept_once(
    browser: Browser, served: Served, pool: db.Pool, office: Office, size: Any
) -> None:
    assert await order(pool, office, "services", "service_id") == ["copy", "record", "permit"]
    token = await token_for(pool, office, "manager")
    async with device(browser, served, token, size, script=size is PHONE) as page:
        await page.goto(f"/manage/{office.slug}/services?lang=vi")
        await page.press('button[name="up"][value="permit"]', "Enter")
        await page.press('button[name="up"][value="permit"]', "Enter")
        await page.press('button[name="down"][value="copy"]', "Enter")
        if size is PHONE:
            assert await problems(page) == []
        assert "chưa được lưu" in await page.locator("[role=status]").inner_text()
        assert await order(pool, office, "services", "service_id") == ["copy", "record", "permit"]
        await page.fill("#note", "Việc hay hỏi lên trước")
        await page.press("#note", "Enter")
        await page.locator('button[value="apply"]').click()
        await page.wait_for_url("**did=applied")
        await page.goto(f"/manage/{office.slug}/history")
        assert "Việc hay hỏi lên trước" in await page.locator("main").inner_text()
    assert await order(pool, office, "services", "service_id") == ["permit", "record", "copy"]


async def test_an_order_made_over_somebody_elses_change_is_asked_for_again(
    served: Served, pool: db.Pool, office: Office
) -> None:
    url = f"/manage/{office.slug}/counters"
    async with staff(served, pool, office, "manager") as manager:
        moved = {"order": "1 2 3", "top": "3", "version": "0"}
        shown = await manager.post(url, data=moved)
        assert shown.status_code == 200
        assert 'value="3 1 2"' in shown.text
        sent = {"one": "2", "name_vi": "Quầy hai", "name_en": "Two", "queues-justice": "1"}
        sent["area"] = "hall"
        await confirm(manager, (await manager.post(url, data=sent)).headers["location"])
        save = {"order": "3 1 2", "save": "1", "version": "1"}
        answer = await manager.post(url, data=save)
        assert answer.status_code == 422
        assert "Somebody has changed this since" in text_of(answer.text)
        assert 'value="3 1 2"' in answer.text
        again = {**save, "version": "2"}
        await confirm(manager, (await manager.post(url, data=again)).headers["location"])
    assert await order(pool, office, "counters", "counter_id") == ["3", "1", "2"]


@pytest.mark.parametrize("said", ["", "9 8 7", "3 3 3", "x" * 2000])
async def test_an_order_that_makes_no_sense_loses_no_row(
    served: Served, pool: db.Pool, office: Office, said: str
) -> None:
    url = f"/manage/{office.slug}/counters"
    async with staff(served, pool, office, "manager") as manager:
        shown = await manager.post(url, data={"order": said, "down": "nobody"})
        assert shown.status_code == 200
        for counter in "123":
            assert f"?id={counter}" in shown.text
