"""The operator's page: whoever calls is booked, moved and cancelled by keyboard alone."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from playwright.async_api import Browser, Page, Request, expect

from queue_service import commands, db, reads, tickets
from tests.devices import book, device, staff, token_for
from tests.fairness import fair
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
        slot = buttons(found, "book")[2]  # the first may be too soon by the time it is asked for
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


class Typist:
    """Works a page by keyboard alone; counts the keys and the pages they led to."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys, self.trips = page, 0, 0
        page.on("request", self._trip)

    def _trip(self, request: Request) -> None:
        self.trips += request.is_navigation_request()

    async def press(self, *keys: str) -> None:
        for key in keys:
            if key in ("Tab", "Enter", "Shift+Tab"):
                await self.page.keyboard.press(key)
                self.keys += 1
            else:
                await self.page.keyboard.type(key)
                self.keys += len(key)

    async def is_at(self, field: str) -> None:
        await expect(self.page.locator(f"#{field}")).to_be_focused()


async def test_a_call_is_a_booking_in_forty_keys_and_two_round_trips(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "operator")
    async with device(browser, served, token, {"width": 1366, "height": 768}) as page:
        await page.goto("/hotline?phone=0905123456&call=7")
        await page.wait_for_url("**/hotline")
        typist = Typist(page)
        await typist.is_at("name")
        await typist.press("Tran Thi Be", "Tab", "chug thuc ban sao", "Enter")
        await typist.is_at("choice")
        assert await problems(page) == []
        await typist.press("2", "Enter")
        await expect(page.locator("#line")).to_be_visible()
        assert await problems(page) == []
        [visit] = await visits(pool, office)
        assert str(visit["code"]) in (await page.inner_text("#line")).replace(" ", "")
    print(f"a booking by keyboard: {typist.keys} keys, {typist.trips} round trips")
    # At a slow 3 keys a second and half a second a page this is 14 seconds of hands-on time.
    assert typist.keys / 3 + typist.trips * 0.5 < 20
    assert (typist.keys <= 40, typist.trips) == (True, 2)


async def test_a_second_enter_after_a_search_books_nothing(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "operator")
    async with device(browser, served, token, {"width": 1366, "height": 768}) as page:
        await page.goto("/hotline")
        typist = Typist(page)
        await typist.is_at("phone")
        await typist.press("0905123456", "Tab", "Be", "Tab", "chug thuc ban sao", "Enter")
        await typist.is_at("choice")
        for more in ("", "", "77"):
            await typist.press(more)
            async with page.expect_navigation():
                await typist.press("Enter")
            await typist.is_at("choice")
        await expect(page.locator("#choice-error")).to_be_visible()
    assert await visits(pool, office) == []


async def test_a_hamlet_head_books_five_elders_from_one_phone(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    token = await token_for(pool, office, "operator")
    async with device(browser, served, token, {"width": 1366, "height": 768}) as page:
        await page.goto("/hotline?phone=0905123456")
        await page.wait_for_url("**/hotline")
        typist = Typist(page)
        await typist.is_at("name")
        await typist.press("Cu Mot", "Tab", "chug thuc ban sao", "Enter")
        await typist.is_at("choice")
        await typist.press("3", "Enter")
        await typist.is_at("name")  # the next person keeps phone, matter and office
        before = typist.keys
        await typist.press("Cu Hai", "Enter")
        await typist.is_at("choice")
        await typist.press("3", "Enter")
        assert typist.keys - before <= 10
        await typist.is_at("name")
        await typist.press("Cu Ba", "Enter")
        await typist.is_at("choice")
        await typist.press("3", "Enter")
        await typist.is_at("reason")  # the phone holds all it may
        assert await problems(page) == []
        assert len(await visits(pool, office)) == 2
        await typist.press("To truong dat ho cac cu", "Enter")
        await typist.is_at("name")
        for name in ("Cu Bon", "Cu Nam"):
            await typist.press(name, "Enter")
            await typist.is_at("choice")
            await typist.press("3", "Enter")
            await typist.is_at("name")
    names = {str(visit["name"]) for visit in await visits(pool, office)}
    assert names == {"Cu Mot", "Cu Hai", "Cu Ba", "Cu Bon", "Cu Nam"}
    over = await reads.over_limits(pool, BEGINS + timedelta(hours=1), [office.office_id], 1)
    assert {row["facts"]["reason"] for row in over} == {"To truong dat ho cac cu"}
    assert len(over) == 3


async def test_what_another_operator_takes_disappears_and_the_rest_stays_as_it_was(
    browser: Browser, served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool, planned=1)
    token = await token_for(pool, office, "operator")
    async with device(browser, served, token, {"width": 1366, "height": 768}) as page:
        await page.goto("/hotline?phone=0905123456")
        await page.wait_for_url("**/hotline")
        typist = Typist(page)
        await typist.is_at("name")
        await typist.press("Tran Thi Be", "Tab", "chug thuc ban sao", "Enter")
        await typist.is_at("choice")
        await typist.press("4")
        slot = str(await page.get_attribute("#li3 button", "value"))
        await book(served, office, datetime.fromisoformat(slot.rpartition("|")[2]))
        await expect(page.locator("#li3")).to_have_count(0)
        await expect(page.locator("#say")).to_contain_text("3")
        await typist.is_at("choice")
        assert await page.input_value("#choice") == "4"
        wanted = str(await page.get_attribute("#li4 button", "value"))
        assert await problems(page) == []
        await typist.press("Enter")
        await expect(page.locator("#line")).to_be_visible()
    mine = [visit for visit in await visits(pool, office) if visit["name"] == "Tran Thi Be"]
    [at] = [datetime.fromisoformat(str(visit["starts_at"])) for visit in mine]
    assert at == datetime.fromisoformat(wanted.rpartition("|")[2])


async def test_cancelling_asks_once_and_enter_alone_does_not_answer(
    browser: Browser, served: Served, pool: db.Pool, office: Office
) -> None:
    await book(served, office, office.at("09:00"))
    token = await token_for(pool, office, "operator")
    async with device(browser, served, token, {"width": 1366, "height": 768}) as page:
        await page.goto("/hotline?phone=0905123456")
        await page.wait_for_url("**/hotline")
        typist = Typist(page)
        await page.locator("#caller .button.bad").focus()
        await typist.press("Enter")
        await typist.is_at("cancelling")
        assert await problems(page) == []
        await typist.press("Enter")
        await typist.is_at("cancelling")
        assert (await visits(pool, office))[0]["state"] == "booked"
        await typist.press("Tab", "Enter")
        await expect(page.locator(".status.warn")).to_be_visible()
    assert (await visits(pool, office))[0]["state"] == "cancelled"


@pytest.mark.parametrize("script", [True, False])
async def test_it_works_without_scripts_and_the_callers_number_is_in_no_address(
    browser: Browser, served: Served, pool: db.Pool, office: Office, script: bool
) -> None:
    token = await token_for(pool, office, "operator")
    async with device(browser, served, "", {"width": 390, "height": 740}, script) as page:
        seen: list[str] = []
        page.on("request", lambda request: seen.append(f"{request.url} {request.headers}"))
        await page.goto("/hotline?phone=%2B84905123456")
        await page.wait_for_url("**/sign-in?next=%2Fhotline")
        await page.fill("#token", token)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/hotline")
        assert await page.input_value("#phone") == "+84905123456"
        await page.fill("#name", "Tran Thi Be")
        await page.fill("#what", "chug thuc ban sao")
        await page.keyboard.press("Enter")
        await expect(page.locator("#choice")).to_be_focused()
        await page.keyboard.type("2")
        await page.keyboard.press("Enter")
        await expect(page.locator("#line")).to_be_visible()
        await expect(page.locator("#copy")).to_be_visible(visible=script)  # it needs a script
        await expect(page.get_by_role("link", name="Hộp thư đến")).to_be_visible()
        assert len(await visits(pool, office)) == 1
        assert [one for one in seen[1:] if "905123456" in one] == []  # nor as a referrer
        await page.reload()  # the number was kept for one opening
        await page.goto("/hotline")
        assert await page.input_value("#phone") == ""


async def test_the_code_and_the_online_link_are_sent_by_text(served: Served, pool: db.Pool) -> None:
    url = "https://dichvucong.gov.vn"
    channel = {"service_id": "copy", "channel": "online", "mode": "offered", "url": url}

    def online(file: dict[str, Any]) -> None:
        file["channels"] = [{**channel, "valid_from": "-infinity", "valid_to": "infinity"}]

    office = await make_office(pool, change=online)
    booked = await book(served, office, office.at("09:00"))
    async with staff(served, pool, office, "operator") as operator:
        page = await look(operator, phone=PHONE, what="chug thuc ban sao")
        assert page.index(url) < page.index("/hotline/book")
        send = {"phone": PHONE, "send": f"{office.slug}|{booked['booking_id']}"}
        assert (await operator.post("/hotline/send", data=send)).status_code == 200
        link = {"phone": PHONE, "link": f"{office.slug}|copy"}
        assert (await operator.post("/hotline/link", data=link)).status_code == 200
        stranger = {**send, "phone": "0905 999 999"}
        assert (await operator.post("/hotline/send", data=stranger)).status_code == 404
        answers = [(await operator.post("/hotline/link", data=link)).status_code for _ in range(9)]
        assert answers == [*[200] * 8, 429]
    later = BEGINS + timedelta(hours=1)
    jobs = await commands.claim_jobs(pool, office.office_id, later, 50)
    sent = [job["facts"] for job in jobs if job["kind"] == "answer"]
    assert {facts["phone"] for facts in sent} == {E164}
    code = tickets.group_code(booked["code"])
    assert [code in facts["text"] for facts in sent[:1]] == [True]
    assert url in sent[1]["text"]


async def test_who_can_wait_is_called_back_and_booked_from_the_list(
    served: Served, pool: db.Pool, office: Office
) -> None:
    who = {"phone": PHONE, "name": "Trần Thị Bé"}
    async with staff(served, pool, office, "operator") as operator:
        page = await look(operator, **who, what="chug thuc ban sao")
        [wait] = buttons(page, "wait")
        assert (await operator.post("/hotline/wait", data={**who, "wait": wait})).status_code == 200
        listed = (await operator.get("/hotline/call-backs")).text
        assert "Trần Thị Bé" in listed
        call_back = re.findall(r'name="call_back" value="([^"]*)"', listed)[0]
        slot = buttons(page, "book")[3]
        asked = {**who, "call_back": call_back, "slot": slot}
        assert (await operator.post("/hotline/book", data=asked)).status_code == 200
        assert "Trần Thị Bé" not in (await operator.get("/hotline/call-backs")).text
        again = await operator.post("/hotline/call-backs", data={"done": call_back})
        assert again.status_code == 409
    async with staff(served, pool, office, "clerk") as clerk:
        assert (await clerk.get("/hotline/call-backs")).status_code == 200
    elsewhere = await make_office(pool)
    async with staff(served, pool, elsewhere, "clerk") as stranger:
        foreign = await stranger.post("/hotline/call-backs", data={"done": call_back})
        assert foreign.status_code == 404


@pytest.mark.parametrize("width", [390, 1366])
async def test_the_call_back_list_can_be_used_by_everybody(
    browser: Browser, served: Served, pool: db.Pool, office: Office, width: int
) -> None:
    for name in ("Trần Thị Bé", "Lê Văn Tám"):
        await commands.call_back_later(
            *(pool, office.office_id, BEGINS, "operator:An", None, uuid4(), "copy", name, E164)
        )
    token = await token_for(pool, office, "operator")
    async with device(browser, served, token, {"width": width, "height": 844}) as page:
        await page.goto("/hotline/call-backs")
        assert await problems(page) == []
        assert await page.locator(".line li .who").all_inner_texts() != []
        first = page.locator(".line li").first
        await expect(first).to_contain_text("Trần Thị Bé")  # the oldest
        await first.locator("[name=no_answer]").press("Enter")
        await expect(first).to_contain_text("không nghe máy: 1 lần")
        await first.locator("form[action='/hotline'] button").press("Enter")
        await expect(page.locator("#choice")).to_be_focused()
        await page.keyboard.type("3")
        await page.keyboard.press("Enter")
        await expect(page.locator("#line")).to_contain_text("Trần Thị Bé")
        await page.goto("/hotline/call-backs")
        await expect(page.locator(".line li")).to_have_count(1)
        await expect(first).to_contain_text("Lê Văn Tám")


@pytest.mark.parametrize(
    ("when", "first"),
    [("mai", "2026-04-01T07:30"), ("T5 chieu", "2026-04-02T13:30"), ("10h", "2026-03-31T10:00")],
)
async def test_the_caller_says_from_when(
    served: Served, pool: db.Pool, office: Office, when: str, first: str
) -> None:
    async with staff(served, pool, office, "operator") as operator:
        page = await look(operator, phone=PHONE, what="chug thuc ban sao", when=when)
        assert first in buttons(page, "book")[0]
        unread = await look(operator, phone=PHONE, what="chug thuc ban sao", when="zzz")
        assert "could not be read" in unread


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


async def test_what_was_done_in_a_call_is_there_when_the_call_is_opened_again(
    served: Served, pool: db.Pool, office: Office
) -> None:
    call = f"c-{uuid4().hex[:12]}"
    async with staff(served, pool, office, "operator") as operator:
        opened = await operator.get(f"/hotline?phone=0905123456&call={call}")
        assert (opened.status_code, call in opened.headers["location"]) == (303, False)
        page = (await operator.get("/hotline")).text
        assert f'name="call" value="{call}"' in page
        who = {"phone": PHONE, "name": "Trần Thị Bé", "call": call}
        slot = buttons(await look(operator, **who, what="chug thuc", party="3"), "book")[2]
        more = {"party": "3", "note": "Cụ ngồi xe lăn"}
        done = await operator.post("/hotline/book", data={**who, **more, "slot": slot})
        assert "Done in this call" in done.text
        visit = (await visits(pool, office))[0]
        assert (visit["party_size"], visit["note"]) == (3, "Cụ ngồi xe lăn")
        own = f"{office.slug}|{visit['visit_id']}"
        await operator.post("/hotline/cancel", data={**who, "visit": own})
        await operator.get(f"/hotline?call={call}")
        again = text_of((await operator.get("/hotline")).text)
        assert "Trần Thị Bé" in again
        assert "Cụ ngồi xe lăn" in again
        assert again.index("Booked") < again.index("Cancelled")
        other = text_of((await operator.get("/hotline?call=other", follow_redirects=True)).text)
        assert "Trần Thị Bé" not in other
        await operator.get('/hotline?call="><script>')
        assert (
            "script>"
            not in (await operator.get("/hotline")).text.split("</head>")[1].split("<script src")[0]
        )


async def test_parties_are_offered_times_that_hold_them(served: Served, pool: db.Pool) -> None:
    office = await make_office(pool, area_cap=4, planned=3)
    async with staff(served, pool, office, "operator") as operator:
        who = {"phone": PHONE, "name": "Trần Thị Bé", "what": "chug thuc"}
        first = buttons(await look(operator, **who, party="3"), "book")[1]
        asked = {**who, "party": "3", "slot": first}
        assert (await operator.post("/hotline/book", data=asked)).status_code == 200
        for_three = buttons(await look(operator, **who, party="3"), "book")
        assert first not in for_three
        assert first in buttons(await look(operator, **who), "book")
        for wrong in ("9", "0", "ba"):
            refused = await operator.post("/hotline/book", data={**asked, "party": wrong})
            assert (refused.status_code, 'href="#party"' in refused.text) == (422, True)


async def test_a_scarce_service_is_booked_for_who_is_named_by_the_card(
    served: Served, pool: db.Pool, owner: db.Connection
) -> None:
    office = await make_office(pool, change=fair("copy", "5.000001"))
    async with staff(served, pool, office, "operator") as operator:
        who = {"phone": PHONE, "name": "Trần Thị Bé", "what": "chug thuc"}
        page = await look(operator, **who)
        assert 'name="identity"' in page
        slot = buttons(page, "book")[2]
        missing = await operator.post("/hotline/book", data={**who, "slot": slot})
        assert (missing.status_code, 'href="#identity"' in missing.text) == (422, True)
        again = re.findall(r'name="again" value="([^"]*)"', missing.text)[0]
        wrong = await operator.post("/hotline", data={**who, "again": again, "identity": "12"})
        assert 'href="#identity"' in wrong.text
        done = await operator.post(
            "/hotline", data={**who, "again": again, "identity": "048 080 001 234"}
        )
        assert "Booked" in text_of(done.text)
        assert "048" not in done.text.split('id="line"')[1]
        other = buttons(await look(operator, **who), "book")[3]
        second = await operator.post(
            "/hotline/book", data={**who, "slot": other, "identity": "048080001234"}
        )
        assert "This person already holds an appointment" in text_of(second.text)
    kept = await owner.fetch(
        "select v::text as row from queue.visit as v where office_id = $1", office.office_id
    )
    assert not any("048080001234" in row["row"] for row in kept)


@pytest.mark.parametrize("written", ["0905%20123%20456", "+84%20905%20123%20456", "%2B84905123456"])
async def test_a_number_is_taken_as_the_hotlines_own_software_writes_it(
    served: Served, pool: db.Pool, office: Office, written: str
) -> None:
    async with staff(served, pool, office, "operator") as operator:
        await operator.get(f"/hotline?phone={written}")
        page = text_of((await operator.get("/hotline")).text)
    assert "Bookings of 0905 123 456" in page
