"""Many at once: callers for the last places, clerks for the next number, doors for one place."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from queue_service import db
from queue_service.db import Database, Pool, Refused
from tests.lobby import Answer, Lobby, id_of
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def together(count: int, act: Callable[[int], Awaitable[Any]]) -> list[Any]:
    """What each of them got: an answer, or the code of the refusal."""

    async def one(n: int) -> Any:
        try:
            return await act(n)
        except Refused as refused:
            return refused.code

    return await asyncio.gather(*(one(n) for n in range(count)))


async def test_of_four_hundred_callers_five_have_the_five_places(
    pool: Pool, database: Database
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=5))
    async with db.connect(database.app_url, size=10) as other:
        second = Lobby(other, lobby.office)

        async def call(n: int) -> list[tuple[str, Answer]]:
            here = (lobby, second)[n % 2]
            return await here.book_group([here.request("08:00") for _ in range(8)])

        groups = await together(50, call)
    outcomes = [outcome for group in groups for outcome, _ in group]
    assert (len(outcomes), outcomes.count("booked"), outcomes.count("slot_full")) == (400, 5, 395)
    assert await lobby.differences() == []


async def test_clerks_who_call_at_once_never_call_the_same_number(
    pool: Pool, database: Database
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=None, counter_cap=4, pool_id="desks"))
    for counter in ("1", "2", "3"):
        await lobby.do("open_counter", "07:30", counter)
    for _ in range(10):
        await lobby.walk_in("08:00")
    async with db.connect(database.app_url, size=10) as other:
        second = Lobby(other, lobby.office)
        called = await together(
            24, lambda n: (lobby, second)[n % 2].do("call_next", "08:01", str(n % 3 + 1))
        )
    numbers = [c["number"] for c in called if not isinstance(c, str)]
    assert sorted(numbers) == [f"A{n:03}" for n in range(1, 11)]
    assert {c for c in called if isinstance(c, str)} <= {"nobody_waiting", "counter_full"}
    assert await lobby.differences() == []


async def test_of_all_doors_one_has_the_last_place(pool: Pool, database: Database) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=3, planned=9))
    visits = [await lobby.book("08:00", now="07:00") for _ in range(3)]
    visits += [await lobby.book("08:20", now="07:00") for _ in range(3)]
    async with db.connect(database.app_url, size=10) as other:
        second = Lobby(other, lobby.office)
        doors = await together(18, lambda n: (lobby, second)[n % 2].arrive("08:08", visits[n % 6]))
    entered = {id_of(d) for d in doors if d["decision"] in ("enter", "already_in")}
    assert len(entered) == 3
    assert await lobby.present("08:08") == 3
    assert await lobby.differences() == []


async def test_numbers_given_at_once_have_no_gap_and_no_double(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=None, planned=9))
    doors = await together(40, lambda n: lobby.walk_in("08:00"))
    assert sorted(d["number"] for d in doors) == [f"A{n:03}" for n in range(1, 41)]
    assert await lobby.differences() == []


async def test_an_office_held_for_long_stops_no_other(pool: Pool, owner: db.Connection) -> None:
    held, free = Lobby(pool, await make_office(pool)), Lobby(pool, await make_office(pool))
    async with owner.transaction():
        await owner.execute(
            "select from queue.office_state where office_id = $1 for update", held.office.office_id
        )
        waiting = asyncio.create_task(held.walk_in("08:00"))
        assert (await asyncio.wait_for(free.walk_in("08:00"), 3))["number"] == "A001"
        assert not waiting.done()
    assert (await waiting)["number"] == "A001"
