"""The operator's page: whoever calls is booked, moved and cancelled by keyboard alone."""

import re

import httpx2
import pytest
from playwright.async_api import Browser, Request, expect

from queue_service import db, reads
from tests.devices import book, device, staff, token_for
from tests.offices import Office, make_office
from tests.serving import BEGINS, Served, text_of
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio

PHONE = "0905 123 456"
E164 = "+84905123456"


async def visits(pool: db.Pool, office: Office) -> list[dict[str, object]]:
    return await reads.find_visits(pool, office.office_id, BEGINS, phone=E164)


def buttons(page: str, act: str) -> list[str]:
    """What each button that leads to this step would send."""
    return re.findall(rf'formaction="/hotline/{act}" name="\w+" value="([^"]*)"', page)


async def look(client: httpx2.AsyncClient, **fields: str) -> str:
    answer = await client.post("/hotline", data=fields)
    assert answer.status_code == 200
    return answer.text


async def test_a_caller_is_booked_by_words_without_accents(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "operator") as operator:
        found = await look(operator, phone=PHONE, name="Trần Thị Bé", what="chug thuc ban sao")
        slot = buttons(found, "book")[0]
        done = await operator.post(
            "/hotline/book", data={"phone": PHONE, "name": "Trần Thị Bé", "slot": slot}
        )
    assert done.status_code == 200
    visit = (await visits(pool, office))[0]
    assert (visit["name"], visit["state"]) == ("Trần Thị Bé", "booked")
    assert "Booked" in text_of(done.text)


async def test_what_another_operator_took_is_refused_and_gone(
    served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, planned=1)
    async with staff(served, pool, office, "operator") as operator:
        slot = buttons(await look(operator, phone=PHONE, what="chug thuc ban sao"), "book")[0]
        mine = {"phone": PHONE, "name": "Trần Thị Bé", "what": "chug thuc ban sao", "slot": slot}
        assert (await operator.post("/hotline/book", data=mine)).status_code == 200
        late = await operator.post(
            "/hotline/book", data={**mine, "phone": "0905 123 457", "name": "Lê Văn Tám"}
        )
    assert late.status_code == 409
    offered = buttons(late.text, "book")
    assert offered
    assert slot not in offered
    assert 'value="Lê Văn Tám"' in late.text


async def test_the_caller_moves_and_cancels_and_nobody_elses(
    served: Served, pool: db.Pool, office: Office
) -> None:
    booked = await book(served, office, office.at("09:00"))
    mine = f"{office.slug}|{booked['booking_id']}"
    async with staff(served, pool, office, "operator") as operator:
        stranger = await operator.post(
            "/hotline/cancel", data={"phone": "0905 999 999", "visit": mine}
        )
        assert stranger.status_code == 404
        asked = await look(operator, phone=PHONE, moving=mine)
        slot = buttons(asked, "move")[0]
        past = f"{mine}|{office.at('07:30').isoformat()}"
        refused = await operator.post("/hotline/move", data={"phone": PHONE, "slot": past})
        assert refused.status_code in (409, 422)
        assert slot in buttons(refused.text, "move")
        moved = await operator.post("/hotline/move", data={"phone": PHONE, "slot": slot})
        assert moved.status_code == 200
        now = (await visits(pool, office))[0]
        assert now["starts_at"] != office.at("09:00").isoformat()
        gone = await operator.post("/hotline/cancel", data={"phone": PHONE, "visit": mine})
        assert gone.status_code == 200
    assert (await visits(pool, office))[0]["state"] == "cancelled"


async def test_an_operator_sees_only_the_offices_of_the_sign_in(
    served: Served, pool: db.Pool, office: Office
) -> None:
    other = await make_office(pool)
    booked = await book(served, other, other.at("09:00"))
    async with staff(served, pool, office, "operator") as operator:
        page = text_of(await look(operator, phone=PHONE, what="chug thuc ban sao"))
        assert "No open bookings" in page
        assert other.slug not in page
        foreign = {"phone": PHONE, "visit": f"{other.slug}|{booked['booking_id']}"}
        assert (await operator.post("/hotline/cancel", data=foreign)).status_code == 404
        slot = f"{other.slug}|copy|{other.at('10:00').isoformat()}"
        there = {"phone": PHONE, "name": "Trần Thị Bé", "slot": slot}
        assert (await operator.post("/hotline/book", data=there)).status_code == 404


@pytest.mark.parametrize("role", ["clerk", "helper", "kiosk", "auditor"])
async def test_only_operators_and_managers_may_look_up_a_phone(
    served: Served, pool: db.Pool, office: Office, role: str
) -> None:
    async with staff(served, pool, office, role) as somebody:
        assert (await somebody.get("/hotline")).status_code == 403
        for path in ("", "/caller", "/book", "/cancel", "/move"):
            answer = await somebody.post(f"/hotline{path}", data={"phone": PHONE})
            assert answer.status_code == 403, path


async def test_bad_words_numbers_and_steps_are_refused_clearly(
    served: Served, pool: db.Pool, office: Office
) -> None:
    async with staff(served, pool, office, "operator") as operator:
        assert "too short" in await look(operator, phone="0905", what="<script>" * 50)
        for slot in ("", "a|b", f"{office.slug}|copy|soon"):
            sent = {"phone": PHONE, "name": "Lê Văn Tám", "slot": slot}
            assert (await operator.post("/hotline/book", data=sent)).status_code == 422
        sent = {"phone": PHONE, "name": "", "slot": f"{office.slug}|copy|{office.at('10:00')}"}
        assert (await operator.post("/hotline/book", data=sent)).status_code == 422
        assert (await operator.post("/hotline/burn", data={})).status_code == 404
    assert await visits(pool, office) == []


async def test_a_call_is_a_booking_in_under_forty_keys_and_two_round_trips(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "operator")
    trips: list[str] = []
    keys = 0

    def trip(request: Request) -> None:
        if request.is_navigation_request():
            trips.append(request.url)

    async with device(browser, served, token, {"width": 1366, "height": 768}) as page:
        await page.goto("/hotline?phone=0905123456&call=7")
        await expect(page.locator("#name")).to_be_focused()
        assert "phone" not in page.url
        page.on("request", trip)
        for text in ("Tran Thi Be", "Tab", "chug thuc ban sao", "Enter"):
            if text in ("Tab", "Enter"):
                await page.keyboard.press(text)
                keys += 1
            else:
                await page.keyboard.type(text)
                keys += len(text)
        await expect(page.locator("#times .pick").first).to_be_focused()
        assert await problems(page) == []
        await page.keyboard.press("Enter")
        keys += 1
        await expect(page.locator("#line")).to_be_visible()
        assert await problems(page) == []
        code = (await visits(pool, office))[0]["code"]
        assert str(code) in (await page.inner_text("#line")).replace(" ", "")
    assert keys <= 40
    assert len(trips) == 2


async def test_bookings_appear_as_the_number_is_typed(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    await book(served, office, office.at("09:00"))
    token = await token_for(pool, office, "operator")
    async with device(browser, served, token, {"width": 390, "height": 740}) as page:
        await page.goto("/hotline")
        await page.keyboard.type("0905123456")
        await expect(page.locator("#caller")).to_contain_text("Nguyễn Thị Ánh")
        assert await problems(page) == []
