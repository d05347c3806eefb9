"""The kiosk of the Centre on the day after the text: a real browser, a code typed on its keys."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from playwright.async_api import Browser, expect

from queue_service import commands
from queue_service.settings import Settings
from tests.devices import KIOSK, device
from tests.serving import serve
from tests.texts.conftest import NOW, City

CENTER = 1


async def enters(browser: Browser, city: City, folder: Path, code: str) -> None:
    """Five minutes before half past eight the code is typed, and the screen says: come in."""
    came = NOW.replace(hour=8, minute=25) + timedelta(days=1)
    settings = Settings(
        database_url=city.url,
        data_dir=folder,
        ticket_secret="for tests only, for tests only, for tests only",
        clock_shift=round((came - datetime.now(UTC)).total_seconds()),
    )
    token = secrets.token_urlsafe(24)
    sha = hashlib.sha256(token.encode()).digest()
    await commands.add_token(city.pool, NOW, uuid4(), sha, "kiosk", [CENTER], "kiosk 1")
    async with (
        serve(settings, city.pool) as served,
        device(browser, served, token, KIOSK) as page,
    ):
        await page.goto("/kiosk/da-nang-center")
        await page.locator('.door[data-act="booked"]').click()
        for digit in code:
            await page.locator(f'[data-digit="{digit}"]').click()
        await expect(page.locator("#headline")).to_have_text("Mời vào")
        await expect(page.locator("main")).to_contain_text("A001")
