"""What a visitor meets at the door of an office with a box: the pages and API of hub and box."""

import io
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Browser, expect

from queue_service import commands, db, reads, tokens
from queue_service.api.signing import keys_of
from queue_service.hub_line import HubLine
from queue_service.settings import Settings
from queue_service.talk import Talk
from tests.devices import KIOSK, PHONE, book, device, staff, token_for
from tests.floors import Box, empty_database
from tests.kiosk.test_kiosk import to_kiosk, vi
from tests.lobby import Lobby, moment
from tests.offices import Office, make_office
from tests.serving import BEGINS, Served, serve, text_of
from tests.sql.test_one_number import one_number
from tests.test_accessibility import problems

pytestmark = pytest.mark.anyio


@pytest.fixture
async def at_box(
    settings: Settings, served: Served, database: db.Database, tmp_path: Path
) -> AsyncGenerator[Any, None]:
    """Starts the application of a box beside the hub's, on a database of its own."""
    async with empty_database(database) as mine, db.connect(mine.app_url, 2) as own:

        async def begin(office: Office, heard: datetime) -> tuple[Box, Settings]:
            box = Box(served.pool, own, office)
            await box.begin(heard, "Hộp 1")
            answer = await box.tell(heard, await box.word(heard))
            keys = keys_of(settings).public_keys(office.office_id)
            told = {str(no): urlsafe_b64encode(key).decode()[:-1] for no, key in keys.items()}
            await commands.box_heard(own, office.office_id, heard, answer, told)
            token = await tokens.make(served.pool, BEGINS, "box", [office.office_id])
            return box, replace(
                settings,
                database_url=mine.app_url,
                database_owner_url=mine.owner_url,
                data_dir=tmp_path,
                box_hub=served.url,
                box_office=office.slug,
                box_token=token,
            )

        yield begin


CUT = BEGINS - timedelta(minutes=10)  # when the hub was last heard of


async def test_a_visitor_whose_code_is_unknown_says_at_the_kiosk_what_they_came_for(
    browser: Browser, served: Served, at_box: Any, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"lead_minutes": 30, "earliness_minutes": 30})
    box, mine = await at_box(office, CUT)
    booked = await book(served, office, office.at("08:35"))
    async with serve(mine, box.pool) as there:
        key = await token_for(box.pool, office, "kiosk")
        async with device(browser, there, key, KIOSK) as page:
            await to_kiosk(page, office)
            await page.keyboard.type(booked["code"])
            await expect(page.locator("#headline")).to_have_text(vi("unheard"))
            await expect(page.locator("#message")).to_contain_text("Đường truyền")
            assert await problems(page) == []
            await page.get_by_role("button", name=vi("say_service")).click()
            await page.locator(".tile").first.click()
            await page.locator('[data-act="take_number"]').click()
            await expect(page.locator(".number strong")).to_have_text("A001")
        # and who then finds the ticket on the phone shows it, and has no second number
        async with staff(there, box.pool, office, "helper") as helper:
            answer = await helper.post(
                f"/api/v1/offices/{office.slug}/arrivals",
                json={"ticket": await qr_of(served, booked["token"])},
            )
            shown = answer.json()
            assert (shown["decision"], shown["number"]) == ("already_in", "A001"), shown
    [entry] = [e for e in (await box.word("09:30"))["entries"] if e["kind"] == "visit"]
    assert entry["body"]["says_booked"]["code"] == booked["code"]
    await box.heal("09:30")
    seen = await box.hub.visit({"visit_id": booked["booking_id"]})
    assert seen["state"] == "cancelled"  # its place is the visit's that came
    ticket = await httpx(served, "GET", f"tickets/{booked['token']}")
    assert ticket["number"] == "A001"


async def qr_of(served: Served, token: str) -> str:
    """What a scanner reads from the ticket page's picture."""
    async with httpx2.AsyncClient(base_url=served.url) as client:
        answer = await client.get(f"/t/{token}/qr.png")
        assert answer.status_code == 200
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.content)))
    return found.text


async def httpx(served: Served, method: str, path: str, **more: Any) -> dict[str, Any]:
    async with httpx2.AsyncClient(base_url=f"{served.url}/api/v1/") as client:
        answer = await client.request(method, path, **more)
        assert answer.status_code < 400, answer.text
        return answer.json()


async def test_a_helper_gives_a_number_to_whose_code_is_unknown(
    browser: Browser, served: Served, at_box: Any, pool: db.Pool
) -> None:
    office = await make_office(pool, rules={"lead_minutes": 30, "earliness_minutes": 30})
    box, mine = await at_box(office, CUT)
    booked = await book(served, office, office.at("08:35"))
    async with serve(mine, box.pool) as there:
        key = await token_for(box.pool, office, "helper")
        async with device(browser, there, key, PHONE) as page:
            await page.goto(f"{there.url}/door/{office.slug}#scan")
            await page.locator("#ticket").fill(booked["code"])
            await page.locator("#scan button.wide-button").click()
            told = page.locator("#told")
            await expect(told).to_contain_text("chưa nhận được thông tin về lịch hẹn này")
            assert await problems(page) == []
            await told.get_by_role("button").first.click()
            await expect(told).to_contain_text("A001")
            assert booked["code"] not in page.url
    await box.heal("09:30")
    assert await box.hub.state({"visit_id": booked["booking_id"]}) == "cancelled"


async def test_a_code_that_is_wrong_in_itself_is_refused_and_many_are_too_many(
    served: Served, at_box: Any, pool: db.Pool
) -> None:
    office = await make_office(pool)
    box, mine = await at_box(office, CUT)
    booked = await book(served, office, office.at("09:00"))
    code = booked["code"]
    path = f"/api/v1/offices/{office.slug}/arrivals"
    async with (
        serve(replace(mine, failed_codes_per_hour=2), box.pool) as there,
        staff(there, box.pool, office, "kiosk") as kiosk,
    ):
        wrong = f"{code[:-1]}{(int(code[-1]) + 1) % 10}"
        answer = (await kiosk.post(path, json={"ticket": wrong})).json()
        assert answer["decision"] == "invalid"
        for _ in range(8):
            asked = (await kiosk.post(path, json={"ticket": code})).json()
            assert asked["facts"]["says_booked"] == code
        assert (await kiosk.post(path, json={"ticket": code})).status_code == 429


async def test_a_walk_in_beyond_the_share_has_a_window_that_the_hub_booked(
    served: Served, at_box: Any, pool: db.Pool
) -> None:
    office = await make_office(pool, planned=1, area_cap=None)
    box, mine = await at_box(office, datetime.now(BEGINS.tzinfo) + shift(served))
    path = f"/api/v1/offices/{office.slug}/walk-ins"
    async with (
        serve(mine, box.pool) as there,
        staff(there, box.pool, office, "kiosk") as kiosk,
    ):
        windows: list[dict[str, Any]] = []
        decision: dict[str, Any] = {}
        for _ in range(60):
            answer = await kiosk.post(path, json={"walk_in_id": str(uuid4()), "service": "record"})
            decision = answer.json()
            if decision["reason"] == "booked_at_hub":
                windows.append(decision)
            if decision["decision"] == "refuse":
                break
        assert decision["reason"] == "day_full"  # only when the hub has nothing left either
        assert windows
        for decision in windows:
            visit_id = decision["visit"]["visit_id"]
            assert decision["decision"] == "come_back"
            at_hub = await box.hub.visit({"visit_id": visit_id})
            assert at_hub["state"] == "booked"
            assert moment(at_hub["starts_at"]) == moment(decision["visit"]["starts_at"])
            # the slip's QR leads to the hub, which knows it already
            ticket = await httpx(
                served, "GET", f"tickets/{decision['ticket_url'].rpartition('/')[2]}"
            )
            assert ticket["code"] == decision["code"]
        # the same question again has the same answer
        body = {"walk_in_id": windows[0]["visit"]["visit_id"], "service": "record"}
        again = (await kiosk.post(path, json=body)).json()
        assert (again["decision"], again["code"]) == ("come_back", windows[0]["code"])
    slots = await reads.slots(
        pool,
        office.office_id,
        BEGINS,
        [{"service": "record", "quantity": 1}],
        office.at("08:00").date(),
        1,
    )
    assert not any(slot["left"] for slot in slots)
    await box.heal("08:20")
    await box.agree("08:21")


async def test_one_open_number_per_person_holds_wherever_the_floor_is(
    served: Served, at_box: Any, pool: db.Pool, capfd: pytest.CaptureFixture[str]
) -> None:
    office = await make_office(pool, change=one_number)
    path = f"/api/v1/offices/{office.slug}/walk-ins"
    card, phone = "048080001234", "0905123456"

    async def ask(kiosk: httpx2.AsyncClient, person: str) -> dict[str, Any]:
        body = {"walk_in_id": str(uuid4()), "service": "copy", "person": person}
        answer = await kiosk.post(path, json=body, headers={"accept-language": "en"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async with staff(served, pool, office, "kiosk") as kiosk:
        assert (await ask(kiosk, card))["number"] == "A001"
    _, mine = await at_box(office, datetime.now(BEGINS.tzinfo) + shift(served))
    own_secret = replace(mine, ticket_secret="the box has a secret of its own, of its own")
    async with (
        HubLine(mine) as line,
        db.connect(mine.database_url, 2) as own,
        serve(own_secret, own) as there,
        staff(there, own, office, "kiosk") as kiosk,
    ):
        clock = db.Clock(shift(served))
        await clock.measure(own)
        talk = Talk(own, clock, line, office.office_id)
        await talk.until_told()
        no = await ask(kiosk, card)
        assert (no["decision"], no["reason"]) == ("refuse", "one_number")
        assert "already holds a number today" in no["message"]
        assert (await ask(kiosk, phone))["number"] == "A002"

        today = clock.now().astimezone(office.zone).date()
        key = await reads.person_key(own, office.office_id, today)
        await commands.stop_box(own, office.office_id, clock.at())
        await talk.until_told()
        floor = await reads.floor(own, office.office_id, clock.now())
        assert floor
        asked = {name: floor[name] for name in ("box_id", "epoch", "seq")}
        await line.ask("POST", "floor/hand-back", asked)
    async with staff(served, pool, office, "kiosk") as kiosk:
        for person in (card, phone):
            assert (await ask(kiosk, person))["reason"] == "one_number"
    assert key
    assert key not in "".join(capfd.readouterr())


async def test_who_has_booked_and_comes_late_on_a_full_day_has_a_window_that_the_hub_booked(
    served: Served, at_box: Any, pool: db.Pool
) -> None:
    office = await make_office(pool, planned=1, area_cap=None)
    late = await Lobby(pool, office).book("07:45", "record", phone="+84905123456")
    box, mine = await at_box(office, datetime.now(BEGINS.tzinfo) + shift(served))
    async with (
        serve(mine, box.pool) as there,
        staff(there, box.pool, office, "kiosk") as kiosk,
    ):
        here = f"/api/v1/offices/{office.slug}"
        reason = ""
        while reason != "booked_at_hub":
            body = {"walk_in_id": str(uuid4()), "service": "record"}
            reason = (await kiosk.post(f"{here}/walk-ins", json=body)).json()["reason"]
            assert reason != "day_full"
        scan = {"scan_id": str(uuid4()), "ticket": late["code"]}
        answer = (await kiosk.post(f"{here}/arrivals", json=scan)).json()
        assert (answer["decision"], answer["reason"]) == ("come_back", "booked_at_hub"), answer
        window = answer["come_back"]["starts_at"]
        # code and ticket of the booking lead to it from now on, whoever asks again
        for again in (scan, {"ticket": late["code"]}):
            shown = (await kiosk.post(f"{here}/arrivals", json=again)).json()
            assert shown["decision"] == "too_early"
            assert shown["code"] == answer["code"]
            assert moment(shown["visit"]["starts_at"]) == moment(window)
    now = f"{datetime.now(office.zone) + shift(served) + timedelta(minutes=1):%H:%M}"
    await box.heal(now)
    assert await box.hub.state(late) == "cancelled"
    assert await box.floor.state(late) == "cancelled"
    secret = bytes.fromhex(late["token"])
    ticket = await reads.ticket(pool, office.office_id, box.at(now), secret)
    assert ticket
    assert (ticket["state"], moment(ticket["starts_at"])) == ("booked", moment(window))
    assert ticket["name"] == "Nguyễn Văn An"
    jobs = await commands.claim_jobs(pool, office.office_id, box.at(now), 50)
    told = [job for job in jobs if job["visit_id"] == ticket["visit_id"]]
    assert "confirmation" in {job["kind"] for job in told}
    await box.agree(now)


def shift(served: Served) -> timedelta:
    return timedelta(seconds=served.settings.clock_shift)


async def test_a_strangers_box_is_given_no_window(served: Served, pool: db.Pool) -> None:
    office = await make_office(pool)
    body = {
        "box_id": str(uuid4()),
        "epoch": 1,
        "visit_id": str(uuid4()),
        "services": [{"service": "copy", "quantity": 1}],
        "channel": "kiosk",
        "token": "ab" * 16,
    }
    async with staff(served, pool, office, "box") as box:
        answer = await box.post(f"/api/v1/offices/{office.slug}/floor/window", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "floor_taken")
    async with staff(served, pool, office, "kiosk") as kiosk:
        answer = await kiosk.post(f"/api/v1/offices/{office.slug}/floor/window", json=body)
        assert answer.status_code == 403


async def test_staff_at_the_box_see_what_is_wrong_with_its_line_and_clock(
    served: Served, at_box: Any, pool: db.Pool
) -> None:
    office = await make_office(pool)
    box, mine = await at_box(office, CUT)
    own, office_id = box.pool, office.office_id
    async with (
        serve(mine, own) as there,
        staff(there, own, office, "helper") as helper,
        staff(there, own, office, "clerk") as clerk,
    ):
        page = text_of((await helper.get(f"/door/{office.slug}")).text)
        assert "The line to the central service is cut. The office goes on" in page
        assert "last heard of at 07:50" in page
        await commands.box_unheard(own, office_id, BEGINS, "unauthorized")
        page = text_of((await clerk.get(f"/counter/{office.slug}/1")).text)
        assert "does not accept this machine's key any more" in page
        word = await box.word(BEGINS)
        answer = await box.tell(BEGINS, word)
        await box.hear(BEGINS + timedelta(hours=1), answer)
        page = text_of((await helper.get(f"/door/{office.slug}")).text)
        assert "The clock of this machine is +3600 seconds off." in page
        assert "key" not in page


async def test_who_looks_at_a_ticket_while_the_box_is_silent_reads_since_when(
    served: Served, at_box: Any, pool: db.Pool
) -> None:
    office = await make_office(pool)
    await at_box(office, CUT)
    booked = await book(served, office, office.at("09:00"))
    path = f"/t/{booked['ticket_url'].rpartition('/')[2]}"
    async with httpx2.AsyncClient(
        base_url=served.url, headers={"accept-language": "en"}
    ) as citizen:
        said = text_of((await citizen.get(path)).text)
        assert "As of 07:50: the office has not been heard since" in said


async def test_a_manager_at_the_hub_sees_the_box_and_takes_the_floor_back(
    browser: Browser, served: Served, at_box: Any, pool: db.Pool
) -> None:
    office = await make_office(pool)
    box, _ = await at_box(office, CUT)
    lost = await box.floor.walk_in("07:55")
    word = await box.word("07:56")
    path = f"/manage/{office.slug}/box"
    async with (
        staff(served, pool, office, "helper") as helper,
        staff(served, pool, office, "manager") as manager,
    ):
        for page in (f"/door/{office.slug}", f"/counter/{office.slug}/1"):
            said = text_of((await manager.get(page)).text)
            assert "The office's own machine Hộp 1 looks after its door and counters." in said
        assert (await helper.get(path)).status_code == 403
        assert (await helper.post(f"{path}/take-back", data={"off": "1"})).status_code == 403
        said = text_of((await manager.get(f"/manage/{office.slug}")).text)
        assert "Hộp 1 has not been heard since 31/03/2026 07:50" in said or "07:50" in said
        refused = await manager.post(f"{path}/take-back", data={"reason": "broken"})
        assert refused.status_code == 422
        assert "may still be running" in text_of(refused.text)
        refused = await manager.post(f"{path}/take-back", data={"off": "1", "reason": " "})
        assert "A reason is needed." in text_of(refused.text)
    async with device(browser, served, await token_for(pool, office, "manager"), PHONE) as page:
        await page.goto(path)
        assert await problems(page) == []
        await page.get_by_label("Tôi đã kiểm tra").check()
        await page.get_by_label("Lý do").fill("Hộp cháy nguồn")
        button = page.get_by_role("button", name="Lấy lại quyền điều hành")
        # one colour on itself is nothing that the check of contrasts above would tell of
        await expect(button).to_have_css("color", "rgb(255, 255, 255)")
        await button.click()
        await expect(page.locator("main")).to_contain_text("Hãy đếm lại từng phòng trước")
        await box.tell(BEGINS, word)
        await page.reload()
        await expect(page.locator("main")).to_contain_text(lost["number"])
        assert await problems(page) == []
        await box.hub.do("recount", "08:30", "hall", 3)
        await page.reload()
        await expect(page.locator("main")).not_to_contain_text("Hãy đếm lại")
    await refused_now(box)


async def refused_now(box: Box) -> None:
    """The box hears that it has lost the floor, and what its pages say."""
    await box.talk("08:31")
    with pytest.raises(db.Refused, match="floor_stopped"):
        await box.floor.walk_in("08:32")
