"""A freed place is offered: taken, refused, or kept from whom it breaks a rule."""

import pytest

from queue_service import reads
from queue_service.db import Connection, Pool
from tests.fairness import AN, BINH, answer, code_sent, fair, seen, wait
from tests.lobby import Lobby, moment
from tests.offices import make_office
from tests.sql.scenes import full

pytestmark = pytest.mark.anyio


async def test_a_freed_place_is_offered_and_taken_by_moving_the_booking_there(pool: Pool) -> None:
    lobby, taken = await full(pool)
    late = await lobby.book("16:00", phone=AN)
    who = await wait(lobby, "07:01", "", visit_id=late["visit_id"])
    assert (who["state"], who["moves"], who["phone"]) == ("waiting", True, AN)
    await lobby.do("cancel", "07:02", taken[0], "")
    offered = await seen(lobby, "07:02", who)
    assert moment(offered["offer"]["starts_at"]) == lobby.at("08:00")
    assert moment(offered["offer"]["until"]) == lobby.at("07:12")
    assert (await lobby.book_group([lobby.request("08:00")], "07:03"))[0][0] == "slot_full"
    said = await answer(lobby, "07:04", who, True)
    assert (said["decision"], said["visit"]["code"]) == ("accepted", late["code"])
    assert moment(said["visit"]["starts_at"]) == lobby.at("08:00")
    assert (await lobby.book("16:00", now="07:05"))["state"] == "booked"  # what it had is free
    assert (await answer(lobby, "07:06", who, True))["decision"] == "accepted"  # said twice
    assert await lobby.differences() == []


async def test_who_had_no_booking_has_one_under_the_link_of_the_list(pool: Pool) -> None:
    lobby, taken = await full(pool)
    who = await wait(lobby, "07:01", AN)
    await lobby.do("cancel", "07:02", taken[1], "")
    said = await answer(lobby, "07:03", who, True)
    ticket = await reads.ticket(
        pool, lobby.office.office_id, lobby.at("07:04"), bytes.fromhex(who["token"])
    )
    assert ticket is not None
    assert (ticket["name"], ticket["state"]) == ("Trần Thị Bình", "booked")
    assert moment(ticket["starts_at"]) == lobby.at("08:05")
    assert said["waiting"]["state"] == "booked"
    assert (await lobby.arrive("08:00", said["visit"]))["decision"] == "enter"
    assert await lobby.differences() == []


async def test_a_refused_offer_goes_to_the_next_at_once_and_then_to_everybody(pool: Pool) -> None:
    lobby, taken = await full(pool)
    first, second = await wait(lobby, "07:01", AN), await wait(lobby, "07:01", BINH)
    await lobby.do("cancel", "07:02", taken[0], "")
    assert (await seen(lobby, "07:02", second))["offer"] is None
    assert (await answer(lobby, "07:03", first, False))["decision"] == "declined"
    assert (await seen(lobby, "07:03", first))["offer"] is None  # not asked again for that time
    assert (await seen(lobby, "07:03", second))["offer"] is not None
    await answer(lobby, "07:04", second, False)
    assert (await lobby.book("08:00", now="07:04"))["state"] == "booked"
    assert (await seen(lobby, "07:05", first))["state"] == "waiting"
    assert await lobby.differences() == []


async def test_an_offer_breaks_no_limit_of_the_phone(pool: Pool) -> None:
    lobby, taken = await full(pool)
    who = await wait(lobby, "07:01", AN)
    for starts in ("14:00", "15:00"):
        await lobby.book(starts, phone=AN)
    await lobby.do("cancel", "07:02", taken[0], "")
    said = await answer(lobby, "07:03", who, True)
    assert said["decision"] == "too_many_bookings"
    assert (await lobby.book("08:00", now="07:03"))["state"] == "booked"
    assert await lobby.differences() == []


async def test_where_phones_are_proven_the_link_alone_takes_no_place(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, change=fair(prove_phone=True)))
    taken = await lobby.book("08:00", channel="hotline")
    # they joined by telephone, where nobody is asked for a code
    who = await wait(lobby, "07:01", AN, channel="hotline")
    texts = await wait(lobby, "07:01", BINH, channel="hotline")
    await lobby.do("cancel", "07:02", taken, "")
    said = await answer(lobby, "07:03", who, True, proof="654321")
    assert said["visit"]["state"] == "held"
    assert await code_sent(owner, said["visit"]) == "654321"
    await lobby.settle("07:14")
    assert await lobby.state(said["visit"]) == "cancelled"
    said = await answer(lobby, "07:15", texts, True, proven=True)  # by text, from the phone
    assert said["visit"]["state"] == "booked"
    assert await lobby.differences() == []
