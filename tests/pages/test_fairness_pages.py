"""A phone is proven on a page, and a page answers when an earlier time is offered."""

import pytest

from queue_service import reads, tokens
from queue_service.db import Connection, Pool
from tests.fairness import fair
from tests.lobby import Lobby
from tests.offices import Office, make_office
from tests.serving import BEGINS, Citizen, Served, text_of

pytestmark = pytest.mark.anyio

MINE = "0905 123 456"


async def code_of(owner: Connection, office: Office) -> str:
    return await owner.fetchval(
        "select code from queue.phone_proof where office_id = $1 order by sent_at desc limit 1",
        office.office_id,
    )


async def test_a_booking_counts_once_the_code_of_the_text_is_entered(
    citizen: Citizen, pool: Pool, owner: Connection
) -> None:
    office = await make_office(pool, change=fair(prove_phone=True))
    ticket = await citizen.book(office, office.at("09:00"))
    page = await citizen.see(ticket)
    assert "Confirm your phone number" in page
    assert "••• 456" in page
    assert "905 123" not in page
    assert (await citizen.client.get(f"{ticket}/qr.png")).status_code == 409
    code = await code_of(owner, office)
    short = await citizen.client.post(f"{ticket}/prove", data={"code": "12"})
    assert (short.status_code, "The code has 6 digits" in short.text) == (422, True)
    wrong = await citizen.client.post(
        f"{ticket}/prove", data={"code": f"{(int(code) + 1) % 10**6:06}"}
    )
    assert "Tries left: 4." in text_of(wrong.text)
    right = await citizen.client.post(
        f"{ticket}/prove", data={"code": f" {code[:3]} {code[3:]} "}, follow_redirects=True
    )
    assert "Your phone number is confirmed. The appointment is booked." in text_of(right.text)
    assert (await citizen.client.get(f"{ticket}/qr.png")).status_code == 200


async def test_the_form_says_the_same_whatever_the_phone_has_booked(
    citizen: Citizen, pool: Pool
) -> None:
    office = await make_office(pool, change=fair(prove_phone=True), rules={"bookings_per_phone": 1})
    for phone in (MINE, "0905 123 457"):
        page = await citizen.see(await citizen.book(office, office.at("09:00"), phone=phone))
        assert "Confirm your phone number" in page


async def test_too_many_codes_are_told_at_the_phone_field(citizen: Citizen, pool: Pool) -> None:
    office = await make_office(pool, change=fair(prove_phone=True, codes_per_hour=1))
    ticket = await citizen.book(office, office.at("09:00"))
    again = await citizen.client.post(f"{ticket}/code", data={})
    assert again.status_code == 429
    assert "No more codes can be sent" in text_of(again.text)
    refused = await citizen.send(await citizen.form(office, office.at("10:00")))
    assert refused.status_code == 429
    assert 'href="#phone"' in refused.text


async def test_a_scarce_service_asks_for_the_card_and_names_its_holder_on_the_ticket(
    citizen: Citizen, pool: Pool, owner: Connection
) -> None:
    office = await make_office(pool, change=fair("copy", "3.000001"))
    form = await citizen.form(office, office.at("09:00"))
    refused = await citizen.send(form, identity="12")
    assert "Enter the 12 digits of the citizen card" in text_of(refused.text)
    answer = await citizen.send(form, identity="048 080 001 234")
    page = await citizen.see(answer.headers["location"])
    assert "Only for Nguyễn Thị Ánh, who shows the citizen card" in page
    other = await citizen.send(
        await citizen.form(office, office.at("10:00")),
        identity="048080001234|123456789|NGUYỄN THỊ ÁNH|01011980|Nữ|Đà Nẵng|01012021",
        phone="0905 999 999",
    )
    assert "This person already holds an appointment" in text_of(other.text)
    kept = await owner.fetch(
        "select v::text as row from queue.visit as v where office_id = $1", office.office_id
    )
    assert kept
    assert not any("048080001234" in row["row"] for row in kept)


async def test_who_has_no_booking_waits_and_takes_what_is_offered(
    citizen: Citizen, pool: Pool, served: Served
) -> None:
    office = await make_office(pool, planned=1)
    taken = await citizen.book(office, office.at("09:00"), phone="0905 999 999")
    times = await citizen.client.get(f"/o/{office.slug}/time?s=copy")
    assert f"/o/{office.slug}/wait?s=copy" in times.text
    form = await citizen.client.get(f"/o/{office.slug}/wait?s=copy")
    assert "keep it 10 minutes" in text_of(form.text)
    wrong = await citizen.client.post(f"/o/{office.slug}/wait?s=copy", data={"name": ""})
    assert wrong.status_code == 422
    joined = await citizen.client.post(
        f"/o/{office.slug}/wait?s=copy",
        data={"name": "Trần Văn Bình", "phone": MINE, "party_size": "1", "until": "2026-03-31"},
    )
    assert joined.status_code == 303, text_of(joined.text)
    mine = joined.headers["location"]
    assert "You are the first on the list" in await citizen.see(mine)
    await citizen.client.post(f"{taken}/cancel", data={"key": "one"})
    page = await citizen.see(mine)
    assert "An earlier time is kept for you 09:00" in page
    done = await citizen.client.post(
        f"{mine}/answer", data={"answer": "yes", "key": "two"}, follow_redirects=True
    )
    assert "The earlier time is yours." in text_of(done.text)
    assert done.url.path == mine.replace("/w/", "/t/")
    assert "09:00" in text_of(done.text)


async def test_where_phones_are_proven_one_waits_once_the_code_is_entered(
    citizen: Citizen, pool: Pool, owner: Connection
) -> None:
    office = await make_office(pool, planned=1, change=fair(prove_phone=True))
    wish = {"name": "Trần Văn Bình", "phone": MINE, "party_size": "1"}
    joined = await citizen.client.post(f"/o/{office.slug}/wait?s=copy", data=wish)
    assert joined.status_code == 303, text_of(joined.text)
    mine = joined.headers["location"]
    page = await citizen.see(mine)
    assert "Confirm your phone number" in page
    assert "905 123" not in page
    code = await code_of(owner, office)
    for wrong, said in (("12", "The code has 6 digits"), ("000000", "Tries left: 4.")):
        answer = await citizen.client.post(f"{mine}/prove", data={"code": wrong})
        assert (answer.status_code, said in text_of(answer.text)) == (422, True)
    again = await citizen.client.post(f"{mine}/code", data={}, follow_redirects=True)
    assert "A new code was sent" in text_of(again.text)
    old = await citizen.client.post(f"{mine}/prove", data={"code": code})
    assert "This is not the code that was sent" in text_of(old.text)
    right = await citizen.client.post(
        f"{mine}/prove", data={"code": await code_of(owner, office)}, follow_redirects=True
    )
    words = text_of(right.text)
    assert "Your phone number is confirmed. You are on the waiting list." in words
    assert "You are the first on the list" in words


async def test_a_ticket_waits_for_an_earlier_time_and_declines_or_leaves(
    citizen: Citizen, pool: Pool
) -> None:
    office = await make_office(pool, planned=1)
    early = await citizen.book(office, office.at("09:00"), phone="0905 999 999")
    late = await citizen.book(office, office.at("16:00"))
    joined = await citizen.client.post(f"{late}/wait", data={})
    mine = joined.headers["location"]
    assert "You are waiting for an earlier time" in await citizen.see(late)
    assert (await citizen.client.post(f"{late}/wait", data={})).headers["location"] == late
    await citizen.client.post(f"{early}/cancel", data={"key": "one"})
    assert "An earlier time is kept for you" in await citizen.see(late)
    declined = await citizen.client.post(
        f"{mine}/answer", data={"answer": "no", "key": "two"}, follow_redirects=True
    )
    assert "You did not take that time." in text_of(declined.text)
    again = await citizen.client.post(f"{mine}/answer", data={"answer": "yes", "key": "three"})
    assert again.status_code == 409
    assert "no longer kept for you" in text_of(again.text)
    left = await citizen.client.post(f"{mine}/leave", data={}, follow_redirects=True)
    assert "You no longer wait" in text_of(left.text)
    assert "16:00" in await citizen.see(late)
    assert await reads.check_office(pool, office.office_id, office.at("18:00")) == []


async def test_the_counter_names_the_person_and_voids_the_ticket_of_another(
    citizen: Citizen, pool: Pool
) -> None:
    office = await make_office(pool, change=fair("copy", "3.000002"))
    lobby = Lobby(pool, office)
    booked = await lobby.book("08:00", person="77" * 32)
    await lobby.do("open_counter", "07:40", "1")
    await lobby.arrive("07:50", booked)
    await lobby.do("slip", "07:50", booked, "printed")
    await lobby.do("call_next", "07:55", "1")
    token = await tokens.make(pool, BEGINS, "clerk", [office.office_id], "Thu Hà")
    signed = {"authorization": f"Bearer {token}"}
    page = await citizen.client.get(f"/counter/{office.slug}/1", headers=signed)
    assert "Only for Nguyễn Văn An: please look at the citizen card" in text_of(page.text)
    done = await citizen.client.post(
        f"/counter/{office.slug}/1/wrong-person",
        data={"visit": booked["visit_id"], "key": "one"},
        headers=signed,
        follow_redirects=True,
    )
    assert "not the person the ticket names: void" in text_of(done.text)
    assert await lobby.state(booked) == "void"


async def test_a_link_nobody_was_given_shows_nothing(citizen: Citizen) -> None:
    await citizen.see("/w/AAABCDEFGHIJKLMNOPQRSTUV", 404)
    await citizen.see("/w/nonsense", 404)
