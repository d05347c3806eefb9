"""One went in whom nobody can name."""

import asyncio

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lobby(pool: Pool) -> Lobby:
    return Lobby(pool, await make_office(pool, rules={"exits": "counted"}))


async def test_one_in_counts_a_person_and_the_same_tap_twice_counts_one(lobby: Lobby) -> None:
    for _ in range(2):
        await lobby.do("count_in", "08:00", "hall", 1, key="a")
    assert await lobby.present("08:00") == 1
    await lobby.do("count_in", "08:00", "hall", 1, key="b")
    assert await lobby.present("08:00") == 2
    assert await lobby.differences("08:01") == []


async def test_many_hands_count_in_at_once_and_none_is_lost(lobby: Lobby) -> None:
    taps = [lobby.do("count_in", "08:00", "hall", 1, key=f"tap {n}") for n in range(12)]
    await asyncio.gather(*taps)
    assert await lobby.present("08:00") == 12


async def test_one_in_over_the_cap_is_counted_and_nobody_enters_until_it_fits(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=2))
    for _ in range(3):
        await lobby.do("count_in", "08:00", "hall", 1)
    assert await lobby.present("08:00") == 3
    assert (await lobby.walk_in("08:01"))["decision"] == "wait_outside"


async def test_nobody_counts_in_none_or_too_many(lobby: Lobby) -> None:
    for count in (0, -1, 101):
        with pytest.raises(Refused, match="bad_count"):
            await lobby.do("count_in", "08:00", "hall", count)
    with pytest.raises(Refused, match="no_such_area"):
        await lobby.do("count_in", "08:00", "roof", 1)
