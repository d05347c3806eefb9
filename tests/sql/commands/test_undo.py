"""A wrong tap is taken back: once, by who tapped, soon, and while nothing has followed from it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool, Refused
from tests.lobby import Answer, Lobby, id_of
from tests.offices import File, make_office
from tests.sql.scenes import events, served

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lobby(pool: Pool) -> Lobby:
    return Lobby(pool, await make_office(pool, rules={"exits": "counted"}))


async def undo(lobby: Lobby, now: str, undone: str, **more: Any) -> Answer:
    return await lobby.do("undo", now, undone, **more)


async def arrive(lobby: Lobby, now: str, visit: Answer, key: str, **more: Any) -> Answer:
    number, at = lobby.office.office_id, lobby.at(now)
    return await commands.arrive(
        lobby.pool, number, at, "clerk:test", key, visit_id=id_of(visit), **more
    )


# Counting


async def test_one_in_one_out_and_a_count_are_taken_back(lobby: Lobby) -> None:
    await lobby.do("count_in", "08:00", "hall", 3, key="in")
    await lobby.do("exit", "08:01", "hall", None, 1, key="out")
    await undo(lobby, "08:01", "out")
    assert await lobby.present("08:01") == 3
    await undo(lobby, "08:02", "in")
    assert await lobby.present("08:02") == 0
    await lobby.do("recount", "08:03", "hall", 14, key="count")
    await undo(lobby, "08:04", "count")
    assert await lobby.present("08:04") == 0
    assert await lobby.differences("08:05") == []


async def test_a_count_that_took_a_finished_visitor_is_put_right(lobby: Lobby) -> None:
    visit = await served(lobby, "08:00")
    await lobby.do("finish", "08:05", visit)
    await lobby.do("exit", "08:05", "hall", None, 1, key="out")
    assert await lobby.present("08:05") == 0
    await undo(lobby, "08:05", "out")
    assert await lobby.present("08:05") == 1
    assert await lobby.differences("08:06") == []


async def test_a_tap_is_taken_back_once_however_often_it_is_asked(
    lobby: Lobby, owner: Connection
) -> None:
    await lobby.do("count_in", "08:00", "hall", 1)
    await lobby.do("count_in", "08:00", "hall", 1, key="wrong")
    await asyncio.gather(*(undo(lobby, "08:01", "wrong", key=f"u{n}") for n in range(5)))
    assert await lobby.present("08:01") == 1
    [undone] = await events(owner, lobby, "undone")
    assert undone["command"] == "count_in"


async def test_only_who_tapped_and_only_within_five_minutes(lobby: Lobby) -> None:
    await lobby.do("count_in", "08:00", "hall", 1, key="in")
    with pytest.raises(Refused, match="cannot_undo"):
        await undo(lobby, "08:01", "in", actor="helper:somebody else")
    with pytest.raises(Refused, match="cannot_undo"):
        await undo(lobby, "08:01", "never tapped")
    with pytest.raises(Refused, match="cannot_undo"):
        await undo(lobby, "08:06", "in")
    assert await lobby.present("08:06") == 1


async def test_after_the_room_was_counted_anew_an_earlier_tap_stands(lobby: Lobby) -> None:
    await lobby.do("count_in", "08:00", "hall", 2, key="in")
    await lobby.do("recount", "08:01", "hall", 7)
    with pytest.raises(Refused, match="cannot_undo"):
        await undo(lobby, "08:02", "in")
    assert await lobby.present("08:02") == 7


# The door


async def test_a_number_given_by_mistake_is_given_up_and_its_count_stays(lobby: Lobby) -> None:
    wrong = await commands.walk_in(
        lobby.pool,
        lobby.office.office_id,
        lobby.at("08:00"),
        "clerk:test",
        "wrong",
        id_of({"visit_id": "11111111-1111-4111-8111-111111111111"}),
        [{"service": "copy", "quantity": 1}],
        1,
        "",
        [],
        "",
        "",
        "vi",
        "helper",
        "00" * 16,
        7,
    )
    await undo(lobby, "08:01", "wrong")
    assert await lobby.state(wrong) == "left"
    assert (await lobby.walk_in("08:02"))["number"] == "A002"
    assert await lobby.differences("08:03") == []


async def test_another_s_booking_was_tapped_and_waits_again_for_its_own(lobby: Lobby) -> None:
    booked = await lobby.book("09:00")
    await arrive(lobby, "08:50", booked, "wrong", party_size=3)
    assert await lobby.present("08:50") == 3
    await undo(lobby, "08:51", "wrong")
    seen = await lobby.visit(booked, "08:51")
    assert (seen["state"], seen["party_size"], seen["arrived_at"]) == ("booked", 1, None)
    assert await lobby.present("08:51") == 0
    again = await arrive(lobby, "08:58", booked, "right")
    assert (again["decision"], again["number"]) == ("enter", "A001")
    assert await lobby.differences("08:59") == []


async def test_who_waited_in_the_rain_is_put_right_by_when_they_came(lobby: Lobby) -> None:
    booked = await lobby.book("09:00")
    late = await arrive(lobby, "09:20", booked, "late")
    assert late["late"] is True
    await undo(lobby, "09:21", "late")
    assert await lobby.state(booked) == "missed"
    came = lobby.at("09:21") - timedelta(minutes=15)
    answer = await arrive(lobby, "09:21", booked, "came", came_at=came)
    assert "late" not in answer
    seen = await lobby.visit(booked, "09:21")
    assert (seen["booked"], seen["state"]) == (True, "inside")
    assert seen["starts_at"] is not None
    assert await lobby.differences("09:22") == []


async def test_the_same_scan_sent_again_after_a_cut_is_the_same_scan(lobby: Lobby) -> None:
    booked = await lobby.book("09:00")
    first = await arrive(lobby, "09:00", booked, "scan")
    came = lobby.at("09:04") - timedelta(minutes=4)
    assert await arrive(lobby, "09:04", booked, "scan", came_at=came) == first


async def test_who_never_left_has_the_same_place_in_line(lobby: Lobby) -> None:
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", first, key="wrong")
    await undo(lobby, "08:03", "wrong")
    seen = await lobby.visit(first, "08:03")
    assert (seen["state"], seen["ahead"]) == ("inside", 0)
    assert (await lobby.visit(second, "08:03"))["ahead"] == 1
    assert await lobby.differences("08:04") == []


async def test_a_booking_marked_as_gone_keeps_its_time(lobby: Lobby) -> None:
    booked = await lobby.book("08:00")
    await arrive(lobby, "07:55", booked, "a")
    await lobby.do("leave", "08:01", booked, key="wrong")
    await undo(lobby, "08:02", "wrong")
    seen = await lobby.visit(booked, "08:02")
    assert (seen["state"], seen["booked"]) == ("inside", True)
    assert seen["starts_at"] is not None
    assert await lobby.differences("08:03") == []


async def test_a_place_given_on_meanwhile_makes_one_too_many_and_is_reported(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    first, outside = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    await lobby.do("leave", "08:01", first, key="wrong")
    assert await lobby.state(outside) == "invited"
    await undo(lobby, "08:02", "wrong")
    assert await lobby.present("08:02") == 2
    [excess] = await events(owner, lobby, "excess")
    assert (excess["present"], excess["cap"], excess["reason"]) == (2, 1, "undo")
    assert (await lobby.walk_in("08:03"))["decision"] == "wait_outside"


async def test_who_had_finished_and_never_went_may_be_one_too_many_too(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    finished = await served(lobby, "08:00")
    outside = await lobby.walk_in("08:00")
    await lobby.do("finish", "08:01", finished)
    await lobby.do("leave", "08:01", finished, key="wrong")
    assert await lobby.state(outside) == "invited"
    await undo(lobby, "08:02", "wrong")
    assert (await lobby.state(finished), await lobby.present("08:02")) == ("done", 2)
    [excess] = await events(owner, lobby, "excess")
    assert (excess["present"], excess["cap"], excess["reason"]) == (2, 1, "undo")
    assert await lobby.differences("08:02") == []


async def test_who_was_let_in_by_mistake_stands_outside_and_is_invited_again(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    first, outside = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    await lobby.do("leave", "08:01", first)
    await lobby.do("enter", "08:02", outside, key="wrong")
    await undo(lobby, "08:02", "wrong")
    assert await lobby.state(outside) == "invited"
    assert await lobby.differences("08:02") == []


# The counter


async def test_a_call_is_taken_back_and_its_place_of_the_hour_too(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, hour_cap=1, planned=1))
    visit = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:01", "1", key="wrong")
    await undo(lobby, "08:01", "wrong")
    assert await lobby.state(visit) == "inside"
    await lobby.do("call_next", "08:02", "1")
    assert await lobby.state(visit) == "called"
    assert await lobby.differences("08:03") == []


async def test_a_finish_is_taken_back_while_the_visitor_is_still_there(lobby: Lobby) -> None:
    visit = await served(lobby, "08:00")
    await lobby.do("finish", "08:05", visit, key="wrong")
    await undo(lobby, "08:06", "wrong")
    seen = await lobby.visit(visit, "08:06")
    assert (seen["state"], seen["counter"]) == ("serving", "1")
    await lobby.do("finish", "08:10", visit, key="right")
    with pytest.raises(Refused, match="cannot_undo"):
        await undo(lobby, "08:13", "right")  # gone after two minutes
    assert await lobby.differences("08:13") == []


async def test_a_finish_with_another_service_left_is_taken_back(lobby: Lobby) -> None:
    both = [{"service": "copy", "quantity": 1}, {"service": "permit", "quantity": 1}]
    visit = await lobby.walk_in("08:00", services=both)
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:00", "1")
    await lobby.do("serve", "08:01", visit)
    await lobby.do("finish", "08:02", visit, key="wrong")
    assert (await lobby.visit(visit, "08:02"))["queue"] == "permits"
    await undo(lobby, "08:02", "wrong")
    seen = await lobby.visit(visit, "08:02")
    assert (seen["state"], seen["queue"]) == ("serving", "justice")
    await lobby.do("finish", "08:04", visit)
    assert (await lobby.visit(visit, "08:04"))["queue"] == "permits"
    assert await lobby.differences("08:05") == []


async def test_nobody_comes_back_to_a_counter_that_is_taken_or_closed(lobby: Lobby) -> None:
    visit = await served(lobby, "08:00", party_size=2)
    other = await lobby.walk_in("08:01")
    await lobby.do("finish", "08:05", visit, key="wrong")
    await lobby.do("call_next", "08:05", "1", key="called")
    with pytest.raises(Refused, match="counter_full"):
        await undo(lobby, "08:05", "wrong")
    await undo(lobby, "08:05", "called")
    assert await lobby.state(other) == "inside"
    await lobby.do("close_counter", "08:06", "1")
    with pytest.raises(Refused, match="counter_closed"):
        await undo(lobby, "08:06", "wrong")
    assert await lobby.state(visit) == "done"


async def test_absent_and_parked_are_taken_back_into_the_line(lobby: Lobby) -> None:
    visit = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:00", "1")
    await lobby.do("absent", "08:01", visit, key="absent")
    await undo(lobby, "08:01", "absent")
    assert await lobby.state(visit) == "inside"
    await lobby.do("call_next", "08:02", "1")
    await lobby.do("park", "08:02", visit, "away", "", key="park")
    assert await lobby.present("08:02") == 0
    await undo(lobby, "08:02", "park")
    assert (await lobby.state(visit), await lobby.present("08:02")) == ("inside", 1)
    assert await lobby.differences("08:03") == []


async def test_what_has_gone_on_meanwhile_is_not_taken_back(lobby: Lobby) -> None:
    visit = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:00", "1", key="call")
    await lobby.do("serve", "08:01", visit)
    with pytest.raises(Refused, match="cannot_undo"):
        await undo(lobby, "08:01", "call")
    assert await lobby.state(visit) == "serving"


async def test_whose_check_was_taken_back_with_a_wrong_tap_is_checked_again(pool: Pool) -> None:
    def checks(file: File) -> None:
        usual = {"one_number": False, "question_vi": "", "question_en": ""}
        file["door"] = {"entry_check": True, **usual}

    lobby = Lobby(pool, await make_office(pool, area_cap=1, change=checks))
    first = await lobby.walk_in("08:00", checked=True)
    second = await lobby.walk_in("08:00", checked=True)
    await lobby.do("leave", "08:01", first)
    await lobby.do("exit", "08:02", "hall", second, None)
    # outside again, and checked for the second time
    await lobby.do("enter", "08:03", second, True, key="tap")
    await undo(lobby, "08:04", "tap")
    with pytest.raises(Refused, match="check_needed"):
        await lobby.do("enter", "08:05", second, False)
    await lobby.do("enter", "08:05", second, True)
    assert await lobby.differences("08:06") == []
