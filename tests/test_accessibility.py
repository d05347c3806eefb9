"""Axe looks at every page: nothing serious is wrong, in either language, on a phone."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any

import httpx2
import pytest
from axe_playwright_python.async_playwright import Axe  # pyright: ignore
from playwright.async_api import Browser, Page

from queue_service import commands, db, reads
from tests.offices import Office
from tests.serving import BEGINS, Citizen, Served

pytestmark = pytest.mark.anyio


async def problems(page: Page) -> Sequence[str]:
    """What axe finds serious or critical, in a line each."""
    axe: Any = Axe()
    found: dict[str, Any] = (await axe.run(page)).response
    return [
        f"{violation['id']}: {node['html'][:150]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


async def faint(page: Page) -> list[str]:
    """Every visible text that stands out by less than 7 to 1, or that cannot be judged."""
    await problems(page)  # brings axe into the page
    found = await page.evaluate(
        "axe.run(document, {runOnly: ['color-contrast-enhanced']}).then(r =>"
        " [...r.violations, ...r.incomplete].flatMap(v => v.nodes)"
        ".filter(n => (n.any[0].data || {}).messageKey !== 'nonBmp')"  # a sign, its word beside it
        ".map(n => n.html + n.any[0].message))"
    )
    return list(found)


@pytest.fixture(params=["vi", "en"])
async def page(
    browser: Browser, served: Served, request: pytest.FixtureRequest
) -> AsyncGenerator[Page, None]:
    context = await browser.new_context(
        viewport={"width": 360, "height": 740}, base_url=served.url, locale=request.param
    )
    yield await context.new_page()
    await context.close()


async def test_the_way_to_a_booking_can_be_used_by_everybody(
    page: Page, office: Office, citizen: Citizen
) -> None:
    shop = f"/o/{office.slug}"
    form = await citizen.form(office, office.at("09:00"))
    for url in (
        "/",
        "/?q=zzzz",
        shop,
        f"{shop}?q=zzzz",
        f"{shop}?s=copy",
        f"{shop}/s/copy",
        f"{shop}/time?s=copy",
        form,
        "/nowhere",
    ):
        await page.goto(url)
        assert await problems(page) == [], url
    await page.goto(form)
    await page.click("main form .button")
    await page.wait_for_selector(".problem")
    assert await problems(page) == []


async def test_a_ticket_can_be_used_by_everybody_whatever_it_says(
    page: Page, office: Office, citizen: Citizen, pool: db.Pool
) -> None:
    path = await citizen.book(office, office.at("09:00"))
    visit = (await reads.find_visits(pool, office.office_id, BEGINS, phone="+84905123456"))[0]
    number, visit_id = office.office_id, visit["visit_id"]
    for url in (path, f"{path}/time", f"{path}/cancel", f"{path}/time?at=2026-03-31T10:00:00Z"):
        await page.goto(url)
        assert await problems(page) == [], url
    await commands.arrive(pool, number, office.at("08:50"), "test", None, visit_id=visit_id)
    await page.goto(path)
    assert await problems(page) == []
    await commands.open_counter(pool, number, office.at("08:51"), "test", None, "1")
    await commands.call_number(pool, number, office.at("08:51"), "test", None, "1", "A001")
    await page.goto(path)
    assert await problems(page) == []
    await commands.serve(pool, number, office.at("08:52"), "test", None, visit_id)
    await commands.finish(pool, number, office.at("08:55"), "test", None, visit_id)
    await page.goto(path)
    assert await problems(page) == []


async def test_the_page_for_a_fault_is_readable_too(served: Served) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as client:
        answer = await client.post("/", headers={"cookie": "token=x"})
    assert answer.status_code == 403
    assert 'lang="vi"' in answer.text
