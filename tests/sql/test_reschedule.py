"""Moving a booking to another time, and the free times that are offered for it."""

import random
from typing import Any

import pytest

from queue_service import reads
from queue_service.db import Pool, Refused
from tests.lobby import Answer, Lobby, moment
from tests.offices import DAY, make_office

pytestmark = pytest.mark.anyio


async def slots(lobby: Lobby, services: Any, now: str = "07:00", days: int = 1) -> list[Answer]:
    return await reads.slots(lobby.pool, lobby.office.office_id, lobby.at(now), services, DAY, days)


async def test_a_moved_booking_keeps_its_code_and_its_old_ticket_is_worth_nothing(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("08:00", phone="+84905123456")
    moved = await lobby.do("reschedule", "07:10", booked, lobby.at("09:00"))
    assert (moved["code"], moved["revision"], moved["state"]) == (booked["code"], 2, "booked")
    assert moment(moved["starts_at"]) == lobby.at("09:00")
    assert moment(moved["ends_at"]) == lobby.at("09:05")
    assert (await lobby.arrive("08:00", booked))["decision"] == "too_early"
    assert await lobby.differences() == []


async def test_its_own_cells_count_as_free_for_a_booking_that_moves(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    booked = await lobby.book("08:00", "record")
    moved = await lobby.do("reschedule", "07:10", booked, lobby.at("08:05"))
    assert moment(moved["starts_at"]) == lobby.at("08:05")
    assert await lobby.differences() == []


@pytest.mark.parametrize(
    ("to", "now", "code"),
    [
        ("08:02", "07:10", "not_a_slot"),
        ("12:00", "07:10", "not_a_slot"),
        ("07:30", "07:10", "too_soon"),
        ("07:30", "07:40", "in_the_past"),
        ("10:00", "07:10", "slot_full"),
    ],
)
async def test_a_booking_that_cannot_move_stays_as_it_was(
    pool: Pool, to: str, now: str, code: str
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.book("10:00")
    booked = await lobby.book("09:00")
    with pytest.raises(Refused, match=code):
        await lobby.do("reschedule", now, booked, lobby.at(to))
    seen = await lobby.visit(booked, now)
    assert (moment(seen["starts_at"]), seen["revision"]) == (lobby.at("09:00"), 1)
    assert (await lobby.book_group([lobby.request("09:00")], now))[0][0] == "slot_full"
    assert await lobby.differences() == []


async def test_who_has_arrived_or_cancelled_moves_nothing(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    came, gone = await lobby.book("08:00"), await lobby.book("08:00")
    await lobby.do("cancel", "07:10", gone)
    await lobby.arrive("07:50", came)
    for visit in (came, gone):
        with pytest.raises(Refused, match="not_booked"):
            await lobby.do("reschedule", "07:51", visit, lobby.at("10:00"))


async def test_slots_keep_to_the_opening_hours_and_the_lead_time(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    record = [{"service": "record", "quantity": 1}]
    starts = [moment(s["starts_at"]) for s in await slots(lobby, record, "08:01")]
    assert starts[0] == lobby.at("08:40")
    assert lobby.at("11:20") in starts
    assert lobby.at("11:30") not in starts
    assert (starts[-1], len(starts)) == (lobby.at("16:50"), 17 + 21)


async def test_a_full_slot_is_shown_with_nothing_left(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.book("08:00")
    left = {moment(s["starts_at"]): s["left"] for s in await slots(lobby, [{"service": "copy"}])}
    assert (left[lobby.at("08:00")], left[lobby.at("08:05")]) == (0, 1)


@pytest.mark.parametrize("rule", ["clock", "any-60-minutes"])
@pytest.mark.parametrize("seed", range(6))
async def test_a_slot_with_some_left_takes_exactly_so_many_bookings_of_one_person(
    pool: Pool, rule: str, seed: int
) -> None:
    chance = random.Random(seed)
    office = await make_office(
        pool,
        planned={"justice": 3, "permits": 2},
        area_cap=9,
        staff=2,
        hour_cap=chance.choice((3, 5)),
        hour_rule=rule,
        pool_id=chance.choice((None, "desks")),
    )
    lobby = Lobby(pool, office)
    asked = chance.choice(
        (
            [{"service": "copy", "quantity": 1}],
            [{"service": "record", "quantity": 2}],
            [{"service": "copy", "quantity": 1}, {"service": "record", "quantity": 1}],
            [{"service": "copy", "quantity": 1}, {"service": "permit", "quantity": 1}],
        )
    )
    for _ in range(25):
        start = f"{chance.choice((8, 9, 10))}:{chance.randrange(12) * 5:02}".zfill(5)
        await lobby.book_group(
            [lobby.request(start, chance.choice(("copy", "record", "permit")), party_size=1)]
        )
    tried = 0
    for _ in range(12):
        offered = await slots(lobby, asked)
        slot = chance.choice(offered[:24])
        start = moment(slot["starts_at"]).astimezone(office.zone).strftime("%H:%M")
        requests = [lobby.request(start, services=asked) for _ in range(slot["left"] + 1)]
        rows = await lobby.book_group(requests)
        outcomes = [outcome for outcome, _ in rows]
        assert outcomes == ["booked"] * slot["left"] + ["slot_full"], start
        tried += slot["left"]
    assert tried
    assert await lobby.differences() == []


async def test_who_has_arrived_can_no_longer_cancel(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("08:00")
    await lobby.arrive("07:50", booked)
    with pytest.raises(Refused, match="not_booked"):
        await lobby.do("cancel", "07:51", booked, "")
    assert await lobby.state(booked) == "inside"
    assert await lobby.differences() == []
