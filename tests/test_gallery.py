"""Every page of the service: none is forgotten, each is usable by everybody, each has pictures."""

import io
import os
from collections.abc import AsyncGenerator

import pytest
from PIL import Image
from playwright.async_api import Browser, Page
from starlette.routing import BaseRoute, Mount, Route

from queue_service import db
from queue_service.app import routes
from queue_service.settings import Settings
from tests import gallery
from tests.devices import PHONE
from tests.gallery import PAGES, Shown
from tests.stage import Stage, staged
from tests.test_accessibility import problems

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

# `make pictures` sets it: the pictures of docs/pages.md are then taken anew, all or those named.
TAKE = os.environ.get("PICTURES", "").split()
TALLEST = 2400  # of a picture; a longer page goes on below


@pytest.fixture(scope="module")
async def stage(common: Settings, database: db.Database) -> AsyncGenerator[Stage, None]:
    async with staged(common, database) as stage:
        yield stage


def addresses(of: list[BaseRoute]) -> set[str]:
    return {
        route.path
        for route in of
        if isinstance(route, Route) and "GET" in (route.methods or ()) and "/api/" not in route.path
    }


def test_every_address_is_a_page_of_the_list_or_is_said_to_be_none() -> None:
    every = addresses(routes())
    assert len(every) > 80
    assert not any(isinstance(one, Mount) and one.path != "/api/v1" for one in routes())
    listed = {page.route for page in PAGES}
    assert sorted(every - listed - set(gallery.OTHER)) == []
    assert sorted((listed | set(gallery.OTHER)) - every) == []
    assert listed & set(gallery.OTHER) == set()
    assert len({page.name for page in PAGES}) == len(PAGES)


async def come_to(stage: Stage, page: Page, shown: Shown) -> None:
    """Signed in as who it is for, and the page as it is meant to be seen."""
    await stage.let_in(page, shown.who)
    answer = await page.goto(shown.url(stage.names))
    assert answer is not None
    kind = answer.headers["content-type"]
    assert kind.startswith("text/html"), (shown.name, kind)
    assert answer.status < 500, (shown.name, answer.status)
    if shown.name not in ("not-found", "sign-in-broken"):
        assert answer.status == 200, (shown.name, answer.status)
    assert "/sign-in?" not in page.url, shown.name
    if shown.do is not None:
        await shown.do(page)
    # A page that looks again by itself would go on in the midst of being looked at.
    await page.evaluate("(window.stop(), document.fonts.ready)")


@pytest.mark.parametrize(("language", "size"), [("vi", "phone"), ("en", "desktop")])
async def test_every_page_can_be_used_by_everybody(
    browser: Browser, stage: Stage, language: str, size: str
) -> None:
    found: dict[str, list[str]] = {}
    async with await browser.new_context(
        base_url=stage.served.url, locale=language, viewport=PHONE
    ) as context:
        page = await context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        for shown in PAGES:
            await page.set_viewport_size(gallery.sizes(shown)[size])
            await come_to(stage, page, shown)
            if shown.name == "kiosk" and language == "en":  # each visitor begins in Vietnamese
                await page.click("#language")
            seen = [*await problems(page)]
            spoken = await page.evaluate("document.documentElement.lang")
            if spoken != language and not shown.name.startswith("board"):  # that says both
                seen.append(f"is in {spoken}")
            if size == "phone" and await too_wide(page):
                seen.append("is wider than the phone")
            if seen:
                found[shown.name] = seen
    assert found == {}
    assert faults == []


async def too_wide(page: Page) -> bool:
    wide = await page.evaluate("document.documentElement.scrollWidth")
    return wide > await page.evaluate("document.documentElement.clientWidth")


def test_every_page_has_its_pictures_and_its_place_in_the_gallery() -> None:
    wanted = {gallery.picture(page, size) for page in PAGES for size in gallery.sizes(page)}
    assert wanted == set(gallery.PICTURES.iterdir())
    assert gallery.GALLERY.read_text("utf-8") == gallery.as_text()
    assert sum(one.stat().st_size for one in wanted) < 6_000_000
    for one in wanted:
        with Image.open(one) as picture:
            assert picture.height > 300, one


@pytest.mark.skipif(not TAKE, reason="`make pictures` takes them")
async def test_the_pictures_are_taken(browser: Browser, stage: Stage) -> None:
    gallery.PICTURES.mkdir(parents=True, exist_ok=True)
    chosen = [shown for shown in PAGES if shown.name in TAKE or TAKE == ["all"]]
    wanted = {gallery.picture(shown, size) for shown in PAGES for size in gallery.sizes(shown)}
    for old in set(gallery.PICTURES.iterdir()) - wanted:
        old.unlink()
    async with await browser.new_context(base_url=stage.served.url, locale="vi-VN") as context:
        page = await context.new_page()
        for shown in chosen:
            for size, viewport in gallery.sizes(shown).items():
                await page.set_viewport_size(viewport)
                await come_to(stage, page, shown)
                raw = await page.screenshot(full_page=True, animations="disabled")
                gallery.picture(shown, size).write_bytes(small(raw, viewport["height"]))
    gallery.GALLERY.write_text(gallery.as_text(), "utf-8")


def small(raw: bytes, least: int) -> bytes:
    """The picture as it is kept: no wider than a document shows it, cut where it is endless."""
    picture = Image.open(io.BytesIO(raw)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, max(TALLEST, least))))
    picture.thumbnail((800, TALLEST))
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=60, method=6)
    return out.getvalue()
