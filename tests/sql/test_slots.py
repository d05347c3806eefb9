"""The free times that are offered."""

import random
from typing import Any

import pytest

from queue_service import reads
from queue_service.db import Pool
from tests.lobby import Answer, Lobby, moment
from tests.offices import DAY, make_office

pytestmark = pytest.mark.anyio


async def slots(lobby: Lobby, services: Any, now: str = "07:00", days: int = 1) -> list[Answer]:
    return await reads.slots(lobby.pool, lobby.office.office_id, lobby.at(now), services, DAY, days)


async def test_slots_keep_to_the_opening_hours_and_the_lead_time(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    record = [{"service": "record", "quantity": 1}]
    starts = [moment(s["starts_at"]) for s in await slots(lobby, record, "08:01")]
    assert starts[0] == lobby.at("08:40")
    assert lobby.at("11:20") in starts
    assert lobby.at("11:30") not in starts
    assert (starts[-1], len(starts)) == (lobby.at("16:50"), 17 + 21)


async def test_slots_start_on_whole_five_minutes_whenever_the_office_opens(pool: Pool) -> None:
    hours = dict.fromkeys(range(1, 7), (("07:32", "08:01"),))
    lobby = Lobby(pool, await make_office(pool, hours=hours))
    found = await slots(lobby, [{"service": "record", "quantity": 1}], "06:00")
    starts = [moment(slot["starts_at"]) for slot in found]
    assert starts == [lobby.at("07:35"), lobby.at("07:45")]


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
