"""The kiosk for everybody: whatever the scanner sends, without a phone, without seeing, unwell."""

import asyncio
import re
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, Page, Route, expect

from queue_service import db, reads
from tests.devices import KIOSK, TABLET, book, device, scan, staff, token_for
from tests.kiosk.test_kiosk import at_the_door, to_kiosk, vi
from tests.offices import File, Office, make_office
from tests.serving import BEGINS, Served
from tests.test_accessibility import faint, problems

pytestmark = pytest.mark.anyio
CARD = "048090001234||Nguyễn Thị Ánh|01021950|Nữ|Tổ 5, Thọ Quang, Sơn Trà, Đà Nẵng|01052021"
# Playwright's own keyboard has no key for Vietnamese letters; a scanner's driver has.
SCANNER = """text => { for (const key of [...text, "Enter"]) {
  document.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
} }"""


def asks(**door: object) -> Any:
    def change(file: File) -> None:
        usual = {"entry_check": False, "one_number": False, "question_vi": "", "question_en": ""}
        file["door"] = usual | door
        for n, service in enumerate(file["services"]):
            service["field_vi"], service["field_en"] = f"Lĩnh vực {n}", f"Field {n}"

    return change


class Touches:
    """Counts every touch, as a visitor's finger would."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    async def on(self, selector: str) -> None:
        self.count += 1
        await self.page.locator(selector).click()


async def test_an_old_visitor_without_a_phone_needs_four_touches_the_check_included(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, change=asks(entry_check=True))
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        touch = Touches(page)
        await touch.on('.door[data-act="walk_in"]')
        await touch.on('.tile >> text="Lĩnh vực 0"')
        await touch.on(".tile >> nth=0")
        await expect(page.locator("#check-ask-question")).to_have_text(vi("check_question"))
        assert await problems(page) == []
        await touch.on('[data-act="take_number"]')
        await expect(page.locator(".number strong")).to_have_text("A001")
        assert touch.count <= 4
    [visit] = await at_the_door(pool, office)
    assert visit["checked"]


async def test_a_visitor_with_a_qr_is_asked_the_check_with_one_touch(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    question = {"question_vi": "Nhiệt độ của ông/bà trên 37,5 °C?", "question_en": "Above 37.5 °C?"}
    office = await make_office(
        pool, rules={"earliness_minutes": 90}, change=asks(entry_check=True, **question)
    )
    booked = await book(served, office, office.at("09:00"))
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await scan(page, booked["ticket_url"])
        await expect(page.locator("#check-question")).to_have_text(question["question_vi"])
        assert await problems(page) == []
        touch = Touches(page)
        await touch.on('[data-screen="check"] [data-act="check_passed"]')
        await expect(page.locator("#headline")).to_have_text(vi("enter"))
        assert touch.count == 1


async def test_who_is_unwell_is_offered_other_ways_and_has_no_number(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, change=asks(entry_check=True))
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await page.locator('.door[data-act="walk_in"]').click()
        await page.locator('.tile >> text="Lĩnh vực 0"').click()
        await page.locator(".tile").first.click()
        await page.locator("#check-no").click()
        await expect(page.locator("#headline")).to_have_text(vi("not_passed"))
        await expect(page.locator("#message")).to_contain_text("tổng đài")
        await expect(page.locator("#slip strong")).to_contain_text("1022")
        assert await problems(page) == []
        with Image.open(BytesIO(await page.locator("#slip .qr").screenshot())) as picture:
            [read] = zxingcpp.read_barcodes(picture.convert("L"))
        assert read.text == f"{served.settings.address}/o/{office.slug}"
        await page.locator("#language").click()
        await expect(page.locator("#message")).to_contain_text("hotline")
    assert await at_the_door(pool, office) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https:/", "not_read"),  # half a link
        ("https://queue.example/t/AAAA", "not_read"),
        ("https://zalo.me/0236", "not_read"),
        ("https://q.example/t/" + "A" * 24 + "https://q.example/t/" + "B" * 24, "two_codes"),
        ("0123456789" * 2, "two_codes"),
        ("\x02#\x7f%&)", "invalid"),
    ],
    ids=[
        "the beginning of a link",
        "half a link",
        "a link of others",
        "two links",
        "two codes",
        "noise",
    ],
)
async def test_whatever_the_scanner_sends_is_a_screen_that_says_what_to_do(
    browser: Browser, served: Served, pool: db.Pool, office: Office, text: str, said: str
) -> None:
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await page.evaluate(SCANNER, text)  # in one breath, however busy this machine is
        await expect(page.locator("#headline")).to_have_text(vi(said))
        await expect(page.locator("#message")).not_to_be_empty()


@pytest.mark.parametrize("delay", [0, 30, 120])
async def test_a_scanner_may_be_as_slow_as_it_likes(
    browser: Browser, served: Served, pool: db.Pool, delay: int
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90})
    booked = await book(served, office, office.at("09:00"))
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await page.keyboard.type(booked["ticket_url"], delay=delay)
        await expect(page.locator("#headline")).to_have_text(vi("enter"))


@pytest.mark.parametrize("suffix", ["Enter", ""])
@pytest.mark.parametrize("first", [4, 8, 9])
async def test_a_code_that_comes_in_two_pieces_is_one_code(
    browser: Browser, served: Served, pool: db.Pool, first: int, suffix: str
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90})
    code = (await book(served, office, office.at("09:00")))["code"]
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await scan(page, code[:first], suffix="")
        come = re.compile(r"^" + r"\s?".join(code[:first]) + "$")
        await expect(page.locator("#code")).to_have_text(come)
        await scan(page, code[first:], suffix)
        await expect(page.locator("#headline")).to_have_text(vi("enter"))


async def test_a_second_code_during_the_first_is_told_and_not_lost_in_silence(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90})
    first = await book(served, office, office.at("09:00"))
    second = await book(served, office, office.at("09:00"), phone="0905123457")
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)

        async def slowly(route: Any) -> None:
            await page.wait_for_timeout(1500)
            await route.continue_()

        await page.route("**/arrivals", slowly)
        await scan(page, first["ticket_url"])
        await expect(page.locator("[data-screen=working]")).to_be_visible()
        await scan(page, second["ticket_url"])
        await expect(page.locator("#headline")).to_have_text(vi("enter"))
        await expect(page.locator("#noted")).to_have_text(vi("second_again"))
        await scan(page, second["ticket_url"])
        await expect(page.locator(".number strong")).to_have_text("A002", timeout=10_000)


async def test_a_phone_and_the_last_four_digits_let_in_who_forgot_the_code(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90})
    booked = await book(served, office, office.at("09:00"))
    async with device(browser, served, await token_for(pool, office, "kiosk"), TABLET) as page:
        await to_kiosk(page, office)
        await page.locator('.door[data-act="booked"]').click()
        await page.locator("#by-phone").click()
        for digit in "0905123456":
            await page.locator(f'[data-digit="{digit}"]').click()
        await page.locator('[data-act="submit_code"]').click()
        await expect(page.locator("#code-title")).to_have_text(vi("last_title"))
        assert await problems(page) == []
        for digit in booked["code"][-4:]:
            await page.locator(f'[data-digit="{digit}"]').click()
        await expect(page.locator("#headline")).to_have_text(vi("enter"))
        assert "0905123456" not in await page.content()


async def test_a_citizen_card_fills_the_name_and_one_card_gets_one_number(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, change=asks(one_number=True))
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        for said in (vi("enter"), vi("has_number")):
            await page.evaluate(SCANNER, CARD)
            await page.locator('.tile >> text="Lĩnh vực 0"').click()
            await page.locator(".tile").first.click()
            await expect(page.locator("#party-of-one")).to_have_text("Nguyễn Thị Ánh")
            await page.locator('[data-act="take_number"]').click()
            await expect(page.locator("#headline")).to_have_text(said)
            await page.keyboard.press("Escape")
            # the next visitor sees nothing of the one before
            content = await page.content()
            assert "Ánh" not in content
            assert CARD[:12] not in content
    [visit] = await at_the_door(pool, office)
    assert visit["name"] == "Nguyễn Thị Ánh"


async def test_a_phone_typed_for_one_number_is_not_kept(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, change=asks(one_number=True))
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await page.locator('.door[data-act="walk_in"]').click()
        await page.locator('.tile >> text="Lĩnh vực 0"').click()
        await page.locator(".tile").first.click()
        await page.locator('[data-act="take_number"]').click()
        await expect(page.locator("#code-title")).to_have_text(vi("person_title"))
        for digit in "0905123456":
            await page.locator(f'[data-digit="{digit}"]').click()
        await page.locator('[data-act="submit_code"]').click()
        await expect(page.locator(".number strong")).to_have_text("A001")
    [visit] = await at_the_door(pool, office)
    assert visit["phone"] == ""


async def test_who_is_quicker_than_the_list_of_services_sees_it_when_it_comes(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, change=asks())
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        may_come = asyncio.Event()

        async def slowly(route: Route) -> None:
            await may_come.wait()
            await route.continue_()

        await page.route("**/services", slowly)
        await to_kiosk(page, office)
        await page.locator('.door[data-act="walk_in"]').click()
        await expect(page.locator("#choose-title")).to_be_visible()
        await expect(page.locator(".tile")).to_have_count(0)
        may_come.set()
        await expect(page.locator('.tile >> text="Lĩnh vực 0"')).to_be_visible()


async def test_a_blind_visitor_hears_the_screens_and_takes_a_number_by_a_keypad(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, change=asks())
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)

        async def hears(*parts: str) -> None:
            for part in parts:
                await expect(page.locator("body")).to_have_attribute(
                    "data-said", re.compile(re.escape(part)), timeout=15_000
                )

        await page.keyboard.press("*")
        await hears("Bấm phím 2: Chưa có hẹn")
        await page.keyboard.press("2")
        await hears("Bấm phím 1: Lĩnh vực 0")
        await page.keyboard.press("1")
        await hears("Bấm phím 1: Chứng thực bản sao")
        await page.keyboard.press("1")
        await hears("Đi xe lăn")
        await page.keyboard.press("1")
        await hears("A001")
        await expect(page.locator(".number strong")).to_have_text("A001")
        await page.keyboard.press("1")
        await hears(vi("noted_done").pattern.replace("\\", ""))
        await page.keyboard.press("Escape")
        await expect(page.locator("[data-screen=start]")).to_be_visible()
        assert "A001" not in await page.content()
    [visit] = await at_the_door(pool, office)
    assert visit["slip"] == "phone"


async def test_what_is_read_aloud_is_a_sound_and_for_devices_alone(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "kiosk") as kiosk:
        address = f"/kiosk/{office.slug}/speech"
        said = await kiosk.post(address, json={"language": "vi", "text": "Mời ông/bà vào [[x]]"})
        assert said.status_code == 200
        assert said.headers["cache-control"] == "no-store"
        samples = memoryview(said.content[44:]).cast("h")
        assert 22050 < len(samples) < 5 * 22050
        assert max(samples) > 3000
        for bad in ({"language": "xx", "text": "a"}, {"text": "a"}, ["a"]):
            assert (await kiosk.post(address, json=bad)).status_code == 400
    async with staff(served, pool, office, "board") as board:
        assert (await board.post(address, json={"language": "vi", "text": "a"})).status_code == 403


async def test_help_is_called_with_one_touch_and_the_visitor_is_told_who_comes(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    async with (
        device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page,
        staff(served, pool, office, "clerk") as clerk,
    ):
        await to_kiosk(page, office)
        await page.locator('[data-act="help"]').click()
        await expect(page.locator("#helped")).to_have_text(vi("helped"))
        for address in (f"/counter/{office.slug}/1", f"/door/{office.slug}"):
            seen = (await clerk.get(address)).text
            assert "Somebody needs help at the kiosk" in seen, address
        # the call is not forgotten when the screen goes back to the start
        await page.keyboard.press("Escape")
        await expect(page.locator("#helped")).to_have_text(vi("helped"))
        lines = await reads.queue(pool, office.office_id, BEGINS)
        [call] = lines["help"]
        fields = {"help": call["help_id"], "key": "one"}
        assert (await clerk.post(f"/counter/{office.slug}/1/help", data=fields)).status_code == 303
        assert "Somebody needs help" not in (await clerk.get(f"/door/{office.slug}")).text
        await expect(page.locator("#helped")).to_have_text(vi("helped_coming"), timeout=10_000)
        await page.locator("#language").click()
        await expect(page.locator("#helped")).to_have_text("Somebody is coming to you now.")
        assert await faint(page) == []


async def test_who_called_and_is_not_answered_is_told_what_else_to_do(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await page.clock.install()
        await to_kiosk(page, office)
        await page.locator('[data-act="help"]').click()
        await expect(page.locator("#helped")).to_have_text(vi("helped"))
        for _ in range(45):
            async with page.expect_response("**/help/*"):
                await page.clock.run_for(3_000)
            await page.wait_for_timeout(20)
            if await page.locator("#helped").get_attribute("data-word") != "helped":
                break
        await expect(page.locator("#helped")).to_have_text(vi("helped_alone"))
        await page.clock.run_for(61_000)
        await expect(page.locator("#helped")).to_be_hidden()


async def test_the_next_visitor_finds_everything_as_it_was(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        for tool in ("large", "contrast", "listen"):
            await page.locator(f'[data-act="{tool}"]').click()
        await page.keyboard.press("Escape")
        assert (await page.locator("body").get_attribute("class") or "") == ""


@pytest.mark.parametrize("way", ["left alone", "start again", "the next scan", "back"])
async def test_nothing_of_the_visitor_before_is_left_anywhere_in_the_page(
    browser: Browser, served: Served, pool: db.Pool, way: str
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90}, change=asks(one_number=True))
    booked = await book(served, office, office.at("09:00"))
    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await page.clock.install()
        await to_kiosk(page, office)
        steps = (".tile >> nth=0", ".tile >> nth=0", '[data-act="take_number"]')
        screens = ("choose", "choose", "confirm", "result")
        for stage, shown in enumerate(screens):
            await page.evaluate(SCANNER, CARD)
            await expect(page.locator("[data-screen=choose]")).to_be_visible()
            for step in steps[:stage]:
                await page.locator(step).click()
            await expect(page.locator("body")).to_have_attribute("data-now", shown)
            if way == "left alone":
                await page.clock.fast_forward(21_000)
            elif way == "start again":
                await page.keyboard.press("Escape")
            elif way == "the next scan":
                async with page.expect_response("**/arrivals"):
                    await scan(page, booked["ticket_url"])
                await expect(page.locator("body")).to_have_attribute("data-now", "result")
                await page.clock.fast_forward(21_000)
            else:
                while await page.locator("#back").is_visible():
                    await page.locator("#back").click()
                await page.clock.fast_forward(21_000)
            await expect(page.locator("[data-screen=start]")).to_be_visible()
            whole = await page.evaluate(
                "document.documentElement.outerHTML + document.title + location.href +"
                " Array.from(document.querySelectorAll('input'), i => i.value).join() +"
                " JSON.stringify([{...localStorage}, {...sessionStorage}])"
            )
            for trace in ("Ánh", CARD[:12], booked["code"], booked["token"], "A001", "A002"):
                assert trace not in whole, (stage, trace)


async def test_a_scanner_that_sends_noise_again_and_again_is_a_line_for_staff(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"earliness_minutes": 90})
    booked = await book(served, office, office.at("09:00"))

    async def troubles() -> list[str]:
        known = await reads.devices(pool, office.office_id, BEGINS)
        return [one["trouble"] for one in known if one["trouble"]]

    def beats(page: Page) -> Any:
        return page.expect_response("**/heartbeat", timeout=12_000)

    async with device(browser, served, await token_for(pool, office, "kiosk"), KIOSK) as page:
        await to_kiosk(page, office)
        await scan(page, booked["ticket_url"][:30])  # half a code
        await expect(page.locator("#headline")).to_have_text(vi("not_read"))
        async with beats(page):
            pass
        assert await troubles() == []  # once is chance
        await scan(page, "\x02#\x7f%&)")
        await expect(page.locator("body")).to_have_attribute("data-trouble", "scanner")
        async with beats(page):
            pass
        assert await troubles() == ["scanner"]
        async with staff(served, pool, office, "helper") as helper:
            assert (
                "its scanner sends what cannot be read"
                in (await helper.get(f"/door/{office.slug}")).text
            )
        await scan(page, booked["ticket_url"])
        await expect(page.locator("#headline")).to_have_text(vi("enter"))
        async with beats(page):
            pass
        assert await troubles() == []
