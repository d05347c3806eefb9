"""A visit put aside goes on."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office
from tests.sql.scenes import bank, called, opened, served

pytestmark = pytest.mark.anyio


async def test_parked_away_is_not_resumed_at_a_counter_while_the_room_is_full(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    parked = await served(lobby, "08:00")
    await lobby.do("park", "08:05", parked, "away", "photo")
    await lobby.walk_in("08:06")
    with pytest.raises(Refused, match="area_full"):
        await lobby.do("resume", "08:07", parked, "1")
    assert await lobby.state(parked) == "parked"


async def test_parked_here_keeps_the_turn(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    parked = await served(lobby, "08:00")
    await lobby.walk_in("08:02")
    await lobby.do("park", "08:05", parked, "here", "photo")
    await lobby.do("resume", "08:06", parked)
    assert (await lobby.do("call_next", "08:07", "1"))["number"] == "A001"


async def test_nobody_is_resumed_who_was_not_set_aside_or_at_a_closed_counter(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await called(lobby, "08:00")
    with pytest.raises(Refused, match="wrong_state") as refused:
        await lobby.do("resume", "08:01", visit)
    assert refused.value.facts == {"state": "called"}
    await lobby.do("park", "08:01", visit, "here", "photo")
    for counter, code in (("2", "counter_closed"), ("99", "no_such_counter")):
        with pytest.raises(Refused, match=code):
            await lobby.do("resume", "08:02", visit, counter)
    assert await lobby.state(visit) == "parked"
    assert (await lobby.do("resume", "08:03", visit, "1"))["state"] == "called"
    assert await lobby.differences() == []


async def test_who_waits_again_holds_a_place_of_the_hour_and_never_two(pool: Pool) -> None:
    lobby = await bank(pool, limit=3)
    first, waits = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1")
    for visit in (first, waits):
        await lobby.do("park", "08:02", visit, "here", "photo")
        await lobby.do("resume", "08:03", visit)
    # one place is used, and each of the two holds one
    assert (await lobby.walk_in("08:04"))["decision"] == "come_back"
    await lobby.do("leave", "08:05", waits)
    doors = [(await lobby.walk_in("08:05"))["decision"] for _ in range(2)]
    assert doors == ["enter", "come_back"]
    assert await lobby.differences() == []


async def test_who_comes_back_when_no_hour_of_today_has_a_place_waits_all_the_same(
    pool: Pool,
) -> None:
    lobby = await bank(pool, limit=1)
    first = await lobby.walk_in("16:00")
    await lobby.do("call_next", "16:01", "1")
    await lobby.do("absent", "16:02", first)
    assert (await lobby.walk_in("16:03"))["decision"] == "enter"
    back = await lobby.do("resume", "16:04", first)
    assert (back["state"], back["number"]) == ("inside", "A001")
    assert await lobby.differences() == []


async def test_who_was_set_aside_uncalled_holds_one_place_all_along(pool: Pool) -> None:
    lobby = await bank(pool, limit=2)
    visit = await lobby.walk_in("08:00")
    await lobby.do("park", "08:01", visit, "here", "photo")
    await lobby.do("resume", "08:02", visit)
    doors = [(await lobby.walk_in("08:03"))["decision"] for _ in range(2)]
    assert doors == ["enter", "come_back"]
    assert await lobby.differences() == []


async def test_who_comes_back_for_the_first_of_two_services_holds_a_place_for_each(
    pool: Pool,
) -> None:
    lobby = await bank(pool, limit=2)
    both = [{"service": "copy", "quantity": 1}, {"service": "permit", "quantity": 1}]
    visit = await lobby.walk_in("08:00", services=both)
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("absent", "08:02", visit)
    await lobby.do("resume", "08:03", visit)
    doors = [(await lobby.walk_in("08:04"))["decision"] for _ in range(2)]
    assert doors == ["enter", "come_back"]
    assert await lobby.differences() == []
