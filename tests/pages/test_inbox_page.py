"""The operators' inbox shows what comes in by itself, and leaves what is being written alone."""

import secrets

import pytest
from playwright.async_api import Browser, expect

from queue_service import commands, db
from tests.devices import device, token_for
from tests.offices import Office
from tests.serving import BEGINS, Served
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def test_a_text_that_comes_in_appears_by_itself_and_an_answer_half_written_stays(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    async def text(words: str) -> None:
        phone, number = f"+8490{secrets.randbelow(10**7):07}", secrets.token_hex(8)
        await commands.keep_text(pool, BEGINS, phone, "gateway", number, words)

    operator = await token_for(pool, office, "admin")
    first, second = f"Hỏi {secrets.token_hex(4)}", f"Hỏi {secrets.token_hex(4)}"
    async with device(browser, served, operator, {"width": 1366, "height": 768}) as page:
        await page.goto("/hotline/inbox")
        await text(first)
        await expect(page.get_by_text(first)).to_be_visible(timeout=25_000)
        card = page.locator("section", has_text=first)
        await card.locator("textarea").fill("Ông/bà mang theo căn")
        await text(second)
        await expect(page.get_by_text(second)).to_be_visible(timeout=25_000)
        assert await card.locator("textarea").input_value() == "Ông/bà mang theo căn"
        assert await problems(page) == []
        await card.locator("textarea").fill("Ông/bà mang theo căn cước.")
        await card.locator('button[name="send"]').click()
        await expect(page.get_by_text("Câu trả lời đang được gửi")).to_be_visible(timeout=15_000)
        await expect(page.get_by_text(first)).to_have_count(0)
