"""A visit goes on in another queue, here or in another room."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import moment
from tests.offices import upstairs
from tests.sql.scenes import all_open, bank, both_rules, called, opened

pytestmark = pytest.mark.anyio


async def test_a_number_stays_through_a_transfer(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00")
    moved = await lobby.do("transfer", "08:01", visit, "permits")
    assert (moved["number"], moved["queue"]) == ("A001", "permits")
    assert (await lobby.walk_in("08:02", "permit"))["number"] == "B001"


async def test_a_transfer_keeps_the_arrival_time_and_with_it_the_place(pool: Pool) -> None:
    lobby = await all_open(pool)
    first = await lobby.walk_in("08:00")
    await lobby.walk_in("08:05", "permit")
    await lobby.do("transfer", "08:10", first, "permits")
    assert (await lobby.do("call_next", "08:11", "3"))["number"] == "A001"


async def test_a_transfer_takes_the_first_free_cells_of_the_other_queue(pool: Pool) -> None:
    lobby = await all_open(pool, planned=1, rules={"lead_minutes": 0})
    await lobby.book("08:00", "permit", now="07:40")
    visit = await lobby.walk_in("07:45", "record")
    moved = await lobby.do("transfer", "08:00", visit, "permits")
    assert moment(moved["expected_at"]) == lobby.at("08:15")
    rows = await lobby.book_group(
        [lobby.request("08:20", "permit"), lobby.request("08:25", "permit")], "08:01"
    )
    assert [o for o, _ in rows] == ["slot_full", "booked"]
    assert await lobby.differences() == []


async def test_a_transfer_into_another_room_waits_where_it_is_until_there_is_room(
    pool: Pool,
) -> None:
    lobby = await all_open(pool, change=upstairs)
    above = await lobby.walk_in("08:00", "deed")
    visit = await lobby.walk_in("08:00")
    moved = await lobby.do("transfer", "08:01", visit, "notary")
    assert (moved["state"], moved["area"], moved["queue"]) == ("inside", "hall", "notary")
    assert (await lobby.area("08:01"))["present"] == 1
    assert (await lobby.area("08:01", "up"))["present"] == 1
    with pytest.raises(Refused, match="not_inside"):
        await lobby.do("call_number", "08:02", "9", "A001")
    await lobby.do("leave", "08:03", above)
    assert (await lobby.visit(visit, "08:03"))["area"] == "up"
    assert (await lobby.area("08:03"))["present"] == 0
    assert (await lobby.do("call_next", "08:04", "9"))["number"] == "A001"
    assert await lobby.differences() == []


async def test_a_transfer_into_a_room_with_a_free_place_goes_there_at_once_and_frees_this_one(
    pool: Pool,
) -> None:
    lobby = await all_open(pool, change=upstairs, area_cap=1)
    visit = await lobby.walk_in("08:00")
    outside = await lobby.walk_in("08:01")
    moved = await lobby.do("transfer", "08:02", visit, "notary")
    assert (moved["state"], moved["area"]) == ("inside", "up")
    assert await lobby.state(outside) == "invited"  # the hall has a place again
    assert [(await lobby.area("08:02", a))["present"] for a in ("hall", "up")] == [1, 1]
    assert await lobby.differences() == []


@pytest.mark.parametrize("state", ["called", "parked here", "parked away"])
async def test_whoever_is_in_the_house_is_transferred_and_who_is_away_is_not(
    pool: Pool, state: str
) -> None:
    lobby = await opened(pool)
    visit = await called(lobby, "08:00")
    if state != "called":
        await lobby.do("park", "08:01", visit, state.removeprefix("parked "), "")
    if state == "parked away":
        with pytest.raises(Refused, match="wrong_state"):
            await lobby.do("transfer", "08:02", visit, "permits")
        return
    moved = await lobby.do("transfer", "08:02", visit, "permits")
    assert (moved["state"], moved["queue"], moved["counter"]) == ("inside", "permits", None)
    assert await lobby.differences() == []


async def test_a_transfer_into_another_room_is_expected_there(pool: Pool) -> None:
    lobby = await all_open(pool, change=upstairs, rules={"lead_minutes": 0})
    visit = await lobby.walk_in("08:00")
    await lobby.do("transfer", "08:01", visit, "notary")  # upstairs from 08:00 to 08:20
    rows = await lobby.book_group([lobby.request(s, "deed") for s in ("08:15", "08:20")], "08:02")
    assert [(o, f.get("cap")) for o, f in rows] == [("slot_full", "present"), ("booked", None)]
    assert await lobby.differences() == []


async def test_nobody_is_transferred_to_a_queue_that_is_not_there_or_before_coming(
    pool: Pool,
) -> None:
    lobby = await all_open(pool)
    visit = await lobby.walk_in("08:00")
    with pytest.raises(Refused, match="no_such_queue"):
        await lobby.do("transfer", "08:01", visit, "weddings")
    with pytest.raises(Refused, match="wrong_state"):
        await lobby.do("transfer", "08:01", await lobby.book("10:00", now="08:01"), "permits")


@both_rules
async def test_a_transfer_into_a_capped_queue_holds_a_place_of_its_hour(
    pool: Pool, rule: str
) -> None:
    lobby = await bank(pool, rule, limit=1)
    visit = await lobby.walk_in("08:00", "permit")
    await lobby.do("transfer", "08:05", visit, "justice")
    rows = await lobby.book_group([lobby.request(s) for s in ("08:30", "09:05")], "08:06")
    assert [outcome for outcome, _ in rows] == ["slot_full", "booked"]
    assert await lobby.differences() == []


async def test_who_is_transferred_too_late_for_today_is_on_the_list_and_may_still_be_called(
    pool: Pool,
) -> None:
    lobby = await all_open(pool)
    visit, other = await lobby.walk_in("16:50"), await lobby.walk_in("16:50")
    moved = await lobby.do("transfer", "16:56", visit, "permits")  # of five minutes
    assert (moved["state"], moved["attention"]) == ("inside", "cannot_be_served_today")
    assert (await lobby.visit(other))["attention"] == ""
    assert (await lobby.do("call_next", "16:57", "3"))["number"] == "A001"
    assert await lobby.differences() == []
