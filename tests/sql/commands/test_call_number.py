"""A number is called out of turn, and those it passed are said."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.sql.scenes import opened

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
