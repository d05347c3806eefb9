"""Who waits for an earlier time is offered what becomes free, one person a place."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from queue_service import db, reads
from queue_service.db import Connection, Database, Pool, Refused
from tests.fairness import AN, BINH, CHAU, answer, code_sent, fair, seen, wait
from tests.lobby import Answer, Lobby, id_of, moment
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def full(pool: Pool, **rules: Any) -> tuple[Lobby, list[Answer]]:
    """One counter, the times 08:00, 08:05 and 08:10 taken."""
    lobby = Lobby(pool, await make_office(pool, planned=1, change=fair(**rules)))
    return lobby, [await lobby.book(starts) for starts in ("08:00", "08:05", "08:10")]


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


async def test_an_offer_nobody_answers_goes_to_the_next_after_ten_minutes(pool: Pool) -> None:
    lobby, taken = await full(pool)
    first, second = await wait(lobby, "07:01", AN), await wait(lobby, "07:01", BINH)
    await lobby.do("cancel", "07:02", taken[0], "")
    with pytest.raises(Refused, match="no_offer"):
        await answer(lobby, "07:12", first, True)
    offer = (await seen(lobby, "07:13", second))["offer"]
    assert offer is None  # the refused command wrote nothing, the worker has not come yet
    await lobby.settle("07:13")
    offer = (await seen(lobby, "07:13", second))["offer"]
    assert moment(offer["until"]) == lobby.at("07:22")
    assert (await answer(lobby, "07:21", second, True))["decision"] == "accepted"
    assert await lobby.differences() == []


async def test_who_lets_two_offers_pass_without_a_word_waits_no_longer(pool: Pool) -> None:
    lobby, taken = await full(pool)
    who = await wait(lobby, "07:01", AN)
    await lobby.do("cancel", "07:02", taken[1], "")
    await lobby.do("cancel", "07:15", taken[2], "")
    assert (await seen(lobby, "07:16", who))["offer"] is not None
    await lobby.settle("07:30")
    assert (await seen(lobby, "07:30", who))["state"] == "over"
    assert await lobby.differences() == []


async def test_what_is_left_in_time_but_not_wanted_is_not_offered(pool: Pool) -> None:
    lobby, taken = await full(pool)
    early = await lobby.book("07:45", phone=AN)
    before = await wait(lobby, "07:01", "", visit_id=early["visit_id"])
    big = await wait(lobby, "07:01", BINH, party_size=5, until_at=lobby.at("08:00").isoformat())
    await lobby.do("cancel", "07:02", taken[0], "")
    assert (await seen(lobby, "07:02", before))["offer"] is None  # 08:00 is later than 07:45
    assert (await seen(lobby, "07:02", big))["offer"] is None
    assert (await lobby.book("08:00", now="07:02"))["state"] == "booked"


async def test_a_longer_visit_is_offered_what_two_short_ones_gave_back(pool: Pool) -> None:
    lobby, taken = await full(pool)
    services = [{"service": "record", "quantity": 1}]
    who = await wait(lobby, "07:01", AN, services=services)
    await lobby.do("cancel", "07:02", taken[0], "")
    assert (await seen(lobby, "07:02", who))["offer"] is None
    await lobby.do("cancel", "07:03", taken[1], "")
    offer = (await seen(lobby, "07:03", who))["offer"]
    assert (moment(offer["starts_at"]), moment(offer["ends_at"])) == (
        lobby.at("08:00"),
        lobby.at("08:10"),
    )
    assert await lobby.differences() == []


async def test_who_cancels_or_leaves_gives_back_what_was_offered(pool: Pool) -> None:
    lobby, taken = await full(pool)
    late = await lobby.book("16:00", phone=AN)
    mover = await wait(lobby, "07:01", "", visit_id=late["visit_id"])
    second, third = await wait(lobby, "07:01", BINH), await wait(lobby, "07:01", CHAU)
    await lobby.do("cancel", "07:02", taken[0], "")
    await lobby.do("cancel", "07:03", late, "")
    assert (await seen(lobby, "07:03", mover))["state"] == "left"
    offer = (await seen(lobby, "07:03", second))["offer"]
    assert moment(offer["starts_at"]) == lobby.at("08:00")
    await lobby.do("leave_waiting_list", "07:04", id_of({"visit_id": second["waiting_id"]}))
    assert (await seen(lobby, "07:04", second))["state"] == "left"
    # the place at 16:00 went to the third, who is asked about one place at a time
    assert (await seen(lobby, "07:04", third))["state"] == "offered"
    assert await lobby.differences() == []


async def test_a_moved_booking_frees_its_place_for_who_waits(pool: Pool) -> None:
    lobby, taken = await full(pool)
    who = await wait(lobby, "07:01", AN)
    await lobby.do("reschedule", "07:02", taken[0], lobby.at("10:00"))
    assert (await answer(lobby, "07:03", who, True))["decision"] == "accepted"
    assert await lobby.differences() == []


async def test_nobody_waits_twice_or_without_end(pool: Pool) -> None:
    lobby, taken = await full(pool)
    await wait(lobby, "07:01", AN)
    with pytest.raises(Refused, match="already_waiting"):
        await wait(lobby, "07:01", AN)
    await wait(lobby, "07:01", AN, services=[{"service": "record", "quantity": 1}])
    with pytest.raises(Refused, match="too_many_waiting"):
        await wait(lobby, "07:01", AN, services=[{"service": "permit", "quantity": 1}])
    wrongs: tuple[tuple[dict[str, Any], str], ...] = (
        ({"services": [{"service": "wedding", "quantity": 1}]}, "unknown_service"),
        ({"party_size": 9}, "party_too_large"),
        ({"phone": ""}, "phone_needed"),
        ({"until_at": lobby.at("06:00").isoformat()}, "in_the_past"),
        ({"visit_id": "00000000-0000-4000-8000-000000000000"}, "no_such_visit"),
    )
    for wrong, code in wrongs:
        with pytest.raises(Refused, match=code):
            await wait(lobby, "07:01", **({"phone": BINH} | wrong))
    await lobby.do("cancel", "07:01", taken[0], "")
    with pytest.raises(Refused, match="not_booked"):
        await wait(lobby, "07:02", BINH, visit_id=taken[0]["visit_id"])


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
    who, texts = await wait(lobby, "07:01", AN), await wait(lobby, "07:01", BINH)
    await lobby.do("cancel", "07:02", taken, "")
    said = await answer(lobby, "07:03", who, True, proof="654321")
    assert said["visit"]["state"] == "held"
    assert await code_sent(owner, said["visit"]) == "654321"
    await lobby.settle("07:14")
    assert await lobby.state(said["visit"]) == "cancelled"
    said = await answer(lobby, "07:15", texts, True, proven=True)  # by text, from the phone
    assert said["visit"]["state"] == "booked"
    assert await lobby.differences() == []


async def test_two_hundred_race_for_three_freed_places(pool: Pool, database: Database) -> None:
    """Three are offered one place each; of those who refuse or say nothing, the next is asked."""
    lobby, taken = await full(pool)
    async with db.connect(database.app_url, size=8) as other:
        halves = lobby, Lobby(other, lobby.office)
        people = await asyncio.gather(
            *(wait(halves[n % 2], "07:01", f"+84905{n:06}") for n in range(200))
        )
        await asyncio.gather(*(halves[n % 2].do("cancel", "07:02", taken[n], "") for n in range(3)))

        async def offered(now: str) -> list[Answer]:
            return [who for who in people if (await seen(lobby, now, who))["offer"] is not None]

        asked = Counter[str]()
        booked: list[Answer] = []
        for minute in range(3, 30):
            now = f"07:{minute:02}"
            open_ = await offered(now)
            assert len(open_) <= 3 - len(booked)
            if not open_:
                break
            assert len(open_) == 3 - len(booked)
            asked.update(who["waiting_id"] for who in open_)

            async def say(n: int, who: Answer, now: str = now) -> str:
                # Everybody tries, twice and on both sides; who was not asked has nothing to take.
                accept = minute > 6 or n % 3 == 0  # noqa: B023
                try:
                    return (await answer(halves[n % 2], now, who, accept))["decision"]
                except Refused as refused:
                    return refused.code

            crowd = [*open_, *(who for who in people[:20] if who not in open_), *open_]
            said = await asyncio.gather(*(say(n % 3, who) for n, who in enumerate(crowd)))
            assert set(said) <= {"accepted", "declined", "no_offer"}
            states = [await seen(lobby, now, who) for who in people]
            booked = [who for who in states if who["state"] == "booked"]
            assert len(booked) <= 3
    assert len(booked) == 3
    starts = [(await lobby.visit({"visit_id": who["visit_id"]}))["starts_at"] for who in booked]
    assert sorted(moment(one) for one in starts) == [
        lobby.at(one) for one in ("08:00", "08:05", "08:10")
    ]
    assert len({who["phone"] for who in booked}) == 3
    assert await lobby.differences() == []
