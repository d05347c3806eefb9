"""One day of a small office from the first booking to closing, all commands in turn."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def test_a_visitor_books_comes_is_called_served_and_leaves(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, staff=6))
    booked = await lobby.book("08:00", phone="+84905123456")
    assert len(booked["code"]) == 10
    await lobby.do("open_counter", "07:40", "1")

    door = await lobby.arrive("07:50", booked)
    assert (door["decision"], door["number"]) == ("enter", "A001")
    assert await lobby.present("07:50") == 7
    await lobby.do("slip", "07:50", booked, "phone")
    called = await lobby.do("call_next", "07:55", "1")
    assert (called["number"], called["state"], called["counter"]) == ("A001", "called", "1")
    await lobby.do("recall", "07:56", booked)
    await lobby.do("serve", "07:56", booked)
    await lobby.do("park", "07:57", booked, "here", "photo")
    await lobby.do("resume", "07:58", booked, "1")
    await lobby.do("serve", "07:58", booked)
    await lobby.do("transfer", "07:59", booked, "permits")
    await lobby.do("open_counter", "07:59", "3")
    await lobby.do("call_number", "08:00", "3", "a001")
    await lobby.do("serve", "08:00", booked)
    finished = await lobby.do("finish", "08:05", booked)
    assert finished["state"] == "done"
    assert await lobby.present("08:05") == 7
    await lobby.settle("08:08")
    assert await lobby.present("08:08") == 6
    assert await lobby.differences() == []


async def test_a_walk_in_waits_outside_while_the_room_is_full_and_is_fetched_when_somebody_leaves(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=2, counter_cap=None))
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    third = await lobby.walk_in("08:01")
    assert [v["decision"] for v in (first, second, third)] == ["enter", "enter", "wait_outside"]
    await lobby.do("leave", "08:02", first)
    assert await lobby.state(third) == "invited"
    await lobby.do("enter", "08:03", third)
    assert await lobby.state(third) == "inside"
    assert await lobby.differences() == []


async def test_nobody_is_called_past_a_counter_that_is_closed(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.walk_in("08:00")
    with pytest.raises(Refused, match="counter_closed"):
        await lobby.do("call_next", "08:01", "1")
    await lobby.do("open_counter", "08:01", "1")
    await lobby.do("pause_counter", "08:02", "1", "họp", lobby.at("08:30"))
    with pytest.raises(Refused, match="counter_closed"):
        await lobby.do("call_next", "08:03", "1")
    assert await lobby.differences() == []


async def test_everything_ends_an_hour_after_closing(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, hour_cap=3))
    for clock in ("08:00", "08:05", "08:10", "08:15", "08:20"):
        await lobby.walk_in(clock)
    booked = await lobby.book("10:00")
    await lobby.settle("19:00")
    assert await lobby.state(booked) == "missed"
    assert await lobby.present("19:00") == 0
    assert await lobby.differences("19:00") == []
