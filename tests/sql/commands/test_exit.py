"""Somebody goes out: by scan or by count, never twice and never out of the line."""

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby, id_of
from tests.offices import make_office, upstairs
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


async def test_a_place_freed_by_an_exit_scan_fetches_the_next_one_outside(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    visit = await served(lobby, "08:00")
    outside = await lobby.walk_in("08:01")
    await lobby.do("finish", "08:02", visit)
    await lobby.do("exit", "08:02", "hall", id_of(visit))
    assert await lobby.state(outside) == "invited"
    assert await lobby.differences() == []


async def test_an_invited_visitor_who_goes_away_is_not_fetched_again(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    first, invited = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    third = await lobby.walk_in("08:02")
    await lobby.do("leave", "08:03", first)
    await lobby.do("exit", "08:04", "hall", id_of(invited))
    assert [await lobby.state(v) for v in (invited, third)] == ["arrived", "invited"]
    assert await lobby.differences() == []


async def test_who_is_parked_here_goes_out_by_a_scan_and_who_is_away_is_out_already(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    here, away = await served(lobby, "08:00"), await served(lobby, "08:00")
    await lobby.do("park", "08:01", here, "here", "photo")
    await lobby.do("park", "08:01", away, "away", "photo")
    await lobby.do("exit", "08:02", "hall", id_of(here))
    assert (await lobby.state(here), await lobby.present("08:02")) == ("arrived", 0)
    with pytest.raises(Refused, match="wrong_state") as refused:
        await lobby.do("exit", "08:02", "hall", id_of(away))
    assert refused.value.facts == {"state": "parked"}
    assert await lobby.differences() == []


async def test_who_never_came_does_not_go_out_and_who_has_left_is_gone_already(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    with pytest.raises(Refused, match="wrong_state") as refused:
        await lobby.do("exit", "08:02", "hall", id_of(await lobby.book("09:00")))
    assert refused.value.facts == {"state": "booked"}
    left, done = await lobby.walk_in("08:00"), await served(lobby, "08:00")
    await lobby.do("leave", "08:01", left)
    await lobby.do("finish", "08:01", done)
    await lobby.do("exit", "08:02", "hall", id_of(done))
    for visit, at in ((left, "08:01"), (done, "08:02")):
        await lobby.do("exit", "08:03", "hall", id_of(visit))
        over_at = await owner.fetchval(
            "select over_at from queue.visit where office_id = $1 and visit_id = $2",
            lobby.office.office_id,
            id_of(visit),
        )
        assert over_at == lobby.at(at)
    assert [await lobby.state(v) for v in (left, done)] == ["left", "done"]


async def test_who_was_called_and_goes_out_holds_the_hours_place_and_who_was_served_has_used_it(
    pool: Pool,
) -> None:
    for goes_out in ("called", "serving"):
        lobby = Lobby(pool, await make_office(pool, hour_cap=1, planned=1))
        visit = await called(lobby, "08:00")
        if goes_out == "serving":
            await lobby.do("serve", "08:01", visit)
        await lobby.do("exit", "08:02", "hall", id_of(visit))
        assert (await lobby.walk_in("08:03"))["reason"] == "hour_full"
        await lobby.do("leave", "08:04", visit)
        # the place held is given up with the line, the place used stays used
        told = (await lobby.walk_in("08:05"))["decision"]
        assert told == ("enter" if goes_out == "called" else "come_back")
        assert await lobby.differences() == []


async def test_an_exit_scan_is_taken_back_by_coming_in_again_alone(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await lobby.walk_in("08:00")
    await lobby.do("exit", "08:01", "hall", id_of(visit), key="scan")
    with pytest.raises(Refused, match="cannot_undo"):
        await lobby.do("undo", "08:02", "scan")
    assert await lobby.present("08:02") == 0


async def test_one_out_is_counted_where_exits_are_scanned_too(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "scanned"}))
    await lobby.do("recount", "08:00", "hall", 3)
    await lobby.do("exit", "08:01", "hall", None, 1)
    assert await lobby.present("08:01") == 2


async def test_one_out_of_a_room_takes_nobody_from_another(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "counted"}, change=upstairs))
    await lobby.do("open_counter", "08:00", "9")
    above = await lobby.walk_in("08:00", "deed")
    await lobby.do("call_next", "08:00", "9")
    await lobby.do("serve", "08:01", above)
    await lobby.do("finish", "08:02", above)
    with pytest.raises(Refused, match="nobody_to_leave"):
        await lobby.do("exit", "08:02", "hall", None, 1)
    assert (await lobby.area("08:02", "up"))["present"] == 1
    await lobby.do("exit", "08:02", "up", None, 1)
    assert (await lobby.area("08:02", "up"))["present"] == 0
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
    await lobby.walk_in("07:50", party_size=4)
    await lobby.do("finish", "08:01", party)
    await lobby.do("exit", "08:02", "hall", None, 1)
    assert await lobby.present("08:02") == 6
    with pytest.raises(Refused, match="nobody_to_leave") as refused:
        await lobby.do("exit", "08:02", "hall", None, 5)
    assert refused.value.facts == {"counted": 2}
    await lobby.do("exit", "08:02", "hall", None, 2)
    assert await lobby.present("08:02") == 4
    assert await lobby.state(party) == "done"
    assert await lobby.differences() == []


async def test_the_rest_of_a_party_is_gone_when_it_would_have_been(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "counted"}))
    done = await served(lobby, "08:00", party_size=3)
    await lobby.do("finish", "08:01", done)
    await lobby.do("exit", "08:02", "hall", None, 1)
    assert await lobby.present("08:02") == 2
    assert await lobby.differences("08:02") == []
    await lobby.settle("08:03")
    assert await lobby.present("08:03") == 0
    assert await lobby.differences() == []


async def test_of_an_absent_party_of_three_one_is_out_and_two_are_left_in_time(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "counted"}))
    absent = await called(lobby, "08:00", party_size=3)
    await lobby.do("absent", "08:01", absent)
    await lobby.do("exit", "08:10", "hall", None, 1)
    assert (await lobby.state(absent), await lobby.present("08:10")) == ("absent", 2)
    assert await lobby.differences("08:10") == []
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
