"""Several services in one visit, one after another."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Answer, Lobby, moment
from tests.offices import make_office, upstairs
from tests.sql.scenes import all_open, fits

pytestmark = pytest.mark.anyio

THREE = [
    {"service": "copy", "quantity": 2},
    {"service": "permit", "quantity": 1},
    {"service": "record", "quantity": 1},
]


async def serve(lobby: Lobby, now: str, counter_id: str) -> Answer:
    called = await lobby.do("call_next", now, counter_id)
    await lobby.do("serve", now, called)
    return await lobby.do("finish", now, called)


async def test_the_services_of_a_visit_take_their_cells_one_after_another(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    booked = await lobby.book("08:00", services=THREE)
    assert moment(booked["ends_at"]) == lobby.at("08:35")
    times = (("08:00", "copy"), ("08:05", "copy"), ("08:10", "copy"), ("08:20", "copy"))
    rows = await lobby.book_group([lobby.request(s, what) for s, what in times])
    assert [o for o, _ in rows] == ["slot_full", "slot_full", "booked", "booked"]
    rows = await lobby.book_group([lobby.request(s, "copy") for s in ("08:25", "08:30", "08:35")])
    assert [o for o, _ in rows] == ["slot_full", "slot_full", "booked"]
    rows = await lobby.book_group([lobby.request(s, "permit") for s in ("08:15", "08:25")])
    assert [o for o, _ in rows] == ["slot_full", "booked"]
    assert await lobby.differences() == []


async def test_a_visit_is_expected_in_a_room_once_until_its_last_service_there_is_over(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=5, planned=9))
    two = [{"service": "copy", "quantity": 1}, {"service": "record", "quantity": 1}]
    assert await fits(lobby, "09:00", services=two, party_size=4)  # there until 09:30
    assert not await fits(lobby, "09:25", party_size=2)
    assert await fits(lobby, "09:25")
    assert await fits(lobby, "09:30", party_size=2)
    assert await lobby.differences() == []


async def test_a_visit_with_a_service_in_another_room_is_expected_in_both(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=9, change=upstairs))
    two = [{"service": "copy", "quantity": 1}, {"service": "deed", "quantity": 1}]
    assert await fits(lobby, "09:00", services=two)  # upstairs, for one, from 09:05 to 09:30
    assert not await fits(lobby, "08:45", "deed")
    assert await fits(lobby, "08:40", "deed")
    assert not await fits(lobby, "09:25", "deed")
    assert await fits(lobby, "09:30", "deed")
    assert await lobby.differences() == []


async def test_a_visit_stands_in_one_line_at_a_time_and_keeps_its_number(pool: Pool) -> None:
    lobby = await all_open(pool)
    visit = await lobby.walk_in("08:00", services=THREE)
    assert visit["visit"]["queue"] == "justice"
    with pytest.raises(Refused, match="nobody_waiting"):
        await lobby.do("call_next", "08:00", "3")
    after = await serve(lobby, "08:01", "1")
    assert (after["state"], after["queue"], after["number"]) == ("inside", "permits", "A001")
    with pytest.raises(Refused, match="nobody_waiting"):
        await lobby.do("call_next", "08:12", "1")
    assert (await serve(lobby, "08:12", "3"))["queue"] == "justice"
    done = await serve(lobby, "08:30", "2")
    assert (done["state"], [s["state"] for s in done["services"]]) == ("done", ["done"] * 3)
    assert await lobby.differences() == []


async def test_while_the_first_service_lasts_the_second_holds_its_place_in_each_new_hour(
    pool: Pool,
) -> None:
    lobby = await all_open(pool, hour_cap=1, planned=1, rules={"lead_minutes": 0})
    both = [{"service": "copy", "quantity": 1}, {"service": "permit", "quantity": 1}]
    visit = await lobby.walk_in("08:45", services=both)
    await lobby.do("call_next", "08:46", "1")
    await lobby.do("serve", "08:46", visit)
    assert (await lobby.walk_in("09:01", "permit"))["decision"] == "come_back"
    assert (await lobby.walk_in("09:01"))["decision"] == "enter"  # the first is called already
    await lobby.do("finish", "09:05", visit)
    assert (await lobby.do("call_next", "09:05", "3"))["number"] == "A001"
    assert await lobby.differences() == []


async def test_of_several_services_each_keeps_the_place_of_its_own_hour(pool: Pool) -> None:
    lobby = await all_open(pool, hour_cap=1, planned=1, rules={"lead_minutes": 0})
    long_first = [{"service": "copy", "quantity": 15}, {"service": "permit", "quantity": 1}]
    await lobby.walk_in("08:50", services=long_first)  # the permit at five past ten
    await lobby.settle("09:00")
    # Uncalled at nine, the first is held over; the second stays where it was.
    assert not await fits(lobby, "09:00", "copy")
    assert await fits(lobby, "09:30", "permit")
    assert not await fits(lobby, "10:30", "permit")
    assert await lobby.differences() == []
