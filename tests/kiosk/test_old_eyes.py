"""The kiosk for old eyes and hands: every screen is large enough to touch and stands out enough."""

import asyncio
import math
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser, Page, Route, ViewportSize, expect

from queue_service import db
from tests.devices import KIOSK, TABLET, book, device, scan, token_for, walk_in
from tests.kiosk.test_everybody import CARD, SCANNER, asks
from tests.kiosk.test_kiosk import to_kiosk, vi
from tests.lobby import Lobby
from tests.offices import Office, make_office
from tests.serving import BEGINS, Served
from tests.test_accessibility import faint, problems

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Screen:
    """A screen as it is sold: its pixels, how dense they are, and its inches across."""

    size: ViewportSize
    dots: float
    inches: float

    @property
    def touch(self) -> float:
        """2 cm in the page's pixels, as a ruler on the glass would say."""
        return 2 / 2.54 * math.hypot(self.size["width"], self.size["height"]) / self.inches


SCREENS = {"portrait": Screen(KIOSK, 1, 21.5), "dense tablet": Screen(TABLET, 2, 10.1)}
on_screens = pytest.mark.parametrize("screen", SCREENS.values(), ids=SCREENS)


async def small(page: Page, least: float) -> list[str]:
    """What is touched and is less than 2 cm high or wide."""
    return await page.evaluate(
        """least => Array.from(document.querySelectorAll('button, label.photo, a'))
        .filter(b => b.offsetParent).map(b => [b.textContent.trim(), b.getBoundingClientRect()])
        .filter(([, r]) => r.width < least - 0.5 || r.height < least - 0.5)
        .map(([text, r]) => `${text} ${r.width}x${r.height}`)""",
        least,
    )


async def every_state(page: Page, served: Served, office: Office) -> AsyncGenerator[str, None]:
    """Walks the kiosk through everything it can show, as visitors would."""
    early = await book(served, office, office.at("09:00"))
    number = page.locator(".number strong")

    async def home() -> None:
        await page.keyboard.press("Escape")
        await expect(page.locator("[data-screen=start]")).to_be_visible()

    async def says(key: str) -> None:
        await expect(page.locator("#headline")).to_have_text(vi(key))

    await to_kiosk(page, office)
    yield "start"
    await page.locator('.door[data-act="booked"]').click()
    yield "code"
    await page.locator('[data-digit="7"]').click()
    await page.locator("#by-phone").click()
    yield "phone"
    await home()
    for said in ("enter", "wait_outside"):
        await page.evaluate(SCANNER, CARD.replace("1234|", "1235|") if said == "enter" else CARD)
        yield "fields"
        await page.locator('.tile >> text="Lĩnh vực 0"').click()
        yield "services"
        await page.locator(".tile").first.click()
        await page.locator("#needs button").first.click()
        yield "confirm"
        await page.locator('[data-act="take_number"]').click()
        await says(said)
        await expect(number).not_to_be_empty()
        yield said
        await page.locator("#answers button").first.click()
        yield f"{said}, noted"
        await home()
    await page.locator('.door[data-act="walk_in"]').click()
    await page.locator('[data-act="unsure"]').click()
    yield "guidance"
    await page.locator('[data-act="take_number"]').click()
    await expect(page.locator("#code-title")).to_have_text(vi("person_title"))
    yield "person"
    await home()
    await scan(page, early["ticket_url"])
    await says("too_early")
    yield "too early"
    await home()
    await scan(page, "HELLO-WORLD-1234")
    await says("invalid")
    yield "invalid"
    await home()
    await page.locator('.door[data-act="walk_in"]').click()
    await page.locator('.tile >> text="Lĩnh vực 0"').click()
    await page.locator(".tile").first.click()
    await page.locator("#check-no").click()
    await says("not_passed")
    yield "not passed"
    await page.locator('[data-act="help"]').click()
    await expect(page.locator("#helped")).to_have_text(vi("helped"))
    yield "help"
    await home()
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.abort()

    await page.route("**/arrivals", hold)
    await scan(page, early["code"])
    await expect(page.locator("[data-screen=working]")).to_be_visible()
    yield "working"
    held.set()
    await expect(page.locator("[data-screen=away]")).to_be_visible(timeout=30_000)
    yield "away"
    await page.unroute("**/arrivals")
    await page.context.clear_cookies()
    await page.locator('[data-act="try_again"]').click()
    await expect(page.locator("[data-screen=signed_out]")).to_be_visible()
    yield "signed out"


async def every_answer(
    page: Page, served: Served, pool: db.Pool, offices: tuple[Office, Office]
) -> AsyncGenerator[str, None]:
    """What the door says to whoever comes at the wrong time or place, or when nothing is left."""
    office, other = offices

    async def shows(text: str, key: str) -> str:
        await page.keyboard.press("Escape")
        await expect(page.locator("[data-screen=start]")).to_be_visible()
        await scan(page, text)
        await expect(page.locator("#headline")).to_have_text(vi(key))
        return key

    late = await Lobby(pool, office).book("07:40", "record")
    inside = await walk_in(pool, office, BEGINS)
    cancelled = await book(served, office, office.at("10:00"))
    async with httpx2.AsyncClient(base_url=f"{served.url}/api/v1/tickets/") as client:
        answer = await client.post(f"{cancelled['token']}/cancel")
        assert answer.status_code == 200, answer.text
    tomorrow = await book(served, office, office.at("09:00", 1))
    await to_kiosk(page, office)
    yield await shows(cancelled["ticket_url"], "cancelled")
    yield await shows(tomorrow["ticket_url"], "wrong_day")
    elsewhere = await book(served, other, other.at("09:00"))
    yield await shows(elsewhere["ticket_url"], "wrong_office")
    told: dict[str, Any] = {}
    while told.get("decision") != "come_back":
        told = await walk_in(pool, office, BEGINS, "record")
    yield await shows(told["code"], "too_early")

    async def walks_in(key: str) -> str:
        await page.keyboard.press("Escape")
        await page.locator('.door[data-act="walk_in"]').click()
        await page.locator('.tile >> text="Lĩnh vực 1"').click()
        await page.locator(".tile").first.click()
        await page.locator('[data-act="take_number"]').click()
        await expect(page.locator("#headline")).to_have_text(vi(key))
        return key

    yield await walks_in("come_back")
    while told["decision"] != "refuse":
        told = await Lobby(pool, office).walk_in("08:00", "record")
    yield await walks_in("refuse")
    yield await shows(late["code"], "too_late")

    yield await shows(inside["code"], "already_in")
    await page.goto(f"/kiosk/{office.slug}?mode=exit")
    await expect(page.locator("[data-screen=exit]")).to_be_visible()
    yield "exit"
    await scan(page, inside["code"])
    await expect(page.locator("#headline")).to_have_text(vi("exit_done"))
    yield "exit done"
    await page.keyboard.press("Escape")
    await scan(page, "HELLO-WORLD-1234")
    await expect(page.locator("[data-screen=result]")).to_be_visible()
    yield "not a ticket at the exit"


LOOKS = pytest.mark.parametrize(
    ("look", "language"),
    [("", "vi"), ("large", "vi"), ("contrast", "vi"), ("large", "en"), ("contrast", "en")],
)


async def judged(page: Page, screen: Screen, state: str, look: str, language: str) -> None:
    """The screen as it stands, for old eyes and hands; in the other language if it may be."""
    tools = not await page.locator("#tools").is_hidden()
    if look and tools:
        button = page.locator(f'[data-act="{look}"]')
        if await button.get_attribute("aria-pressed") == "false":
            await button.click()
    if language == "en" and await page.locator("#language").is_visible():
        await page.locator("#language").click()
        await expect(page.locator("html")).to_have_attribute("lang", "en")
    assert await small(page, screen.touch) == [], state
    for look_for in (faint, problems):
        await page.evaluate("kiosk.wake()")  # looking takes longer than it stays when left alone
        assert await look_for(page) == [], state
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= screen.size["width"], state
    if language == "en" and await page.locator("#language").is_visible():
        await page.locator("#language").click()
        await expect(page.locator("html")).to_have_attribute("lang", "vi")


@on_screens
@LOOKS
@pytest.mark.timeout(300)
async def test_every_screen_is_read_and_touched_by_old_eyes_and_hands(
    browser: Browser, served: Served, pool: db.Pool, look: str, language: str, screen: Screen
) -> None:
    door = {"entry_check": True, "one_number": True}
    office = await make_office(pool, area_cap=1, guidance=True, change=asks(**door))
    token = await token_for(pool, office, "kiosk")
    async with device(browser, served, token, screen.size, dots=screen.dots) as page:
        seen: list[str] = []
        async for state in every_state(page, served, office):
            seen.append(state)
            await judged(page, screen, state, look, language)
        assert len(seen) >= 19


@on_screens
@LOOKS
@pytest.mark.timeout(300)
async def test_every_answer_of_the_door_is_read_and_touched_by_old_eyes_and_hands(
    browser: Browser, served: Served, pool: db.Pool, look: str, language: str, screen: Screen
) -> None:
    office = await make_office(
        pool, planned=1, area_cap=None, rules={"exits": "scanned"}, change=asks()
    )
    other = await make_office(pool)
    token = await token_for(pool, office, "kiosk")
    async with device(browser, served, token, screen.size, dots=screen.dots) as page:
        seen: list[str] = []
        async for state in every_answer(page, served, pool, (office, other)):
            seen.append(state)
            await judged(page, screen, state, look, language)
        assert len(seen) == 11


async def test_an_office_may_say_how_large_its_screen_is(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    """A tablet of 8 inches shows the same pixels closer together: its buttons have more of them."""
    small_one = Screen(TABLET, 2, 8)
    async with device(browser, served, await token_for(pool, office, "kiosk"), TABLET) as page:
        await to_kiosk(page, office, "?inches=8")
        assert await small(page, small_one.touch) == []
        for nonsense in ("0", "abc", "1e9", "-3"):
            await to_kiosk(page, office, f"?inches={nonsense}")
            assert await small(page, SCREENS["dense tablet"].touch) == []


UPRIGHT: ViewportSize = {"width": 800, "height": 1280}


async def out_of_sight(page: Page) -> list[str]:
    """What of the screen can be touched only after scrolling; under another button counts, too."""
    return await page.evaluate(
        """() => Array.from(document.querySelectorAll('main section:not([hidden]) button'))
        .filter(b => b.offsetParent && !b.disabled).filter(b => {
          const r = b.getBoundingClientRect();
          return ![r.top + 3, r.bottom - 3].every(y =>
            b.contains(document.elementFromPoint(r.left + r.width / 2, y)));
        }).map(b => b.textContent.trim())"""
    )


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("size", [KIOSK, UPRIGHT, TABLET], ids=["kiosk", "upright", "lying"])
async def test_large_text_keeps_all_in_sight_or_says_plainly_that_there_is_more(
    browser: Browser,
    served: Served,
    pool: db.Pool,
    office: Office,
    size: ViewportSize,
    language: str,
) -> None:
    async with device(browser, served, await token_for(pool, office, "kiosk"), size) as page:
        await to_kiosk(page, office)
        if language == "en":
            await page.locator("#language").click()
        await page.locator('[data-act="large"]').click()
        await page.locator('.door[data-act="walk_in"]').click()
        more, take = page.locator("#below"), page.locator('[data-act="take_number"]')
        for count in range(3):
            await page.locator(".tile").nth(count).click()
            await expect(take).to_be_in_viewport(ratio=1)
            if count == 0:
                assert await out_of_sight(page) == []
            await page.evaluate("document.querySelector('main').scrollTop = 0; kiosk.lookBelow()")
            hidden = await out_of_sight(page)
            await expect(more).to_be_visible(visible=bool(hidden))
            for _ in range(6):  # each touch shows more, until nothing is left
                if await more.is_hidden():
                    break
                await more.click()
            await expect(more).to_be_hidden()
            last = page.locator("#priority button").last
            await last.click()
            await expect(last).to_have_attribute("aria-pressed", "true")
            if count < 2:
                await page.locator("#add-service").click()
