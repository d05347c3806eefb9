"""Devices and staff of a test office: their tokens, their browsers, and the scanner."""

import hashlib
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
from playwright.async_api import Browser, Page, ViewportSize

from queue_service import commands, db, tickets
from tests.offices import LONG_AGO, Office
from tests.serving import Served

TV: ViewportSize = {"width": 1920, "height": 1080}
KIOSK: ViewportSize = {"width": 1080, "height": 1920}
TABLET: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}


async def token_for(pool: db.Pool, office: Office, role: str) -> str:
    token = secrets.token_urlsafe(24)
    sha = hashlib.sha256(token.encode()).digest()
    await commands.add_token(pool, LONG_AGO, uuid4(), sha, role, [office.office_id], f"the {role}")
    return token


@asynccontextmanager
async def device(
    browser: Browser,
    served: Served,
    token: str,
    viewport: ViewportSize,
    script: bool = True,
    dots: float = 1,
) -> AsyncGenerator[Page, None]:
    """A signed-in browser; any error its scripts do not catch fails the test.

    dots: of the screen for each pixel of the page, 2 on a dense tablet.
    """
    context = await browser.new_context(
        viewport=viewport,
        screen=viewport,
        base_url=served.url,
        locale="vi-VN",
        java_script_enabled=script,
        device_scale_factor=dots,
    )
    faults: list[str] = []
    try:
        if token:
            await context.add_cookies(
                [{"name": "token", "value": token, "url": served.url, "httpOnly": True}]
            )
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        yield page
    finally:
        await context.close()
    assert faults == []


@asynccontextmanager
async def staff(
    served: Served, pool: db.Pool, office: Office, role: str
) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A browser without scripts, signed in."""
    async with httpx2.AsyncClient(
        base_url=served.url,
        headers={"accept-language": "en", "sec-fetch-site": "same-origin"},
        cookies={"token": await token_for(pool, office, role)},
    ) as client:
        yield client


async def book(served: Served, office: Office, at: datetime, **more: Any) -> dict[str, Any]:
    """A booking through the HTTP API."""
    body = {"service": "copy", "name": "Nguyễn Thị Ánh", "phone": "0905123456", **more}
    async with httpx2.AsyncClient(base_url=served.url) as client:
        answer = await client.post(
            f"/api/v1/offices/{office.slug}/bookings",
            json={"booking_id": str(uuid4()), "starts_at": at.isoformat(), **body},
        )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def walk_in(pool: db.Pool, office: Office, at: datetime, service: str = "copy") -> Any:
    """Somebody the helper has given a number; it was said to them, so it may be called."""
    answer = await commands.walk_in(
        pool,
        office.office_id,
        at,
        "helper:test",
        None,
        uuid4(),
        [{"service": service, "quantity": 1}],
        1,
        "",
        [],
        "",
        "",
        "vi",
        "helper",
        secrets.token_hex(16),
        tickets.new_digits(),
    )
    visit = answer["visit"]
    visit_id = UUID(visit["visit_id"])
    await commands.slip(pool, office.office_id, at, "helper:test", None, visit_id, "said")
    return answer


async def scan(page: Page, text: str, suffix: str = "Enter") -> None:
    """What a scanner does: it types, faster than anybody, into whatever has the focus."""
    await page.keyboard.type(text)
    if suffix:
        await page.keyboard.press(suffix)
