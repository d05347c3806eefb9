"""Kiosk, boards and counters say that they live; staff see at once which one does not."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from queue_service import commands, db, reads
from tests.devices import KIOSK, PHONE, TABLET, TV, device, token_for, walk_in
from tests.offices import File, Office, make_office
from tests.serving import BEGINS, Served
from tests.test_accessibility import problems

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

IN_TIME = 32_000  # the half minute, and a breath for a busy machine


async def heard(page: Page, url: str) -> None:
    async with page.expect_response("**/heartbeat") as said:
        await page.goto(url)
    assert (await said.value).status == 200


def note(words: str) -> re.Pattern[str]:
    return re.compile(words)


async def test_staff_see_a_kiosk_that_fell_silent_within_half_a_minute(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    clerk, helper = await token_for(pool, office, "clerk"), await token_for(pool, office, "helper")
    kiosk_token = await token_for(pool, office, "kiosk")
    async with (
        device(browser, served, clerk, TABLET) as counter,
        device(browser, served, helper, PHONE) as door,
    ):
        async with device(browser, served, kiosk_token, KIOSK) as kiosk:
            await heard(kiosk, f"/kiosk/{office.slug}")
            await heard(counter, f"/counter/{office.slug}/1")
            await heard(door, f"/door/{office.slug}")
            await expect(counter.locator(".devices")).to_have_count(0)
        # the cable is pulled
        silent = note("Máy lấy số “the kiosk”.*không có tín hiệu từ 08:")
        await expect(counter.locator(".devices li")).to_have_text(silent, timeout=IN_TIME)
        await expect(door.locator(".devices li")).to_have_text(silent, timeout=12_000)
        async with device(browser, served, kiosk_token, KIOSK) as kiosk:
            await heard(kiosk, f"/kiosk/{office.slug}")
            await expect(counter.locator(".devices")).to_have_count(0, timeout=IN_TIME)


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_devices_in_trouble_move_nothing_on_a_helpers_phone(
    browser: Browser, served: Served, pool: db.Pool, office: Office, language: str
) -> None:
    await walk_in(pool, office, BEGINS)
    await commands.recount(pool, office.office_id, BEGINS, "x", None, "hall", 20)
    await walk_in(pool, office, BEGINS)
    async with device(browser, served, await token_for(pool, office, "helper"), PHONE) as door:
        await door.goto(f"/door/{office.slug}?lang={language}")
        first = door.locator("ol.line li").first
        actions = door.locator(".thumb")
        stood = [await one.bounding_box() for one in (first, actions)]
        for number in range(4):
            facts = {"page": "kiosk", "clock_off": 3600}
            await commands.heartbeat(
                pool, office.office_id, BEGINS, f"kiosk:K{number}", "kiosk", facts
            )
        await door.reload()
        strip = door.locator(".troubles summary")
        await expect(strip).to_contain_text("K0")
        await expect(strip.locator(".sign")).to_have_text("⚠ 4")
        await expect(strip).to_be_in_viewport(ratio=1)
        assert [await one.bounding_box() for one in (first, actions)] == stood
        assert await problems(door) == []
        # a tap shows all of them
        await strip.click()
        for number in range(4):
            await expect(door.locator(".troubles li").nth(number)).to_contain_text(f"“K{number}”")
            await expect(door.locator(".troubles li").nth(number)).to_be_visible()


async def test_a_board_that_is_signed_in_reports_where_it_hangs_its_version_and_clock(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    async with device(browser, served, await token_for(pool, office, "board"), TV) as tv:
        await heard(tv, f"/board/{office.slug}?view=door")
        await expect(tv.locator("body")).to_have_attribute("data-live", "yes")
        [known] = await reads.devices(pool, office.office_id, BEGINS)
        assert (known["device"], known["trouble"]) == ("door:the board", "")
        assert known["facts"]["version"]
        assert abs(known["facts"]["clock_off"]) < 10


async def test_staff_see_a_board_that_shows_an_old_picture(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    async with (
        device(browser, served, await token_for(pool, office, "board"), TV) as tv,
        device(browser, served, await token_for(pool, office, "helper"), PHONE) as door,
    ):
        await tv.clock.install()
        await tv.route("**/board/stream", lambda route: route.abort())  # the rest is reached
        await heard(tv, f"/board/{office.slug}")
        await tv.clock.run_for(46_000)
        await expect(tv.locator("#not-live")).to_be_visible()
        async with tv.expect_response(
            lambda said: b"not_live" in (said.request.post_data_buffer or b"")
        ):
            await tv.clock.run_for(9_000)
        await heard(door, f"/door/{office.slug}")
        await expect(door.locator(".devices li")).to_have_text(note("Màn hình sảnh “the board”"))
        await expect(door.locator(".devices li")).to_have_text(note("không trực tiếp"))


async def test_a_screen_of_the_file_needs_no_sign_in_to_be_missed(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    def one_screen(file: File) -> None:
        usual: dict[str, object] = {"volume": 80, "muted": [], "top_seconds": 8}
        file["board"] = {
            **usual,
            "stale_seconds": 45,
            "message_vi": "",
            "message_en": "",
            "screens": ["lobby"],
        }

    office = await make_office(pool, change=one_screen)
    async with (
        device(browser, served, "", TV) as tv,
        device(browser, served, await token_for(pool, office, "helper"), PHONE) as door,
    ):
        await heard(door, f"/door/{office.slug}")
        await expect(door.locator(".devices li")).to_have_text(note("hôm nay chưa có tín hiệu"))
        async with tv.expect_response("**/screens/lobby") as said:
            await tv.goto(f"/board/{office.slug}?screen=lobby")
        assert (await said.value).status == 200
        await expect(door.locator(".devices li")).to_have_count(0, timeout=12_000)
        await tv.context.set_offline(True)
        await expect(door.locator(".devices li")).to_have_text(
            note("Màn hình “lobby”"), timeout=IN_TIME
        )
        assert (await tv.request.get(f"/board/{office.slug}?screen=made-up")).status == 404


async def test_a_board_anybody_opened_on_a_phone_alarms_nobody(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    async with device(browser, served, "", PHONE) as phone:
        await phone.goto(f"/board/{office.slug}")
        await expect(phone.locator("body")).to_have_attribute("data-live", "yes")
        assert await phone.locator("script[src*=heartbeat]").count() == 0
    clerk = await token_for(pool, office, "clerk")
    async with device(browser, served, clerk, TABLET) as page:
        await page.goto(f"/board/{office.slug}")
        assert await page.locator("script[src*=heartbeat]").count() == 0
    assert await reads.devices(pool, office.office_id, BEGINS) == []


async def test_a_clock_an_hour_wrong_is_told_in_plain_words(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    async with (
        device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as kiosk,
        device(browser, served, await token_for(pool, office, "clerk"), TABLET) as counter,
    ):
        await kiosk.add_init_script(
            "const real = Date; const now = real.now; Date = class extends real {"
            " constructor(...a) { super(...(a.length ? a : [Date.now()])); } };"
            " Date.now = () => now() - 3600 * 1000;"
        )
        await heard(kiosk, f"/kiosk/{office.slug}")
        await heard(counter, f"/counter/{office.slug}/1")
        await expect(counter.locator(".devices li")).to_have_text(note("đồng hồ sai 1 giờ"))
        # and the visitor is shown the service's time, not the machine's
        await expect(kiosk.locator("#clock")).to_have_text(note("^08:"))
