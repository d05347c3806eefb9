"""What time alone has decided, and what is let go with time."""

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool
from tests.lobby import Lobby, moment
from tests.offices import make_office
from tests.sql.scenes import bank, served, usual

pytestmark = pytest.mark.anyio


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


async def test_at_the_break_an_office_keeps_people_in_whatever_else_is_due_then(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    finished = await served(lobby, "11:20")
    inside = await lobby.walk_in("11:21")
    await lobby.do("finish", "11:28", finished)  # and is gone at half past, by the minutes to leave
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


async def test_at_the_break_who_was_invited_waits_on_and_who_is_at_a_counter_stays(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=3, rules={"lunch": "arrived"}))
    await lobby.do("open_counter", "11:20", "1")
    called, serving, first = [await lobby.walk_in("11:20") for _ in range(3)]
    invited = await lobby.walk_in("11:21")
    for visit in (called, serving):
        await lobby.do("call_number", "11:22", "1", visit["number"])
    await lobby.do("serve", "11:22", serving)
    await lobby.do("leave", "11:29", first)
    assert await lobby.state(invited) == "invited"
    await lobby.settle("11:30")
    states = [await lobby.state(visit) for visit in (called, serving, invited)]
    assert states == ["called", "serving", "arrived"]
    assert await lobby.differences() == []


async def test_at_closing_nobody_is_put_outside_who_waits_to_be_called(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"lunch": "arrived"}))
    inside = await lobby.walk_in("16:50")
    await lobby.settle("17:30")
    assert await lobby.state(inside) == "inside"
    await lobby.settle("18:00")
    assert await lobby.state(inside) == "left"


async def test_the_end_of_a_day_takes_nobody_with_a_booking_for_another(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    tomorrow = lobby.request("09:00", starts_at=lobby.office.at("09:00", 1).isoformat())
    [(outcome, booked)] = await lobby.book_group([tomorrow])
    assert outcome == "booked"
    inside = await lobby.walk_in("16:50")
    await lobby.settle("18:00")
    assert (await lobby.state(inside), await lobby.state(booked)) == ("left", "booked")
    assert await lobby.differences("18:00") == []


async def test_missed_is_written_when_lateness_is_over_and_not_before(pool: Pool) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    await lobby.settle("08:10")
    assert await lobby.state(booked) == "booked"
    await lobby.settle("08:11")
    assert await lobby.state(booked) == "missed"
    assert await lobby.differences() == []


async def test_a_missed_visit_gives_its_cells_back(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, rules={"lead_minutes": 0}))
    await lobby.book("09:00", services=[{"service": "record", "quantity": 3}])  # until 09:30
    assert (await lobby.book_group([lobby.request("09:15")], "09:10"))[0][0] == "slot_full"
    assert (await lobby.book_group([lobby.request("09:15")], "09:11"))[0][0] == "booked"
    assert await lobby.differences() == []


async def test_between_two_moments_at_which_something_is_due_one_comparison_is_all_it_costs(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    finished = await served(lobby, "09:00")
    await lobby.do("finish", "09:05", finished)
    office = lobby.office.office_id
    due = await owner.fetchval(
        "select next_due_at from queue.office_state where office_id = $1", office
    )
    assert due == lobby.at("09:07")
    # Nobody is looked at before the time written there, whatever else there is to be found.
    later = "update queue.office_state set next_due_at = $2 where office_id = $1"
    await owner.execute(later, office, lobby.at("09:20"))
    await lobby.settle("09:19")
    assert await lobby.present("09:19") == 1
    await lobby.settle("09:20")
    assert await lobby.present("09:20") == 0


async def test_screens_hear_of_what_time_alone_has_decided_and_of_nothing_else(
    pool: Pool,
) -> None:
    lobby = await usual(pool)
    await lobby.book("08:00")
    office = lobby.office.office_id
    before = (await commands.settle(pool, office, lobby.at("08:10")))["version"]
    assert (await commands.settle(pool, office, lobby.at("08:10")))["version"] == before
    assert (await commands.settle(pool, office, lobby.at("08:11")))["version"] > before


async def test_the_time_of_an_office_never_runs_backwards_after_a_sweep(pool: Pool) -> None:
    lobby = await usual(pool)
    await lobby.book("08:00")
    await lobby.settle("08:11")
    came = await lobby.walk_in("08:05")  # by a process that is behind
    assert moment((await lobby.visit(came))["arrived_at"]) == lobby.at("08:11")


async def test_a_kept_window_is_missed_when_it_is_over_whether_somebody_comes_or_not(
    pool: Pool,
) -> None:
    lobby = await bank(pool, limit=1)
    await lobby.walk_in("08:00")
    window = await lobby.walk_in("08:01")
    assert window["decision"] == "come_back"
    assert moment(window["come_back"]["ends_at"]) == lobby.at("09:30")
    await lobby.settle("09:30")
    assert await lobby.state(window) == "booked"
    await lobby.settle("09:31")
    assert await lobby.state(window) == "missed"
    assert await lobby.differences() == []


async def test_who_is_counted_after_that_hour_is_gone_at_midnight(pool: Pool) -> None:
    lobby = await usual(pool)
    assert (await lobby.do("recount", "18:30", "hall", 3))["present"] == 3
    await lobby.settle("23:59")
    assert await lobby.present("23:59") == 3
    tomorrow = Lobby(pool, lobby.office, days=1)
    await tomorrow.settle("00:00")
    assert await tomorrow.present("00:00") == 0


async def test_who_is_counted_on_a_day_without_hours_is_gone_when_it_is_over(pool: Pool) -> None:
    office = (await usual(pool)).office
    sunday, monday = Lobby(pool, office, days=5), Lobby(pool, office, days=6)
    await sunday.do("recount", "10:00", "hall", 3)
    await sunday.settle("23:59")
    assert await sunday.present("23:59") == 3
    await monday.settle("00:00")
    assert await monday.present("00:00") == 0


async def test_who_was_only_marked_as_gone_at_that_hour_stays_until_midnight(pool: Pool) -> None:
    lobby = await usual(pool)
    visit = await lobby.walk_in("16:50")
    await lobby.do("leave", "17:59", visit, key="wrong")
    await lobby.do("undo", "18:01", "wrong")
    await lobby.settle("23:59")
    assert await lobby.state(visit) == "inside"
    tomorrow = Lobby(pool, lobby.office, days=1)
    await tomorrow.settle("00:00")
    assert moment((await lobby.visit(visit))["state_at"]) == tomorrow.at("00:00")
    assert await lobby.state(visit) == "left"
