"""A manager lets one in over the cap, with a reason that is kept."""

import json

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby
from tests.offices import cap, import_again, make_office, upstairs
from tests.sql.scenes import all_open, events, served

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


async def test_a_manager_lets_one_back_in_who_was_put_aside_outside_and_no_other_who_is_parked(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=2))
    away, here = await served(lobby, "08:00"), await served(lobby, "08:00")
    await lobby.do("park", "08:01", away, "away", "photo")
    await lobby.do("park", "08:01", here, "here", "photo")
    await lobby.walk_in("08:02")
    with pytest.raises(Refused, match="wrong_state"):
        await lobby.do("admit", "08:03", here, "why")
    assert (await lobby.do("admit", "08:03", away, "wheelchair"))["state"] == "inside"
    assert await lobby.present("08:03") == 3
    assert await lobby.differences() == []


async def test_the_check_at_the_entry_is_kept_of_whom_a_manager_lets_in_and_of_nobody_else(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    await lobby.walk_in("08:00")
    first, second = [await lobby.walk_in("08:01", channel="kiosk") for _ in range(2)]
    usual = {"one_number": False, "question_vi": "", "question_en": ""}
    lobby.office.file["door"] = {"entry_check": True, **usual}
    await import_again(pool, lobby.office, lobby.at("08:02"))
    admitted = await lobby.do("admit", "08:03", first, "wheelchair", True)
    assert (admitted["state"], admitted["slip"]) == ("inside", "printed")
    assert (await lobby.visit(first))["checked"]
    assert not (await lobby.visit(second))["checked"]
    assert (await lobby.visit(second))["state"] == "arrived"
    assert await lobby.differences() == []


async def test_who_had_stepped_out_and_yielded_stands_in_line_again_once_let_in(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    first, lapsed = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    third = await lobby.walk_in("08:02")
    await lobby.do("leave", "08:03", first)
    await lobby.settle("08:06")
    assert [await lobby.state(v) for v in (lapsed, third)] == ["arrived", "invited"]
    await lobby.do("admit", "08:07", lapsed, "wheelchair")
    await lobby.do("enter", "08:07", third)
    await lobby.do("exit", "08:08", "hall", third, None)
    await lobby.do("admit", "08:09", third, "rain")
    for visit, ahead in ((lapsed, 0), (third, 1)):
        assert (await lobby.visit(visit, "08:09"))["ahead"] == ahead
    assert await lobby.differences() == []


async def test_the_cap_for_walk_ins_is_not_exceeded_by_a_booked_visitor(
    pool: Pool, owner: Connection
) -> None:
    few = cap("few", "present", "area:hall", 1, binds="walk-ins")
    lobby = Lobby(pool, await make_office(pool, area_cap=2, caps=[few]))
    booked, late = await lobby.book("08:00"), await lobby.book("07:35")
    await lobby.do("staff", "07:50", "hall", 2)
    for visit in (booked, late):
        assert (await lobby.arrive("07:51", visit))["decision"] == "wait_outside"
    await lobby.do("staff", "07:52", "hall", 1)
    assert await lobby.state(booked) == "invited"
    await lobby.do("admit", "07:52", booked, "at the door")
    assert await events(owner, lobby, "excess") == []
    await lobby.do("admit", "07:53", late, "came late, and is a walk-in now")
    assert [one["cap"] for one in await events(owner, lobby, "excess")] == [1]


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


async def test_who_else_had_stepped_out_is_not_fetched_when_a_manager_lets_one_in(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    for visit in (first, second):
        await lobby.do("exit", "08:01", "hall", visit, None)
    await lobby.do("admit", "08:02", first, "wheelchair")
    assert [await lobby.state(visit) for visit in (first, second)] == ["inside", "arrived"]
