"""Cells: what a booking or a number takes of its queue, of shared counters and of the room."""

from typing import Any

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office, service
from tests.sql.scenes import expected, fits

pytestmark = pytest.mark.anyio


async def test_a_visit_takes_one_counter_for_as_long_as_it_lasts(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    assert await fits(lobby, "08:00", "record")  # 10 minutes
    assert not await fits(lobby, "08:05")
    assert not await fits(lobby, "07:55", "record")
    assert await fits(lobby, "07:55")
    assert await fits(lobby, "08:10")
    assert await lobby.differences() == []


async def test_minutes_times_quantity_are_rounded_up_to_whole_cells(pool: Pool) -> None:
    def scan(file: Any) -> None:
        file["services"].append(service("scan", "justice", 7, "Quét", "Scan", 9))

    lobby = Lobby(pool, await make_office(pool, planned=1, change=scan))
    assert await fits(lobby, "08:00", services=[{"service": "scan", "quantity": 2}])  # 14 minutes
    assert not await fits(lobby, "08:10")
    assert await fits(lobby, "08:15")


async def test_queues_that_share_counters_take_from_one_another(pool: Pool) -> None:
    office = await make_office(pool, pool_id="desks", planned={"justice": 1, "permits": 0})
    lobby = Lobby(pool, office)
    assert await fits(lobby, "08:00", "permit")  # 15 minutes
    assert not await fits(lobby, "08:10")
    assert await fits(lobby, "08:15")
    assert await lobby.differences() == []


async def test_queues_with_counters_of_their_own_do_not(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    assert await fits(lobby, "08:00", "permit")
    assert await fits(lobby, "08:10")


async def test_a_party_is_expected_in_the_room_for_its_visit_and_the_usual_wait(
    pool: Pool,
) -> None:
    office = await make_office(pool, area_cap=5, planned=9, rules={"usual_wait_minutes": 15})
    lobby = Lobby(pool, office)
    assert await fits(lobby, "09:00", party_size=4)  # there until 09:20
    assert not await fits(lobby, "09:15", party_size=2)
    assert not await fits(lobby, "08:45", party_size=2)  # there until 09:05
    assert await fits(lobby, "09:20", party_size=2)
    assert await fits(lobby, "08:40", party_size=2)
    assert await fits(lobby, "09:00")
    assert await lobby.differences() == []


async def test_a_booking_asks_who_is_expected_and_not_who_is_in_the_room_now(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=5, planned=9))
    await lobby.do("recount", "08:00", "hall", 5)
    assert await fits(lobby, "08:30", party_size=5)
    assert (await lobby.walk_in("08:00"))["decision"] == "wait_outside"
    assert await lobby.differences() == []


async def test_planned_staff_count_in_the_room(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=5, planned=9, staff=3))
    assert await fits(lobby, "09:00", party_size=2)
    assert not await fits(lobby, "09:00")


async def test_counters_count_as_planned_at_that_time(pool: Pool) -> None:
    def morning(file: Any) -> None:
        file["plans"] = [
            {"scope": "queue:justice", "weekday": 2, "starts": s, "ends": e, "amount": n}
            for s, e, n in (("07:30", "09:00", 1), ("09:00", "10:00", 2), ("10:00", "11:30", 1))
        ]

    lobby = Lobby(pool, await make_office(pool, change=morning))
    assert [await fits(lobby, "08:55") for _ in range(2)] == [True, False]
    assert [await fits(lobby, "09:00") for _ in range(3)] == [True, True, False]
    assert not await fits(lobby, "14:00")
    assert not await fits(lobby, "08:55", "record")
    assert [await fits(lobby, "09:55", "record") for _ in range(2)] == [True, False]


async def test_a_number_takes_cells_that_bookings_see(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, rules={"lead_minutes": 0}))
    first = await lobby.walk_in("08:00", "record")
    assert expected(lobby, first) == "08:00"
    with pytest.raises(Refused) as caught:
        await lobby.book("08:05", now="08:00")
    assert caught.value.facts == {"cap": "queue", "left": 0}
    assert (await lobby.book("08:10", now="08:00"))["state"] == "booked"
    assert await lobby.differences() == []


async def test_a_number_stands_behind_the_bookings_and_numbers_before_it(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.book("08:00")
    await lobby.book("08:10")
    times = [expected(lobby, await lobby.walk_in("08:00")) for _ in range(3)]
    assert times == ["08:05", "08:15", "08:20"]
    assert expected(lobby, await lobby.walk_in("08:00", "record")) == "08:25"
    assert await lobby.differences() == []


async def test_a_number_finds_room_at_counters_that_queues_share(pool: Pool) -> None:
    office = await make_office(pool, pool_id="desks", planned={"justice": 1, "permits": 0})
    lobby = Lobby(pool, office)
    assert await fits(lobby, "08:00", "permit")  # 15 minutes
    assert expected(lobby, await lobby.walk_in("08:00")) == "08:15"
    assert await lobby.differences() == []


async def test_a_number_waits_for_those_ahead_whose_time_is_past(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.walk_in("08:00", "record")
    await lobby.walk_in("08:00", "record")
    assert expected(lobby, await lobby.walk_in("08:20")) == "08:40"  # nobody has been called yet


async def test_of_those_whose_time_is_past_only_the_service_they_wait_for_holds_others_up(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    both = [{"service": "copy", "quantity": 1}, {"service": "permit", "quantity": 1}]
    await lobby.walk_in("08:00", services=both)
    assert expected(lobby, await lobby.walk_in("08:20")) == "08:25"


async def test_those_outside_whose_time_is_past_hold_others_up_and_who_is_served_does_not(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, area_cap=1))
    inside = await lobby.walk_in("08:00")
    await lobby.walk_in("08:00", "record")  # until 08:15, and waits outside
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("serve", "08:01", inside)
    assert expected(lobby, await lobby.walk_in("08:20")) == "08:30"
    await lobby.do("leave", "08:22", inside)  # and the one outside is invited in
    assert expected(lobby, await lobby.walk_in("08:22")) == "08:35"


@pytest.mark.parametrize("shared", [False, True])
async def test_those_of_another_line_hold_nobody_up_unless_they_share_the_counters(
    pool: Pool, shared: bool
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, pool_id="desks" if shared else None))
    for _ in range(2 if shared else 1):
        await lobby.walk_in("08:00", "permit")  # fifteen minutes each, at as many counters
    door = await lobby.walk_in("08:20")
    assert expected(lobby, door) == ("08:35" if shared else "08:20")


async def test_who_is_ahead_and_has_a_later_time_holds_nobody_up_before_it(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    long = await lobby.book("08:00", services=[{"service": "record", "quantity": 3}])
    assert expected(lobby, await lobby.walk_in("07:50", "record")) == "07:50"
    assert expected(lobby, await lobby.walk_in("07:50")) == "08:30"
    await lobby.do("cancel", "07:51", long)
    assert expected(lobby, await lobby.walk_in("07:51")) == "08:00"
    assert await lobby.differences() == []


async def test_before_the_office_opens_a_number_is_for_its_first_whole_five_minutes(
    pool: Pool,
) -> None:
    hours = dict.fromkeys(range(1, 7), (("07:32", "11:30"),))
    lobby = Lobby(pool, await make_office(pool, hours=hours))
    assert expected(lobby, await lobby.walk_in("07:20")) == "07:35"


async def test_a_number_finds_room_for_its_second_service_in_the_other_line(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.book("08:05", "permit")  # until 08:20
    both = [{"service": "copy", "quantity": 1}, {"service": "permit", "quantity": 1}]
    assert expected(lobby, await lobby.walk_in("08:00", services=both)) == "08:15"
    assert await lobby.differences() == []
