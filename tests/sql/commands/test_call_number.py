"""A number is called out of turn, and those it passed are said."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby, moment
from tests.sql.scenes import all_open, expected, opened, usual

pytestmark = pytest.mark.anyio


async def test_a_number_called_out_of_turn_says_whom_it_passed(pool: Pool) -> None:
    lobby = await opened(pool)
    for now in ("08:00", "08:01", "08:02"):
        await lobby.walk_in(now)
    called = await lobby.do("call_number", "08:03", "1", " a003 ")
    assert (called["number"], called["passed"]) == ("A003", ["A001", "A002"])
    assert await lobby.differences() == []


async def test_a_number_that_was_not_given_today_cannot_be_called(pool: Pool) -> None:
    lobby = await opened(pool)
    await lobby.walk_in("08:00")
    tomorrow = Lobby(pool, lobby.office, days=1)
    with pytest.raises(Refused, match="no_such_number"):
        await lobby.do("call_number", "08:01", "1", "A002")
    with pytest.raises(Refused, match="no_such_number"):
        await tomorrow.do("call_number", "08:01", "1", "A001")


async def test_who_waits_outside_cannot_be_called(pool: Pool) -> None:
    lobby = await opened(pool, area_cap=1)
    await lobby.walk_in("08:00")
    await lobby.walk_in("08:00")
    with pytest.raises(Refused) as caught:
        await lobby.do("call_number", "08:01", "1", "A002")
    assert (caught.value.code, caught.value.facts["state"]) == ("not_inside", "arrived")


async def test_a_counter_that_is_closed_or_full_calls_no_number(pool: Pool) -> None:
    lobby = await opened(pool, counter_cap=1)
    for _ in range(2):
        await lobby.walk_in("08:00")
    with pytest.raises(Refused, match="counter_closed"):
        await lobby.do("call_number", "08:01", "2", "A001")
    await lobby.do("call_number", "08:01", "1", "A001")
    with pytest.raises(Refused, match="counter_full"):
        await lobby.do("call_number", "08:02", "1", "A002")
    assert await lobby.differences() == []


async def test_who_was_absent_is_called_again_by_number(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("absent", "08:02", visit)
    called = await lobby.do("call_number", "08:05", "1", "A001")
    assert (called["state"], called["counter"]) == ("called", "1")
    assert await lobby.differences() == []


async def test_a_number_called_before_anybody_said_it_was_taken_is_void_if_nobody_comes(
    pool: Pool,
) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.do("call_number", "08:01", "1", "A001")
    await lobby.do("absent", "08:03", visit)
    assert await lobby.state(visit) == "void"
    assert await lobby.differences() == []


# A number that lives again


@pytest.mark.parametrize("sign", ["word", "scan"])
async def test_a_number_that_lives_again_takes_its_time_and_place_anew(
    pool: Pool, sign: str
) -> None:
    lobby = await usual(pool, planned=1, hour_cap=1, rules={"lead_minutes": 0})
    visit = await lobby.walk_in("08:00", "record", channel="kiosk")
    await lobby.do("slip", "08:01", visit, "failed")
    if sign == "word":
        await lobby.do("slip", "08:05", visit, "printed")
    else:
        await lobby.arrive("08:05", visit)
    assert expected(lobby, {"visit": await lobby.visit(visit, "08:05")}) == "08:05"
    rows = await lobby.book_group([lobby.request("08:45")], "08:06")
    assert rows[0] == ("slot_full", {"cap": "hour", "left": 0})
    assert await lobby.differences() == []


async def test_a_number_that_lives_again_in_a_full_hour_takes_nothing_from_the_next(
    pool: Pool,
) -> None:
    lobby = await usual(pool, planned=1, hour_cap=1, rules={"lead_minutes": 0})
    visit = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.do("slip", "08:01", visit, "failed")
    assert (await lobby.walk_in("08:02"))["decision"] == "enter"
    revived = await lobby.do("slip", "08:03", visit, "printed")
    assert (revived["state"], revived["expected_at"]) == ("inside", None)
    assert (await lobby.book_group([lobby.request("09:30")], "08:04"))[0][0] == "booked"
    assert await lobby.differences() == []


async def test_who_left_before_the_second_service_lives_again_for_it(pool: Pool) -> None:
    lobby = await all_open(pool)
    both = [{"service": "copy", "quantity": 1}, {"service": "permit", "quantity": 1}]
    visit, other = await lobby.walk_in("08:00", services=both), await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("serve", "08:01", visit)
    await lobby.do("finish", "08:05", visit)
    for one in (visit, other):
        await lobby.do("leave", "08:06", one)
    called = await lobby.do("call_number", "08:20", "3", "A001")
    assert [one["state"] for one in called["services"]] == ["done", "waiting"]
    assert moment(called["expected_at"]) == lobby.at("08:20")
    assert (await lobby.visit(other))["services"][0]["state"] == "left"
    assert await lobby.differences() == []


@pytest.mark.parametrize("slip", ["pending", "unconfirmed", "failed", "printed"])
async def test_a_number_called_back_to_life_is_known_to_its_visitor(pool: Pool, slip: str) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00", channel="kiosk")
    match slip:
        case "failed" | "printed":
            await lobby.do("slip", "08:01", visit, slip)
        case "unconfirmed":
            await lobby.do("call_number", "08:01", "1", "A001")
        case _:
            pass
    if slip != "failed":
        await lobby.do("leave", "08:01", visit)
    assert (await lobby.visit(visit))["slip"] == slip
    called = await lobby.do("call_number", "08:02", "1", "A001")
    assert called["slip"] == ("printed" if slip == "printed" else "said")


async def test_whoever_had_a_time_and_left_lives_again_as_a_number_without_one(pool: Pool) -> None:
    lobby = await opened(pool, hour_cap=1, planned=1)
    booked = await lobby.book("08:00")
    await lobby.arrive("07:58", booked)
    window = await lobby.walk_in("08:00")
    assert window["decision"] == "come_back"
    for visit, now, number in ((booked, "08:05", "A001"), (window, "09:00", "A002")):
        await lobby.arrive(now, visit)
        await lobby.do("leave", now, visit)
        called = await lobby.do("call_number", now, "1", number)
        facts = [called[name] for name in ("starts_at", "ends_at", "promised", "state")]
        assert facts == [None, None, False, "called"]
        await lobby.do("leave", now, visit)
    assert await lobby.differences() == []
