"""The room is counted by hand, and the ledger corrected."""

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office
from tests.sql.scenes import events, served

pytestmark = pytest.mark.anyio


async def test_a_recount_upwards_adds_people_nobody_can_name(pool: Pool, owner: Connection) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=5, staff=2))
    await lobby.walk_in("08:00")
    area = await lobby.do("recount", "08:01", "hall", 5)
    assert (area["present"], area["unnamed"]) == (5, 2)
    assert (await lobby.walk_in("08:02"))["decision"] == "wait_outside"
    assert await events(owner, lobby, "recount") == [{"area": "hall", "known": 3, "counted": 5}]
    assert await lobby.differences() == []


async def test_the_next_recount_ends_the_unnamed(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.walk_in("08:00")
    await lobby.do("recount", "08:01", "hall", 4)
    await lobby.do("recount", "08:02", "hall", 2)
    assert (await lobby.area("08:02"))["unnamed"] == 1
    await lobby.do("recount", "08:03", "hall", 1)
    assert (await lobby.area("08:03"))["unnamed"] == 0
    await lobby.do("recount", "08:04", "hall", 3)
    assert await lobby.present("08:04") == 3
    assert await lobby.differences() == []


async def test_a_recount_downwards_ends_the_finished_then_the_absent(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    done, absent = await served(lobby, "08:00"), await lobby.walk_in("08:00")
    waits = await lobby.walk_in("08:00")
    await lobby.do("finish", "08:01", done)
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("absent", "08:01", absent)
    await lobby.do("recount", "08:02", "hall", 2)
    assert [await lobby.state(v) for v in (done, absent, waits)] == ["done", "absent", "inside"]
    await lobby.do("recount", "08:02", "hall", 1)
    assert [await lobby.state(v) for v in (done, absent, waits)] == ["done", "left", "inside"]
    assert await lobby.present("08:02") == 1
    assert await lobby.differences() == []


async def test_a_recount_downwards_asks_who_left_and_takes_nobody_out_of_the_line(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:00", party_size=2)
    with pytest.raises(Refused, match="who_left") as refused:
        await lobby.do("recount", "08:01", "hall", 1)
    assert refused.value.facts["excess"] == 2
    assert [c["number"] for c in refused.value.facts["candidates"]] == ["A001", "A002"]
    assert await lobby.present("08:01") == 3
    await lobby.do("leave", "08:02", second)
    await lobby.do("recount", "08:02", "hall", 1)
    assert await lobby.state(first) == "inside"
    assert await lobby.differences() == []


async def test_a_recount_below_the_planned_staff_is_refused_as_a_miscount(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, staff=5))
    visit = await lobby.walk_in("08:00")
    with pytest.raises(Refused, match="fewer_than_staff") as refused:
        await lobby.do("recount", "08:01", "hall", 4)
    assert refused.value.facts == {"staff": 5}
    with pytest.raises(Refused, match="who_left") as refused:
        await lobby.do("recount", "08:01", "hall", 5)
    assert (refused.value.facts["excess"], len(refused.value.facts["candidates"])) == (1, 1)
    await lobby.do("leave", "08:02", visit)
    assert (await lobby.do("recount", "08:02", "hall", 5))["present"] == 5


async def test_a_finished_party_ended_by_a_recount_leaves_the_count_exact(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    party = await served(lobby, "08:00", party_size=3)
    await lobby.do("finish", "08:01", party)
    area = await lobby.do("recount", "08:02", "hall", 2)
    assert (area["present"], area["unnamed"]) == (2, 2)
    assert await lobby.differences() == []
