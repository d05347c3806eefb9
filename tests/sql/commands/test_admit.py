"""A manager lets one in over the cap, with a reason that is kept."""

import json

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office, upstairs
from tests.sql.scenes import all_open, events

pytestmark = pytest.mark.anyio


async def test_a_manager_keeping_one_in_through_the_break_is_not_undone_a_moment_later(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"lunch": "arrived", "lateness_minutes": 5}))
    await lobby.book("11:25")  # missed one second after 11:30
    inside = await lobby.walk_in("11:00")
    await lobby.do("admit", "11:30", inside, "a chair for her")
    await lobby.settle("11:31")
    assert await lobby.state(inside) == "inside"
    assert await lobby.differences() == []


async def test_a_manager_lets_one_in_over_the_cap_and_it_is_reported(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    await lobby.walk_in("08:00")
    outside = await lobby.walk_in("08:01")
    await lobby.do("admit", "08:02", outside, "wheelchair, rain")
    assert (await lobby.state(outside), await lobby.present("08:02")) == ("inside", 2)
    assert await events(owner, lobby, "excess") == [
        {"area": "hall", "reason": "wheelchair, rain", "present": 2, "cap": 1}
    ]
    assert (await lobby.walk_in("08:03"))["decision"] == "wait_outside"
    assert await lobby.differences() == []


async def test_one_let_in_under_the_cap_is_no_excess(pool: Pool, owner: Connection) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=2))
    first, _ = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    outside = await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", first)
    await lobby.do("admit", "08:02", outside, "wheelchair")
    assert await events(owner, lobby, "excess") == []


async def test_a_manager_says_why(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    await lobby.walk_in("08:00")
    outside = await lobby.walk_in("08:01")
    with pytest.raises(Refused, match="reason_missing"):
        await lobby.do("admit", "08:02", outside, "  ")


async def test_a_manager_does_not_let_in_who_is_in(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    inside = await lobby.walk_in("08:00")
    with pytest.raises(Refused, match="wrong_state"):
        await lobby.do("admit", "08:02", inside, "why")


async def test_a_manager_lets_one_transferred_into_the_full_room_above(
    pool: Pool, owner: Connection
) -> None:
    lobby = await all_open(pool, change=upstairs)
    await lobby.walk_in("08:00", "deed")
    visit = await lobby.walk_in("08:00")
    with pytest.raises(Refused, match="wrong_state"):
        await lobby.do("admit", "08:01", visit, "in already, and sent nowhere")
    await lobby.do("transfer", "08:01", visit, "notary")
    admitted = await lobby.do("admit", "08:02", visit, "a signature only")
    assert (admitted["state"], admitted["area"]) == ("inside", "up")
    assert (
        (await lobby.area("08:02"))["present"],
        (await lobby.area("08:02", "up"))["present"],
    ) == (0, 2)
    facts = await owner.fetchval(
        "select facts::text from queue.event where office_id = $1 and kind = 'excess'",
        lobby.office.office_id,
    )
    assert json.loads(facts) == {"area": "up", "reason": "a signature only", "present": 2, "cap": 1}
    assert (await lobby.do("call_number", "08:03", "9", "A001"))["state"] == "called"
    assert await lobby.differences() == []
