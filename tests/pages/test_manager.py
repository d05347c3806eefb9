"""The manager's pages: whose they are, and where they lead."""

import pytest
from playwright.async_api import Browser

from queue_service import db
from tests.devices import PHONE, device, staff, token_for
from tests.offices import Office, make_office
from tests.serving import Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def test_a_manager_begins_at_a_page_of_the_office(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "manager") as manager:
        answer = await manager.get(f"/manage/{office.slug}")
    assert answer.status_code == 200
    assert "Manage this office" in text_of(answer.text)


@pytest.mark.parametrize("role", ["kiosk", "board", "helper", "clerk", "operator"])
async def test_nobody_else_sees_it(
    served: Served, pool: db.Pool, office: Office, role: str
) -> None:
    async with staff(served, pool, office, role) as person:
        assert (await person.get(f"/manage/{office.slug}")).status_code == 403


async def test_no_manager_sees_another_office(
    served: Served, pool: db.Pool, office: Office
) -> None:
    other = await make_office(pool)
    async with staff(served, pool, office, "manager") as manager:
        assert (await manager.get(f"/manage/{other.slug}")).status_code == 403


async def test_it_can_be_used_by_everybody(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "manager")
    async with device(browser, served, token, PHONE) as page:
        await page.goto(f"/manage/{office.slug}")
        assert await problems(page) == []
