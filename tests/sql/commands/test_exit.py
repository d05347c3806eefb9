"""Somebody goes out: by scan or by count, never twice and never out of the line."""

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby, id_of
from tests.offices import make_office
from tests.sql.scenes import called, served

pytestmark = pytest.mark.anyio


async def test_where_exits_are_scanned_a_finished_visitor_is_gone_at_the_scan(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "scanned"}))
    visit = await served(lobby, "08:00")
    await lobby.do("finish", "08:05", visit)
    await lobby.settle("08:20")
    assert await lobby.present("08:20") == 1
    await lobby.do("exit", "08:20", "hall", id_of(visit))
    assert await lobby.present("08:20") == 0
    assert await lobby.state(visit) == "done"
    assert await lobby.differences() == []


async def test_an_exit_scan_before_finish_keeps_the_place_in_line(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("exit", "08:02", "hall", id_of(first))
    assert (await lobby.state(first), await lobby.present("08:02")) == ("arrived", 1)
    await lobby.settle("08:20")
    assert await lobby.state(first) == "arrived"  # nobody is fetched who has gone out by himself
    assert (await lobby.arrive("08:21", first))["decision"] == "enter"
    assert (await lobby.visit(second, "08:21"))["ahead"] == 1
    assert await lobby.differences() == []


async def test_an_exit_scan_of_a_called_visitor_undoes_the_call(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, hour_cap=1, planned=1))
    first = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("exit", "08:02", "hall", id_of(first))
    assert (await lobby.state(first), await lobby.present("08:02")) == ("arrived", 0)
    await lobby.arrive("08:05", first)
    assert (await lobby.do("call_next", "08:06", "1"))["number"] == "A001"
    assert await lobby.differences() == []


async def test_an_exit_scan_of_one_being_served_takes_them_out_of_the_room(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, hour_cap=1, planned=1))
    visit = await served(lobby, "08:00")
    await lobby.do("exit", "08:02", "hall", id_of(visit))
    assert (await lobby.state(visit), await lobby.present("08:02")) == ("arrived", 0)
    await lobby.arrive("08:05", visit)
    assert (await lobby.do("call_next", "08:06", "1"))["state"] == "called"
    assert await lobby.differences() == []


async def test_one_out_is_counted_only_where_exits_are(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.do("recount", "08:00", "hall", 3)
    with pytest.raises(Refused, match="exits_not_counted"):
        await lobby.do("exit", "08:00", "hall", None, 1)


async def test_one_out_ends_the_unnamed_then_the_finished_then_the_absent(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "counted"}))
    done, absent = await served(lobby, "08:00"), await lobby.walk_in("08:00")
    await lobby.do("finish", "08:01", done)
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("absent", "08:01", absent)
    await lobby.do("recount", "08:01", "hall", 3)
    for present in (2, 1, 0):
        await lobby.do("exit", "08:02", "hall", None, 1)
        assert await lobby.present("08:02") == present
        assert (await lobby.state(absent) == "left") == (present == 0)
    with pytest.raises(Refused, match="nobody_to_leave"):
        await lobby.do("exit", "08:02", "hall", None, 1)
    assert await lobby.differences() == []


async def test_one_out_of_a_party_is_one_head(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "counted"}))
    party = await served(lobby, "08:00", party_size=3)
    await lobby.do("finish", "08:01", party)
    await lobby.do("exit", "08:02", "hall", None, 1)
    assert await lobby.present("08:02") == 2
    await lobby.do("exit", "08:02", "hall", None, 2)
    assert await lobby.present("08:02") == 0
    assert await lobby.state(party) == "done"
    assert await lobby.differences() == []


async def test_the_rest_of_a_party_is_gone_when_it_would_have_been(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "counted"}))
    done = await served(lobby, "08:00", party_size=3)
    await lobby.do("finish", "08:01", done)
    await lobby.do("exit", "08:02", "hall", None, 1)
    assert await lobby.present("08:02") == 2
    await lobby.settle("08:03")
    assert await lobby.present("08:03") == 0
    assert await lobby.differences() == []


async def test_of_an_absent_party_of_three_one_is_out_and_two_are_left_in_time(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "counted"}))
    absent = await called(lobby, "08:00", party_size=3)
    await lobby.do("absent", "08:01", absent)
    await lobby.do("exit", "08:10", "hall", None, 1)
    assert (await lobby.state(absent), await lobby.present("08:10")) == ("absent", 2)
    await lobby.settle("08:15")
    assert await lobby.present("08:15") == 2
    await lobby.settle("08:16")
    assert (await lobby.state(absent), await lobby.present("08:16")) == ("left", 0)
    assert await lobby.differences() == []


async def test_an_absent_party_that_goes_out_holds_its_place_in_line_and_in_the_hour(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, hour_cap=5))
    party = await called(lobby, "08:00", party_size=3)
    await lobby.do("absent", "08:01", party)
    await lobby.do("exit", "08:02", "hall", party, None)
    assert (await lobby.state(party), await lobby.present("08:02")) == ("arrived", 0)
    held = await owner.fetchval(
        "select sum(taken) from queue.usage where office_id = $1 and scope = 'place/queue:justice'",
        lobby.office.office_id,
    )
    assert held == 1
    assert (await lobby.arrive("08:05", party))["decision"] == "enter"
    assert (await lobby.do("call_next", "08:06", "1"))["number"] == "A001"
    assert await lobby.differences() == []


async def test_one_out_never_takes_anybody_out_of_the_line(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "counted"}))
    await lobby.walk_in("08:00")
    with pytest.raises(Refused, match="nobody_to_leave"):
        await lobby.do("exit", "08:02", "hall", None, 1)


@pytest.mark.parametrize("count", [0, -1, 101, None])
async def test_a_count_of_people_is_a_count(pool: Pool, count: int | None) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "counted"}))
    with pytest.raises(Refused, match="bad_count"):
        await lobby.do("exit", "08:02", "hall", None, count)
