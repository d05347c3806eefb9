"""On a phone: a number is proven, a scarce time bears a name, an offer is taken by its link."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from queue_service import commands, db
from tests.fairness import fair
from tests.offices import Office, make_office
from tests.pages.test_browser_booking import fill_in, phone, to_the_form
from tests.pages.test_fairness_pages import code_of
from tests.serving import Citizen, Served
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio

both = pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])


@asynccontextmanager
async def hand(browser: Browser, served: Served, script: bool) -> AsyncGenerator[Page, None]:
    """A phone on whose last page nothing stands in anybody's way."""
    async with phone(browser, served, script) as page:
        yield page
        if script:
            assert await problems(page) == []


async def prove(page: Page, owner: db.Connection, office: Office) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text("Xác nhận số điện thoại")
    code = await code_of(owner, office)
    await page.get_by_label("Mã trong tin nhắn").fill(f"{(int(code) + 1) % 10**6:06}")
    await page.get_by_role("button", name="Xác nhận").click()
    await expect(page.get_by_role("alert")).to_contain_text("Còn 4 lần")
    await page.get_by_role("button", name="Gửi mã mới").click()
    await expect(page.get_by_role("status")).to_contain_text("Đã gửi mã mới")
    await page.get_by_label("Mã trong tin nhắn").fill(await code_of(owner, office))
    await page.get_by_role("button", name="Xác nhận").click()


@both
async def test_a_booking_counts_once_its_phone_is_proven(
    browser: Browser, served: Served, pool: db.Pool, owner: db.Connection, script: bool
) -> None:
    office = await make_office(pool, change=fair(prove_phone=True))
    async with hand(browser, served, script) as page:
        await to_the_form(page, office)
        await fill_in(page)
        await page.get_by_role("button", name="Đặt lịch hẹn").click()
        await prove(page, owner, office)
        await expect(page.locator(".code")).to_have_text(re.compile(r"^\d{4} \d{3} \d{3}$"))
        await expect(page.get_by_role("status").first).to_contain_text("Đã xác nhận số điện thoại")


@both
async def test_a_scarce_time_bears_a_name_and_comes_back_at_a_moment_nobody_knows(
    browser: Browser, served: Served, pool: db.Pool, script: bool
) -> None:
    rules = fair("copy", "6.000001", return_minutes=60)
    office = await make_office(pool, planned=1, change=rules)
    async with hand(browser, served, script) as page:
        await to_the_form(page, office)
        await fill_in(page)
        await page.get_by_role("button", name="Đặt lịch hẹn").click()
        await expect(page.get_by_role("alert")).to_contain_text("căn cước")
        await page.get_by_label("Số căn cước").fill("048 080 001 234")
        await page.get_by_role("button", name="Đặt lịch hẹn").click()
        await page.wait_for_url(re.compile("/t/"))
        await expect(page.get_by_text("Chỉ dành cho Nguyễn Thị Ánh")).to_be_visible()
        assert "048" not in await page.locator("main").inner_text()

        times = f"/o/{office.slug}/time?s=copy"
        nine = page.get_by_role("link", name=re.compile("^09:00"))
        await page.get_by_role("link", name="Hủy lịch hẹn").click()
        await page.get_by_role("button", name="Đồng ý hủy").click()
        await expect(page.locator("#standing")).to_contain_text("đã hủy")
        await page.goto(times)
        await expect(nine).to_have_count(0)  # whoever stands by gets nothing
        # an hour and a minute later it has come back
        later = served.clock.now() + timedelta(minutes=61)
        await commands.settle(pool, office.office_id, later)
        await page.goto(times)
        await expect(nine).to_have_count(1)


@both
async def test_an_earlier_time_is_waited_for_and_taken_by_the_link(
    browser: Browser,
    served: Served,
    pool: db.Pool,
    owner: db.Connection,
    citizen: Citizen,
    script: bool,
) -> None:
    office = await make_office(pool, planned=1, change=fair(prove_phone=True))
    taken = [
        await citizen.book(office, office.at(f"09:0{n}"), phone=f"090599999{n}") for n in (0, 5)
    ]
    for ticket in taken:
        code = await owner.fetchval(
            "select code from queue.phone_proof where office_id = $1 and code <> '' "
            "order by sent_at limit 1",
            office.office_id,
        )
        await citizen.client.post(f"{ticket}/prove", data={"code": code})
    async with hand(browser, served, script) as page:
        await page.goto(f"/o/{office.slug}/time?s=copy")
        await page.get_by_role("link", name=re.compile("danh sách chờ")).click()
        await page.get_by_label("Họ và tên").fill("Trần Văn Bình")
        await page.get_by_label("Số điện thoại").fill("0905 123 456")
        await page.get_by_role("button", name="danh sách chờ").click()
        await prove(page, owner, office)
        await expect(page.locator("main")).to_contain_text("đứng đầu danh sách")
        link = page.url.split("?")[0]
        await citizen.client.post(f"{taken[0]}/cancel", data={"key": "one"})
        await page.goto(link)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("giờ sớm hơn")
        await page.get_by_role("button", name="Không, cảm ơn").click()
        await expect(page.locator("main")).to_contain_text("người tiếp theo")
        await citizen.client.post(f"{taken[1]}/cancel", data={"key": "two"})
        await page.goto(link)
        await expect(page.locator(".big")).to_have_text("09:05")
        await page.get_by_role("button", name="Tôi nhận giờ này").click()
        await page.wait_for_url(re.compile("/t/"))
        await expect(page.locator(".when")).to_contain_text("09:05")
