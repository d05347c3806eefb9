"""The helper's camera: a ticket before the phone, two of them, none at all."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from queue_service import db, reads
from tests.devices import PHONE, book, device, token_for
from tests.kiosk.test_camera import film, filmed
from tests.offices import Office
from tests.serving import BEGINS, Served
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


async def test_a_ticket_before_the_phone_is_an_arrival(
    served: Served, pool: db.Pool, office: Office, tmp_path: Path
) -> None:
    booked = await book(served, office, office.at("08:45"))
    token = await token_for(pool, office, "helper")
    shown = film(tmp_path / "ticket.y4m", f"http://queue.example/t/{booked['token']}")
    async with filmed(shown) as camera, device(camera, served, token, PHONE) as page:
        await page.goto(f"/door/{office.slug}")
        await page.get_by_role("link", name="Đã đến").click()
        await expect(page.locator("#told")).to_contain_text("đến sớm", timeout=20_000)
        await expect(page.locator(".sheet:target")).to_have_count(0)


async def test_of_two_tickets_none_is_guessed(
    served: Served, pool: db.Pool, office: Office, tmp_path: Path
) -> None:
    token = await token_for(pool, office, "helper")
    shown = film(tmp_path / "two.y4m", "00010000000", "00010000001")
    async with filmed(shown) as camera, device(camera, served, token, PHONE) as page:
        await page.goto(f"/door/{office.slug}#scan")
        await expect(page.locator("#camera-say")).to_have_text("Có hai mã cùng lúc", timeout=20_000)
        assert await problems(page) == []
    assert (await reads.board(pool, office.office_id, BEGINS))["areas"][0]["present"] == 0


async def test_without_a_camera_the_helper_is_told_to_type(
    served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "helper")
    async with filmed(None) as camera, device(camera, served, token, PHONE) as page:
        await page.goto(f"/door/{office.slug}#scan")
        await expect(page.locator("#camera-say")).to_contain_text("không có máy ảnh")
        await expect(page.locator("#ticket")).to_be_visible()
