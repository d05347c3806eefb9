"""Who counts as present in an area, from when and until when."""

import pytest

from queue_service import reads
from queue_service.db import Connection, Pool, Refused
from tests.lobby import Answer, Lobby, id_of
from tests.offices import import_again, make_office

pytestmark = pytest.mark.anyio


async def events(owner: Connection, lobby: Lobby, kind: str) -> list[Answer]:
    rows = await owner.fetch(
        "select facts from queue.event where office_id = $1 and kind = $2 order by event_no",
        lobby.office.office_id,
        kind,
    )
    return [row["facts"] for row in rows]


async def served(lobby: Lobby, now: str, party_size: int = 1) -> Answer:
    """A walk-in of that minute, being served at counter 1 at once."""
    visit = await lobby.walk_in(now, party_size=party_size)
    await lobby.do("open_counter", now, "1")
    await lobby.do("call_number", now, "1", visit["number"])
    return await lobby.do("serve", now, visit)


async def called(lobby: Lobby, now: str, party_size: int = 1) -> Answer:
    """A walk-in of that minute, called to counter 1 at once."""
    visit = await lobby.walk_in(now, party_size=party_size)
    await lobby.do("open_counter", now, "1")
    return await lobby.do("call_number", now, "1", visit["number"])


async def test_everybody_in_a_party_counts_and_so_do_staff(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, staff=6))
    await lobby.walk_in("08:00", party_size=3)
    assert await lobby.present("08:00") == 9
    assert (await lobby.area("08:00"))["staff"] == 6
    assert await lobby.differences() == []


async def test_who_waits_outside_is_not_present(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    await lobby.walk_in("08:00")
    await lobby.walk_in("08:00")
    assert await lobby.present("08:00") == 1


async def test_called_served_parked_here_absent_and_done_still_count(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.do("open_counter", "08:00", "1")
    visit = await lobby.walk_in("08:00", party_size=2)
    await lobby.do("call_next", "08:00", "1")
    assert await lobby.present("08:00") == 2
    await lobby.do("absent", "08:01", visit)
    assert await lobby.present("08:01") == 2
    await lobby.do("resume", "08:02", visit, "1")
    await lobby.do("serve", "08:02", visit)
    assert await lobby.present("08:02") == 2
    await lobby.do("park", "08:03", visit, "here", "photo")
    assert await lobby.present("08:03") == 2
    await lobby.do("resume", "08:04", visit, "1")
    await lobby.do("serve", "08:04", visit)
    await lobby.do("finish", "08:05", visit)
    assert await lobby.present("08:05") == 2
    assert await lobby.differences() == []


async def test_an_invited_visitor_counts_before_coming_in(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    first = await lobby.walk_in("08:00")
    outside = await lobby.walk_in("08:00")
    await lobby.do("leave", "08:01", first)
    assert await lobby.state(outside) == "invited"
    assert await lobby.present("08:01") == 1
    assert (await lobby.walk_in("08:02"))["decision"] == "wait_outside"


async def test_a_void_visit_is_not_present(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.do("slip", "08:00", visit, "failed")
    assert await lobby.present("08:00") == 0
    assert await lobby.differences() == []


# How a stay ends


async def test_a_finished_visitor_is_gone_after_two_minutes(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await served(lobby, "08:00")
    await lobby.do("finish", "08:05", visit)
    await lobby.settle("08:06")
    assert await lobby.present("08:06") == 1
    await lobby.settle("08:07")
    assert await lobby.present("08:07") == 0
    assert await lobby.state(visit) == "done"
    assert await lobby.differences() == []


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


async def test_where_exits_are_scanned_nobody_counts_for_ever(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "scanned"}))
    visit = await served(lobby, "08:00")
    await lobby.do("finish", "08:05", visit)
    await lobby.settle("08:34")
    assert await lobby.present("08:34") == 1
    await lobby.settle("08:35")
    assert await lobby.present("08:35") == 0
    assert await lobby.differences() == []


async def test_no_stay_is_subtracted_twice(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "counted"}))
    await lobby.walk_in("08:00", party_size=2)
    visit = await served(lobby, "08:00")
    await lobby.do("finish", "08:01", visit)
    await lobby.do("leave", "08:02", visit)
    await lobby.do("leave", "08:02", visit)
    await lobby.do("exit", "08:02", "hall", id_of(visit))
    with pytest.raises(Refused, match="nobody_to_leave"):
        await lobby.do("exit", "08:02", "hall", None, 1)
    await lobby.settle("08:10")
    assert await lobby.present("08:10") == 2
    assert await lobby.differences() == []


async def test_leaving_gives_the_place_up(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, hour_cap=5))
    visit = await lobby.walk_in("08:00", party_size=3)
    left = await lobby.do("leave", "08:01", visit)
    assert (left["state"], await lobby.present("08:01")) == ("left", 0)
    assert await lobby.differences() == []


async def test_who_has_only_booked_cannot_leave(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("09:00")
    with pytest.raises(Refused, match="wrong_state"):
        await lobby.do("leave", "08:00", booked)


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


# Recounts


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


async def test_unnamed_people_are_gone_an_hour_after_closing(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.do("recount", "16:30", "hall", 7)
    await lobby.settle("17:59")
    assert await lobby.present("17:59") == 7
    await lobby.settle("18:00")
    assert await lobby.present("18:00") == 0


async def test_an_hour_after_closing_every_stay_ends_as_a_correction(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    serving, waiting = await served(lobby, "16:30"), await lobby.walk_in("16:31")
    parked = await lobby.walk_in("16:32")
    await lobby.do("park", "16:33", parked, "away", "")
    await lobby.settle("17:59")
    assert await lobby.state(serving) == "serving"
    await lobby.settle("18:00")
    assert [await lobby.state(v) for v in (serving, waiting, parked)] == ["left"] * 3
    rows = await owner.fetch(
        "select reason, started_at from queue.stay where office_id = $1 and state = 'left'",
        lobby.office.office_id,
    )
    assert {(r["reason"], r["started_at"]) for r in rows} == {("closing", lobby.at("18:00"))}
    assert await lobby.differences() == []


async def test_serving_for_very_long_is_asked_about_and_never_ended(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await served(lobby, "08:00")  # five minutes
    office_id = lobby.office.office_id
    assert (await reads.queue(pool, office_id, lobby.at("08:15")))["overdue"] == []
    await lobby.settle("11:00")
    [overdue] = (await reads.queue(pool, office_id, lobby.at("08:16")))["overdue"]
    assert overdue["visit_id"] == str(id_of(visit))
    assert await lobby.state(visit) == "serving"


# Staff


async def test_staff_are_the_larger_of_planned_and_said(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, staff=4))
    await lobby.do("staff", "08:00", "hall", 6)
    assert await lobby.present("08:00") == 6
    await lobby.do("staff", "08:01", "hall", 1)
    assert await lobby.present("08:01") == 4


async def test_what_staff_said_is_forgotten_at_each_opening(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, staff=2))
    await lobby.do("staff", "07:20", "hall", 9)
    assert await lobby.present("07:29") == 9
    assert await lobby.present("07:30") == 2
    await lobby.do("staff", "08:00", "hall", 5)
    assert await lobby.present("11:30") == 5
    assert await lobby.present("13:30") == 2


async def test_staff_are_never_refused_and_nobody_enters_until_it_fits_again(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=3))
    inside = await lobby.walk_in("08:00")
    await lobby.do("staff", "08:01", "hall", 4)
    assert await lobby.present("08:01") == 5
    outside = await lobby.walk_in("08:02")
    assert outside["decision"] == "wait_outside"
    await lobby.do("staff", "08:03", "hall", 2)
    assert await lobby.state(outside) == "arrived"
    await lobby.do("leave", "08:04", inside)
    assert await lobby.state(outside) == "invited"


async def test_staff_going_lets_in_the_next(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=3))
    await lobby.do("staff", "08:00", "hall", 3)
    outside = await lobby.walk_in("08:01")
    await lobby.do("staff", "08:02", "hall", 2)
    assert await lobby.state(outside) == "invited"


# Absent, parked, the break


async def test_absent_is_left_after_fifteen_minutes_and_can_be_revived_that_day(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("absent", "08:02", visit)
    await lobby.settle("08:16")
    assert await lobby.state(visit) == "absent"
    await lobby.settle("08:17")
    assert (await lobby.state(visit), await lobby.present("08:17")) == ("left", 0)
    again = await lobby.arrive("09:00", visit)
    assert (again["decision"], again["number"]) == ("enter", "A001")
    assert (await lobby.do("call_next", "09:01", "1"))["number"] == "A001"
    assert await lobby.differences() == []


async def test_who_was_absent_and_scans_is_in_already(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("absent", "08:02", visit)
    again = await lobby.arrive("08:05", visit, party_size=5)
    assert (again["decision"], again["visit"]["state"]) == ("already_in", "inside")
    assert await lobby.present("08:05") == 1  # heads nobody let in are for a recount
    assert await lobby.differences() == []


async def test_parked_away_is_not_present_and_coming_back_is_an_admission_with_the_turn_kept(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    parked = await served(lobby, "08:00")
    await lobby.do("park", "08:05", parked, "away", "photo")
    assert await lobby.present("08:05") == 0
    other = await lobby.walk_in("08:06")
    assert other["decision"] == "enter"
    later = await lobby.walk_in("08:07")
    back = await lobby.arrive("08:10", parked)
    assert back["decision"] == "wait_outside"
    assert (await lobby.visit(later, "08:10"))["ahead"] == 1
    await lobby.do("leave", "08:11", other)
    assert await lobby.state(parked) == "invited"
    assert await lobby.differences() == []


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


@pytest.mark.parametrize("word", ["park", "resume", "serve", "absent", "finish", "recall"])
async def test_who_waits_outside_is_not_worked_with(pool: Pool, word: str) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    await lobby.walk_in("08:00")
    outside = await lobby.walk_in("08:01")
    more = ["here"] if word == "park" else []
    with pytest.raises(Refused, match=r"wrong_state|not_called|not_serving"):
        await lobby.do(word, "08:02", outside, *more)


async def test_at_the_break_an_office_keeps_people_in(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    inside = await lobby.walk_in("11:00")
    await lobby.settle("12:00")
    assert await lobby.state(inside) == "inside"


async def test_at_the_break_an_office_puts_people_outside_and_fetches_them_when_it_opens_again(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"lunch": "arrived"}))
    inside = await lobby.walk_in("11:00")
    await lobby.settle("11:29")
    assert await lobby.state(inside) == "inside"
    await lobby.settle("11:30")
    assert (await lobby.state(inside), await lobby.present("11:30")) == ("arrived", 0)
    await lobby.settle("13:29")
    assert await lobby.state(inside) == "arrived"
    await lobby.settle("13:30")
    assert await lobby.state(inside) == "invited"
    assert await lobby.differences() == []


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


# A manager lets somebody in over the cap


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


async def test_a_cap_lowered_under_people_already_there_lets_nobody_in_until_it_fits(
    pool: Pool,
) -> None:
    office = await make_office(pool, area_cap=4)
    lobby = Lobby(pool, office)
    visits = [await lobby.walk_in("08:00") for _ in range(3)]
    office.file["caps"][0]["maximum"] = 2
    await import_again(pool, office, lobby.at("08:01"))
    assert (await lobby.walk_in("08:02"))["decision"] == "wait_outside"
    assert [await lobby.state(v) for v in visits] == ["inside"] * 3
    await lobby.do("leave", "08:03", visits[0])
    outside = await lobby.walk_in("08:04")
    assert outside["decision"] == "wait_outside"
    await lobby.do("leave", "08:05", visits[1])
    assert await lobby.present("08:05") == 2
    assert await lobby.differences() == []
