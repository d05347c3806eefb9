"""What a citizen sees: finding a service, booking it once, carrying and changing the ticket."""

import asyncio
import io
import re
import secrets
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import pytest
import zxingcpp
from icalendar import Calendar
from PIL import Image

from queue_service import commands, db, reads, tickets
from queue_service.names import fold
from queue_service.settings import Settings, ticket_secret
from tests.devices import walk_in
from tests.offices import Office, make_office
from tests.serving import BEGINS, Citizen, Served, serve, text_of, with_query

pytestmark = pytest.mark.anyio


async def visits(pool: db.Pool, office: Office, phone: str = "+84905123456") -> int:
    found = await reads.find_visits(pool, office.office_id, BEGINS, phone=phone)
    return len(found)


# --- Finding ----------------------------------------------------------------------------------


async def test_the_first_page_lists_the_office_and_how_busy_it_is(
    citizen: Citizen, office: Office
) -> None:
    answer = await citizen.client.get("/", headers={"accept-language": "vi"})
    assert f'href="/o/{office.slug}"' in answer.text
    assert "0 trên tối đa 20 người" in text_of(answer.text)


async def test_vietnamese_is_spoken_unless_asked_otherwise(served: Served, office: Office) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as anybody:
        page = await anybody.get(f"/o/{office.slug}")
        assert '<html lang="vi">' in page.text
        chosen = await anybody.get(f"/o/{office.slug}?lang=en")
        assert "Test office" in chosen.text
        again = await anybody.get(f"/o/{office.slug}")
        assert '<html lang="en">' in again.text


async def test_a_service_is_found_without_its_marks(citizen: Citizen, pool: db.Pool) -> None:
    office = await make_office(pool)
    name = office.file["services"][0]["name_vi"]
    page = await citizen.see(f"/o/{office.slug}?q={fold(name)}")
    assert office.file["services"][0]["name_en"] in page
    nothing = await citizen.see(f"/o/{office.slug}?q=zzzzzz")
    assert "No service found" in nothing


async def test_the_page_of_a_service_says_what_to_bring(citizen: Citizen, pool: db.Pool) -> None:
    def papers(file: dict[str, list[dict[str, object]]]) -> None:
        file["services"][0]["papers_en"] = ["The old certificate"]

    office = await make_office(pool, change=papers)
    service = office.file["services"][0]["service_id"]
    assert "The old certificate" in await citizen.see(f"/o/{office.slug}/s/{service}")


async def test_times_show_how_many_places_are_left(citizen: Citizen, office: Office) -> None:
    page = await citizen.see(f"/o/{office.slug}/time?s=copy")
    assert "09:00 2 left" in page
    await citizen.book(office, office.at("09:00"))
    page = await citizen.see(f"/o/{office.slug}/time?s=copy")
    assert "09:00 1 left" in page


async def test_several_services_go_into_one_visit(citizen: Citizen, office: Office) -> None:
    page = await citizen.see(f"/o/{office.slug}?s=copy*3&add=permit&quantity=1")
    assert "× 3" in page
    ticket = await citizen.book(office, office.at("09:00"), "copy*3", "permit")
    assert "× 3" in await citizen.see(ticket)


# --- Booking ----------------------------------------------------------------------------------


async def test_a_booking_leads_to_its_ticket(citizen: Citizen, office: Office) -> None:
    ticket = await citizen.book(office, office.at("09:00"), name="Trần Văn Bình")
    page = await citizen.see(ticket)
    assert "09:00" in page
    assert "Trần Văn Bình" in page
    assert re.search(rf"\b{office.office_id:04} \d{{3}} \d{{3}}\b", page)


async def test_a_double_click_is_one_visit_with_one_ticket(
    citizen: Citizen, office: Office, pool: db.Pool
) -> None:
    form = await citizen.form(office, office.at("09:00"))
    answers = await asyncio.gather(*(citizen.send(form) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await visits(pool, office) == 1


async def test_back_and_again_meets_the_same_ticket(citizen: Citizen, office: Office) -> None:
    form = await citizen.form(office, office.at("09:00"))
    first = await citizen.send(form)
    shown_again = await citizen.client.get(form)
    assert shown_again.status_code == 200
    assert (await citizen.send(form)).headers["location"] == first.headers["location"]


async def test_the_same_form_for_somebody_else_is_asked_about_and_then_booked(
    citizen: Citizen, office: Office, pool: db.Pool
) -> None:
    form = await citizen.form(office, office.at("09:00"))
    await citizen.send(form)
    answer = await citizen.send(form, name="Lê Thị Cúc", phone="0905 999 888")
    assert answer.status_code == 409
    assert "already been used" in text_of(answer.text)
    assert "Lê Thị Cúc" in answer.text
    action = re.search(r'<form method="post" action="([^"]+)"', answer.text)
    assert action
    second = await citizen.send(
        action[1].replace("&amp;", "&"), name="Lê Thị Cúc", phone="0905 999 888"
    )
    assert second.status_code == 303
    assert await visits(pool, office, "+84905999888") == 1


@pytest.mark.parametrize("written", ["0905.123.456", "+84 905 123 456", "84905123456"])
async def test_a_phone_is_understood_as_people_write_it(
    citizen: Citizen, office: Office, pool: db.Pool, written: str
) -> None:
    await citizen.book(office, office.at("09:00"), phone=written)
    assert await visits(pool, office) == 1


async def test_a_full_time_offers_the_nearest_free_ones_and_keeps_every_field(
    citizen: Citizen, office: Office
) -> None:
    for phone in ("0905 000 001", "0905 000 002"):
        await citizen.book(office, office.at("09:00"), phone=phone)
    answer = await citizen.send(
        await citizen.form(office, office.at("09:00")), name="Phạm Thị Dung", needs="time"
    )
    assert answer.status_code == 409
    assert 'value="Phạm Thị Dung"' in answer.text
    offered = re.findall(r'name="starts_at"[^>]*value="([^"]+)"', answer.text)
    assert offered
    assert office.at("09:00").isoformat() not in offered
    form = await citizen.form(office, office.at("09:00"))
    moved = await citizen.send(form, name="Phạm Thị Dung", starts_at=offered[0])
    assert moved.status_code == 303
    assert offered[0][11:16] in await citizen.see(moved.headers["location"])


async def test_one_phone_holds_no_more_bookings_than_the_office_allows(
    citizen: Citizen, office: Office
) -> None:
    for clock in ("09:00", "09:30"):
        await citizen.book(office, office.at(clock))
    answer = await citizen.send(await citizen.form(office, office.at("10:00")))
    assert answer.status_code == 409
    assert "already holds 2 appointments" in text_of(answer.text)


# --- What goes wrong: a clear sentence, the right status, nothing changed ---------------------


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Enter the full name"),
        ({"name": "A" * 10_000}, "1 to 100 letters"),
        ({"name": "An\x00Bình"}, "control characters"),
        ({"name": "An\x1b[31m"}, "control characters"),
        ({"phone": ""}, "Enter a phone number"),
        ({"phone": "một hai ba"}, "digits only"),
        ({"phone": "0905"}, "too short"),
        ({"phone": "0905 123 456 789 000"}, "too long"),
        ({"phone": "0105 123 456"}, "No such phone number"),
        ({"party_size": "0"}, "At least one person"),
        ({"party_size": "99"}, "At most 5 people"),
        ({"party_size": "-1"}, "At least one person"),
        ({"party_size": "rất đông"}, "At least one person"),
        ({"starts_at": "chín giờ"}, "not a date and time"),
    ],
)
async def test_a_wrong_field_is_told_and_nothing_is_booked(
    citizen: Citizen, office: Office, pool: db.Pool, fields: dict[str, str], said: str
) -> None:
    answer = await citizen.send(await citizen.form(office, office.at("09:00")), **fields)
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert 'role="alert"' in answer.text
    assert await visits(pool, office) == 0


async def test_every_wrong_field_is_told_at_once(citizen: Citizen, office: Office) -> None:
    answer = await citizen.send(await citizen.form(office, office.at("09:00")), name="", phone="1")
    assert 'href="#name"' in answer.text
    assert 'href="#phone"' in answer.text


@pytest.mark.parametrize(
    ("clock", "days", "said"),
    [
        ("07:35", 0, "has passed"),
        ("08:05", 0, "too late to book"),
        ("12:00", 1, "closed at that time"),
        ("09:02", 1, "no appointments at that time"),
        ("09:00", 5, "closed on that day"),
        ("09:00", 30, "cannot be booked yet"),
    ],
)
async def test_a_time_that_cannot_be_is_refused_in_words(
    citizen: Citizen, office: Office, pool: db.Pool, clock: str, days: int, said: str
) -> None:
    answer = await citizen.send(await citizen.form(office, office.at(clock, days)))
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert await visits(pool, office) == 0


async def test_a_closed_day_is_named(citizen: Citizen, pool: db.Pool) -> None:
    def close(file: dict[str, list[dict[str, object]]]) -> None:
        file["closures"] = [{"day": "2026-04-01", "name_vi": "Giỗ Tổ", "name_en": "Hung Kings"}]

    office = await make_office(pool, change=close)
    answer = await citizen.send(await citizen.form(office, office.at("09:00", 1)))
    assert answer.status_code == 422
    assert "closed on that day: Hung Kings" in text_of(answer.text)


async def test_an_unknown_service_is_refused(citizen: Citizen, office: Office) -> None:
    assert "does not offer" in await citizen.see(f"/o/{office.slug}/time?s=no-such", 422)
    assert "does not offer" in await citizen.see(f"/o/{office.slug}/s/no-such", 404)


async def test_a_form_of_two_hours_ago_is_shown_afresh_with_its_fields(
    citizen: Citizen, office: Office, pool: db.Pool
) -> None:
    form = await citizen.form(office, office.at("09:00", 1))
    old = with_query(form, {"since": str(int((BEGINS - timedelta(hours=3)).timestamp()))})
    answer = await citizen.send(old, name="Võ Thị Em")
    assert answer.status_code == 409
    assert "more than two hours" in text_of(answer.text)
    assert 'value="Võ Thị Em"' in answer.text
    assert await visits(pool, office) == 0
    action = re.search(r'<form method="post" action="([^"]+)"', answer.text)
    assert action
    assert (await citizen.send(action[1].replace("&amp;", "&"))).status_code == 303


async def test_an_old_form_that_was_booked_still_leads_to_its_ticket(
    citizen: Citizen, office: Office
) -> None:
    form = await citizen.form(office, office.at("09:00", 1))
    first = await citizen.send(form)
    old = with_query(form, {"since": str(int((BEGINS - timedelta(hours=3)).timestamp()))})
    assert (await citizen.send(old)).headers["location"] == first.headers["location"]


async def test_an_office_that_is_not_there_is_said_in_the_readers_language(
    served: Served, citizen: Citizen
) -> None:
    assert "no office at this address" in await citizen.see("/o/no-such-office", 404)
    async with httpx2.AsyncClient(base_url=served.url) as anybody:
        page = await anybody.get("/không-có-trang-này")
        assert page.status_code == 404
        assert "Không có trang nào" in page.text


async def test_a_body_without_end_is_refused(citizen: Citizen, office: Office) -> None:
    form = await citizen.form(office, office.at("09:00"))
    answer = await citizen.send(form, name="A" * 100_000)
    assert answer.status_code == 413
    assert "too much text" in text_of(answer.text)


async def test_a_crowd_is_told_to_wait_and_the_form_comes_again_by_itself(
    settings: Settings, office: Office, pool: db.Pool, owner: db.Connection
) -> None:
    async with (
        serve(replace(settings, line_limit=1), pool) as served,
        httpx2.AsyncClient(base_url=served.url, headers={"accept-language": "en"}) as client,
    ):
        citizen = Citizen(client)
        forms = [await citizen.form(office, office.at(f"09:{n}0")) for n in range(4)]
        async with owner.transaction():
            await owner.execute(
                "select from queue.office_state where office_id = $1 for update", office.office_id
            )
            sent = [
                asyncio.create_task(citizen.send(form, phone=f"0905 000 00{n}"))
                for n, form in enumerate(forms)
            ]
            done, _ = await asyncio.wait(sent, timeout=30, return_when=asyncio.FIRST_COMPLETED)
            busy = done.pop().result()
            assert busy.status_code == 503
            assert int(busy.headers["retry-after"]) > 0
            assert "data-again=" in busy.text
            assert 'name="phone" value="0905 000 00' in busy.text
        answers = await asyncio.gather(*sent)
        assert 303 in {answer.status_code for answer in answers}


# --- The ticket -------------------------------------------------------------------------------


async def test_the_qr_reads_back_as_the_signed_link(
    citizen: Citizen, office: Office, served: Served
) -> None:
    path = await citizen.book(office, office.at("09:00"), "copy*3", party_size="2")
    png = await citizen.client.get(f"{path}/qr.png")
    assert png.headers["content-type"] == "image/png"
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(png.content)))
    assert found is not None
    scan = tickets.read_scan(found.text)
    assert isinstance(scan, tickets.Link)
    assert found.text.startswith(f"http://queue.example{path}#")
    keys = tickets.TicketKeys(ticket_secret(served.settings))
    payload = tickets.verify(scan.fragment or "", keys.public_key)
    assert payload.office_id == office.office_id
    assert payload.party_size == 2
    assert payload.services == (("copy", 3),)
    assert payload.starts_at == office.at("09:00")
    assert payload.revision == 1
    svg = await citizen.client.get(f"{path}/qr.svg")
    assert svg.headers["content-type"].startswith("image/svg+xml")


async def test_the_calendar_file_has_the_time(citizen: Citizen, office: Office) -> None:
    path = await citizen.book(office, office.at("09:00"))
    answer = await citizen.client.get(f"{path}/calendar.ics")
    event = Calendar.from_ical(answer.text).events[0]
    assert event.decoded("dtstart") == office.at("09:00")


async def test_a_ticket_can_be_moved_and_says_so(citizen: Citizen, office: Office) -> None:
    path = await citizen.book(office, office.at("09:00"))
    page = await citizen.see(f"{path}/time")
    assert "It stays yours" in page
    at = office.at("10:00").isoformat()
    assert "Change to this time?" in await citizen.see(f"{path}/time", params={"at": at})
    moved = await citizen.client.post(f"{path}/time", data={"starts_at": at, "key": str(uuid4())})
    assert moved.status_code == 303
    page = await citizen.see(moved.headers["location"])
    assert "The time was changed" in page
    assert "10:00" in page


async def test_moving_to_a_full_time_keeps_the_old_one(citizen: Citizen, office: Office) -> None:
    for phone in ("0905 000 001", "0905 000 002"):
        await citizen.book(office, office.at("10:00"), phone=phone)
    path = await citizen.book(office, office.at("09:00"))
    answer = await citizen.client.post(
        f"{path}/time", data={"starts_at": office.at("10:00").isoformat()}
    )
    assert answer.status_code == 409
    assert "fully booked" in text_of(answer.text)
    assert "09:00" in await citizen.see(path)


async def test_a_ticket_can_be_cancelled_once_and_pressed_twice(
    citizen: Citizen, office: Office
) -> None:
    path = await citizen.book(office, office.at("09:00"))
    assert "Cancel this appointment?" in await citizen.see(f"{path}/cancel")
    key = {"key": str(uuid4())}
    answers = [await citizen.client.post(f"{path}/cancel", data=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert "cancelled" in await citizen.see(path)
    assert "can no longer be changed" in await citizen.see(f"{path}/time", 409)


async def test_the_ticket_follows_the_visit_through_the_office(
    citizen: Citizen, office: Office, pool: db.Pool
) -> None:
    path = await citizen.book(office, office.at("08:40"))
    visit = (await reads.find_visits(pool, office.office_id, BEGINS, phone="+84905123456"))[0]
    visit_id = visit["visit_id"]

    async def at(command: object, clock: str, **rest: object) -> None:
        await command(pool, office.office_id, office.at(clock), "test", None, **rest)  # type: ignore[operator]

    await at(commands.arrive, "08:38", visit_id=visit_id)
    page = await citizen.see(path)
    assert "A001" in page
    assert "You are next" in page
    await at(commands.slip, "08:38", visit_id=visit_id, word="phone")
    await at(commands.open_counter, "08:39", counter_id="1")
    await at(commands.call_next, "08:40", counter_id="1")
    page = await citizen.see(path)
    assert "Please go to the counter A001" in page
    await at(commands.serve, "08:41", visit_id=visit_id)
    assert "You are being served" in await citizen.see(f"{path}/standing")
    await at(commands.finish, "08:45", visit_id=visit_id)
    assert "Finished" in await citizen.see(path)


async def test_who_is_invited_in_says_on_the_ticket_that_they_are_inside(
    citizen: Citizen, pool: db.Pool
) -> None:
    office = await make_office(pool, area_cap=1)
    inside, waits = [await walk_in(pool, office, office.at("08:00")) for _ in range(2)]
    path = f"/t/{tickets.make_token(office.office_id, bytes.fromhex(waits['token']))}"
    assert "I am inside now" not in await citizen.see(path)
    told = await citizen.client.post(f"{path}/inside", data={"key": "early"})
    assert told.status_code == 409
    assert "The invitation to come in no longer holds: waiting outside" in text_of(told.text)

    gone = (pool, office.office_id, office.at("08:01"), "test", None)
    await commands.leave(*gone, visit_id=UUID(inside["visit"]["visit_id"]))
    page = await citizen.client.get(path)
    assert "I am inside now" in text_of(page.text)
    key = re.search(r'name="key" value="([^"]+-inside)"', page.text)
    assert key
    for _ in range(2):  # the second press of a trembling finger
        came = await citizen.client.post(f"{path}/inside", data={"key": key[1]})
        assert (came.status_code, came.headers["location"]) == (303, path)
    assert "Please wait inside for your number." in await citizen.see(path)


async def test_a_ticket_is_kept_by_nobody_and_told_to_nobody(
    citizen: Citizen, office: Office
) -> None:
    path = await citizen.book(office, office.at("09:00"))
    for page in (path, f"{path}/qr.png", f"{path}/calendar.ics", f"{path}/cancel"):
        headers = (await citizen.client.get(page)).headers
        assert headers["cache-control"] == "no-store", page
        assert headers["referrer-policy"] == "same-origin", page
        assert headers["x-robots-tag"] == "noindex", page


@pytest.mark.parametrize("token", ["x", "A" * 24, "AAEAAAAAAAAAAAAAAAAAAAAA", "%00", "🎫"])
async def test_a_link_that_was_never_given_leads_nowhere(citizen: Citizen, token: str) -> None:
    assert "no such booking" in await citizen.see(f"/t/{token}", 404)


# --- Safety -----------------------------------------------------------------------------------


async def test_pages_allow_no_script_but_ours(citizen: Citizen, office: Office) -> None:
    answer = await citizen.client.get(f"/o/{office.slug}")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "camera=(self)" in answer.headers["permissions-policy"]
    assert "<script>" not in answer.text
    assert " style=" not in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({}, 403),
        ({"sec-fetch-site": "same-origin"}, 405),
        ({"origin": "http://queue.example"}, 405),
    ],
)
async def test_another_site_gives_no_orders_with_our_cookie(
    citizen: Citizen, headers: dict[str, str], status: int
) -> None:
    answer = await citizen.client.post("/", headers={"cookie": "token=abc", **headers})
    assert answer.status_code == status


async def test_static_files_are_kept_for_ever_under_their_hash(citizen: Citizen) -> None:
    page = (await citizen.client.get("/")).text
    style = re.search(r'href="(/static/[0-9a-f]{12}/app\.css)"', page)
    assert style
    answer = await citizen.client.get(style[1])
    assert "immutable" in answer.headers["cache-control"]
    old = await citizen.client.get("/static/000000000000/app.css")
    assert (old.status_code, old.headers["cache-control"]) == (200, "no-cache")
    assert (await citizen.client.get("/static/0/..%2fapp.py")).status_code == 404


async def test_text_of_visitors_is_shown_as_text(citizen: Citizen, office: Office) -> None:
    path = await citizen.book(office, office.at("09:00"), name="<b>An</b> & 'Bình'")
    page = (await citizen.client.get(path)).text
    assert "<b>An</b>" not in page
    assert "&lt;b&gt;An" in page


async def test_a_fault_is_told_without_its_insides(
    settings: Settings, pool: db.Pool, office: Office, owner: db.Connection
) -> None:
    """The database stays, but what the page asks of it fails in an unforeseen way."""
    async with (
        serve(settings, pool) as served,
        httpx2.AsyncClient(base_url=served.url, headers={"accept-language": "en"}) as client,
    ):
        await client.get(f"/o/{office.slug}")
        await owner.execute(
            "update queue.office set time_zone = 'Nowhere' where office_id = $1", office.office_id
        )
        answer = await client.get(f"/o/{office.slug}")
        # The list of all offices, which other tests look at, would fail on this one too.
        await owner.execute(
            "update queue.office set time_zone = 'Asia/Ho_Chi_Minh' where office_id = $1",
            office.office_id,
        )
    assert answer.status_code == 500
    assert "Something went wrong on our side" in text_of(answer.text)
    assert "Nowhere" not in answer.text


async def test_a_kept_window_says_when_to_come_back(citizen: Citizen, pool: db.Pool) -> None:
    office = await make_office(pool, hour_cap=1, planned=1)
    last = ""
    for _ in range(2):
        secret = secrets.token_hex(16)
        await commands.walk_in(
            pool, office.office_id, office.at("08:00"), "kiosk", None, uuid4(),
            [{"service": "copy", "quantity": 1}], 1, "", [], "", "", "vi", "kiosk", secret,
            tickets.new_digits(),
        )  # fmt: skip
        last = tickets.make_token(office.office_id, bytes.fromhex(secret))
    assert "Please come back between 09:00 and 09:30" in await citizen.see(f"/t/{last}")


@pytest.mark.parametrize(
    "query",
    [
        "s=copy&at=&id=x&since=x",
        "s=copy&at=2026-03-31T09:00:00%2B07:00&id=00000000-0000-4000-8000-000000000000&since=9999999999",
        "s=copy&at=2026-03-31T09:00:00%2B07:00&id=00000000-0000-4000-8000-000000000000&since=999999999999",
        "s=copy&at=%00&day=%00&q=%00&lang=%00",
        "s=copy*999999999999999&add=copy&quantity=-1",
        "s=copy*%D9%A3&quantity=%D9%A3",
        "s=&s=*&s=copy",
        "day=2026-02-30&s=copy",
        "all=1&s=copy&day=2026-03-31",
        "drop=copy&s=copy",
        "&".join(f"s=copy{n}" for n in range(50)),
        "q=" + "%E1%BB%87" * 500,
    ],
)
async def test_no_address_makes_a_fault(citizen: Citizen, office: Office, query: str) -> None:
    for page in ("", "/time", "/book", "/s/copy"):
        for send in (citizen.client.get, citizen.client.post):
            answer = await send(f"/o/{office.slug}{page}?{query}", follow_redirects=True)
            assert answer.status_code < 500, (page, text_of(answer.text))
    ticket = await citizen.book(office, office.at("09:00"))
    for page in ("", "/time", "/cancel", "/qr.gif", "/standing"):
        answer = await citizen.client.get(f"{ticket}{page}?{query}", follow_redirects=True)
        assert answer.status_code < 500, (page, text_of(answer.text))
