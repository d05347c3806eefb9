"""A real browser the size of a phone books, with and without scripts."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from queue_service import commands, db, reads
from tests.offices import Office
from tests.serving import BEGINS, Served

pytestmark = pytest.mark.anyio

PHONE = {"width": 360, "height": 740}


@asynccontextmanager
async def phone(browser: Browser, served: Served, script: bool) -> AsyncGenerator[Page, None]:
    context = await browser.new_context(
        viewport={"width": 360, "height": 740},
        base_url=served.url,
        locale="vi-VN",
        java_script_enabled=script,
    )
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def to_the_form(page: Page, office: Office) -> None:
    await page.goto(f"/o/{office.slug}")
    service = office.file["services"][0]
    await page.get_by_role("link", name=service["name_vi"]).click()
    await page.get_by_role("button", name="Chọn giờ hẹn").click()
    await page.get_by_role("link", name=re.compile("^09:00")).click()


async def fill_in(page: Page, number: str = "0905 123 456") -> None:
    await page.get_by_label("Họ và tên").fill("Nguyễn Thị Ánh")
    await page.get_by_label("Số điện thoại").fill(number)
    await page.get_by_label("Tổng số người đến").select_option("2")


async def visits(pool: db.Pool, office: Office) -> int:
    found = await reads.find_visits(pool, office.office_id, BEGINS, phone="+84905123456")
    return len(found)


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
async def test_a_phone_books_changes_and_cancels(
    browser: Browser, served: Served, office: Office, script: bool
) -> None:
    async with phone(browser, served, script) as page:
        await to_the_form(page, office)
        await fill_in(page, "một hai")
        await page.get_by_role("button", name="Đặt lịch hẹn").click()
        await expect(page.get_by_role("alert")).to_contain_text("chỉ gồm chữ số")
        await expect(page.get_by_label("Họ và tên")).to_have_value("Nguyễn Thị Ánh")
        await page.get_by_label("Số điện thoại").fill("0905.123.456")
        await page.get_by_role("button", name="Đặt lịch hẹn").click()
        await page.wait_for_url(re.compile("/t/"))
        await expect(page.locator(".code")).to_have_text(re.compile(r"^\d{4} \d{3} \d{3}$"))
        await expect(page.locator(".when")).to_contain_text("09:00")
        qr = page.get_by_role("img", name=re.compile("Mã QR"))
        assert await qr.evaluate("image => image.decode().then(() => true)") if script else True

        await page.get_by_role("link", name="Đổi giờ hẹn").click()
        await page.get_by_role("link", name=re.compile("^10:00")).click()
        await page.get_by_role("button", name="Đồng ý đổi").click()
        await expect(page.locator(".when")).to_contain_text("10:00")

        await page.get_by_role("link", name="Hủy lịch hẹn").click()
        await page.get_by_role("button", name="Đồng ý hủy").click()
        await expect(page.locator("#standing")).to_contain_text("đã hủy")


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
async def test_back_and_reload_never_book_twice(
    browser: Browser, served: Served, office: Office, pool: db.Pool, script: bool
) -> None:
    async with phone(browser, served, script) as page:
        await to_the_form(page, office)
        await fill_in(page)
        await page.get_by_role("button", name="Đặt lịch hẹn").click()
        await page.wait_for_url(re.compile("/t/"))
        ticket = page.url
        await page.reload()
        await page.go_back()
        await expect(page.get_by_role("button", name="Đặt lịch hẹn")).to_be_enabled()
        await fill_in(page)
        await page.get_by_role("button", name="Đặt lịch hẹn").click()
        await page.wait_for_url(re.compile("/t/"))
        assert page.url == ticket
        assert await visits(pool, office) == 1


async def test_a_double_click_books_once(
    browser: Browser, served: Served, office: Office, pool: db.Pool
) -> None:
    async with phone(browser, served, script=False) as page:
        await to_the_form(page, office)
        await fill_in(page)
        await page.get_by_role("button", name="Đặt lịch hẹn").dblclick()
        await page.wait_for_url(re.compile("/t/"))
        assert await visits(pool, office) == 1


async def test_the_open_ticket_says_by_itself_that_the_number_is_called(
    browser: Browser, served: Served, office: Office, pool: db.Pool
) -> None:
    async with phone(browser, served, script=True) as page:
        await page.clock.install()
        await to_the_form(page, office)
        await fill_in(page)
        await page.get_by_role("button", name="Đặt lịch hẹn").click()
        await page.wait_for_url(re.compile("/t/"))
        visit = (await reads.find_visits(pool, office.office_id, BEGINS, phone="+84905123456"))[0]
        number, visit_id = office.office_id, visit["visit_id"]
        await commands.arrive(pool, number, office.at("08:50"), "test", None, visit_id=visit_id)
        await page.clock.run_for(20_000)
        await expect(page.locator("#standing .big")).to_have_text("A001")
        await commands.slip(pool, number, office.at("08:50"), "test", None, visit_id, "phone")
        await commands.open_counter(pool, number, office.at("08:51"), "test", None, "1")
        await commands.call_next(pool, number, office.at("08:51"), "test", None, "1")
        for _ in range(20):
            await page.clock.run_for(20_000)
            if await page.locator("#standing[data-state=called]").count():
                break
            await asyncio.sleep(0.1)
        await expect(page.locator("#standing h2")).to_have_text("Mời ông/bà đến quầy")
        await expect(page.locator("#say")).to_have_text("Đã gọi số của ông/bà: A001.")


@pytest.mark.parametrize("width", [320, 180], ids=["small", "text of twice the size"])
async def test_no_page_is_wider_than_a_small_phone(
    browser: Browser, served: Served, office: Office, width: int
) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": 2 * width}, base_url=served.url, locale="vi-VN"
    )
    page = await context.new_page()
    await to_the_form(page, office)
    form = page.url
    await fill_in(page)
    await page.get_by_role("button", name="Đặt lịch hẹn").click()
    await page.wait_for_url(re.compile("/t/"))
    ticket = page.url
    shop = f"/o/{office.slug}"
    own = [ticket, *(f"{ticket}/{page}" for page in ("time", "cancel", "data"))]
    for url in ("/", shop, f"{shop}/time?s=copy", form, *own, f"{shop}/wait?s=copy", "/nowhere"):
        await page.goto(url)
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, url
    await context.close()
