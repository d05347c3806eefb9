"""The kiosk's camera in a real browser that is shown a film: a ticket, two tickets, nothing."""

import io
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from queue_service import db, reads
from queue_service.tickets import qr_png
from tests import browser as chromium
from tests.conftest import FLAGS
from tests.devices import KIOSK, book, device, token_for
from tests.kiosk.test_kiosk import to_kiosk, vi
from tests.offices import Office, make_office
from tests.serving import BEGINS, Served
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio

WIDTH, HEIGHT = 1280, 720
ANDROID = "Mozilla/5.0 (Linux; Android 13; Tablet) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"


def picture(*texts: str) -> Image.Image:
    """What stands before the camera: the grain of a wall and these codes, slightly askew."""
    wall = Image.effect_noise((WIDTH, HEIGHT), 30)
    for n, text in enumerate(texts):
        code = Image.open(io.BytesIO(qr_png(text))).convert("L")
        code = code.resize((420, 420))  # pyright: ignore[reportUnknownMemberType]
        wall.paste(code.rotate(7, expand=True, fillcolor=255), (120 + 580 * n, 120))
    return wall


def film(path: Path, *texts: str) -> Path:
    """The same picture again and again, as Chromium takes it for a camera."""
    grey = picture(*texts).tobytes()
    frame = b"FRAME\n" + grey + b"\x80" * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 3)
    return path


@asynccontextmanager
async def filmed(path: Path | None) -> AsyncGenerator[Browser, None]:
    """A browser whose camera shows the film and nobody has to allow; or one without a camera."""
    program = os.environ.get("CHROMIUM") or chromium.find()
    camera = (
        ["--use-fake-ui-for-media-stream"]
        if path is None
        else [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={path}",
        ]
    )
    async with async_playwright() as play:
        opened = await play.chromium.launch(executable_path=program, args=[*FLAGS, *camera])
        yield opened
        await opened.close()


async def to_code(page: Page, office: Office) -> None:
    await to_kiosk(page, office)
    await page.locator('.door[data-act="booked"]').click()


async def test_a_ticket_held_to_the_camera_is_one_touch_and_one_look(
    browser: Browser, served: Served, pool: db.Pool, tmp_path: Path
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90})
    booked = await book(served, office, office.at("09:00"))
    shown = film(tmp_path / "ticket.y4m", booked["ticket_url"])
    token = await token_for(pool, office, "kiosk")
    async with filmed(shown) as camera, device(camera, served, token, KIOSK) as page:
        await to_code(page, office)
        await expect(page.locator("#headline")).to_have_text(vi("enter"), timeout=20_000)
        await expect(page.locator(".number strong")).to_have_text("A001")
        # nobody is filmed once the screen has gone on
        assert await page.locator("#video").evaluate("video => video.srcObject") is None


async def test_the_camera_shows_itself_and_the_page_stays_readable(
    browser: Browser, served: Served, pool: db.Pool, office: Office, tmp_path: Path
) -> None:
    token = await token_for(pool, office, "kiosk")
    async with (
        filmed(film(tmp_path / "wall.y4m")) as camera,
        device(camera, served, token, KIOSK) as page,
    ):
        await to_code(page, office)
        await expect(page.locator("#camera")).to_be_visible(timeout=20_000)
        assert await problems(page) == []
        await page.locator("#back").click()
        await expect(page.locator("#camera")).to_be_hidden()
        assert await page.locator("#video").evaluate("video => video.srcObject") is None


async def test_the_exit_reads_by_the_camera_without_a_touch_and_each_ticket_once(
    browser: Browser, served: Served, pool: db.Pool, tmp_path: Path
) -> None:
    office = await make_office(pool, rules={"exits": "scanned", "earliness_minutes": 90})
    booked = await book(served, office, office.at("09:00"))
    kiosk = await token_for(pool, office, "kiosk")
    async with httpx2.AsyncClient(base_url=served.url) as client:
        answer = await client.post(
            f"/api/v1/offices/{office.slug}/arrivals",
            headers={"authorization": f"Bearer {kiosk}"},
            json={"scan_id": str(uuid4()), "ticket": booked["ticket_url"]},
        )
        assert answer.json()["decision"] == "enter"
    assert (await reads.board(pool, office.office_id, BEGINS))["areas"][0]["present"] == 1
    shown = film(tmp_path / "out.y4m", booked["ticket_url"])
    async with filmed(shown) as camera, device(camera, served, kiosk, KIOSK) as page:
        exits: list[str] = []
        page.on("request", lambda asked: exits.append(asked.url) if "/exits" in asked.url else None)
        await to_kiosk(page, office, "?mode=exit")
        await expect(page.locator("#headline")).to_have_text(vi("exit_done"), timeout=20_000)
        assert await problems(page) == []
        await expect(page.locator("[data-screen=exit]")).to_be_visible(timeout=10_000)
        await page.wait_for_timeout(4_000)  # who still holds the ticket there is not scanned again
        assert len(exits) == 1
    assert (await reads.board(pool, office.office_id, BEGINS))["areas"][0]["present"] == 0


async def test_two_tickets_before_the_camera_are_asked_for_one_at_a_time(
    browser: Browser, served: Served, pool: db.Pool, office: Office, tmp_path: Path
) -> None:
    first = await book(served, office, office.at("09:00"))
    second = await book(served, office, office.at("09:00"), phone="0905123457")
    shown = film(tmp_path / "two.y4m", first["ticket_url"], second["ticket_url"])
    token = await token_for(pool, office, "kiosk")
    async with filmed(shown) as camera, device(camera, served, token, KIOSK) as page:
        await to_code(page, office)
        await expect(page.locator("#headline")).to_have_text(vi("two_codes"), timeout=20_000)
        await expect(page.locator("#message")).to_have_text(vi("two_codes_hint"))


async def test_without_a_camera_the_code_is_typed_as_ever(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "kiosk")
    async with filmed(None) as camera, device(camera, served, token, KIOSK) as page:
        await to_code(page, office)
        await expect(page.locator('[data-digit="7"]')).to_be_visible()
        await page.locator('[data-digit="7"]').click()
        await expect(page.locator("#code")).to_have_text("7")
        await expect(page.locator("#camera")).to_be_hidden()
        await expect(page.locator("#photo")).to_be_hidden()


async def test_over_plain_http_an_android_tablet_takes_a_photo_of_the_ticket(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90})
    booked = await book(served, office, office.at("09:00"))
    photo, blank = io.BytesIO(), io.BytesIO()
    picture(booked["ticket_url"]).save(photo, "JPEG", quality=80)
    picture().save(blank, "JPEG", quality=80)
    token = await token_for(pool, office, "kiosk")
    async with device(browser, served, token, KIOSK) as page:
        # What a browser says of itself where the address is no secure one.
        await page.add_init_script(
            "Object.defineProperty(window, 'isSecureContext', {value: false});"
            f"Object.defineProperty(navigator, 'userAgent', {{value: '{ANDROID}'}});"
        )
        await to_code(page, office)
        await expect(page.locator("#photo")).to_be_visible()
        assert await problems(page) == []
        for raw, said in ((blank, "no_code"), (photo, "enter")):
            file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": raw.getvalue()}
            await page.locator("#photo-file").set_input_files(file)  # pyright: ignore
            await expect(page.locator("#headline")).to_have_text(vi(said), timeout=10_000)
            if said == "no_code":
                await page.get_by_role("button", name=vi("done")).click()
                await page.locator('.door[data-act="booked"]').click()
