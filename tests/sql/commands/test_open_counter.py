"""A counter serves from now on."""

import pytest

from queue_service import reads
from queue_service.db import Pool, Refused
from tests.sql.scenes import usual

pytestmark = pytest.mark.anyio


async def test_an_open_counter_calls_its_line(pool: Pool) -> None:
    lobby = await usual(pool)
    await lobby.walk_in("08:00")
    opened = await lobby.do("open_counter", "08:01", "1")
    assert (opened["counter"], opened["state"]) == ("1", "open")
    assert (await lobby.do("call_next", "08:02", "1"))["number"] == "A001"


async def test_a_counter_that_paused_goes_on_and_its_reason_is_gone(pool: Pool) -> None:
    lobby = await usual(pool)
    await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("pause_counter", "08:01", "1", "họp", lobby.at("08:30"))
    again = await lobby.do("open_counter", "08:05", "1")
    assert (again["state"], again["reason"], again["until"]) == ("open", "", None)
    assert (await lobby.do("call_next", "08:06", "1"))["number"] == "A001"


async def test_a_line_that_was_left_alone_has_numbers_again(pool: Pool) -> None:
    lobby = await usual(pool)
    await lobby.do("open_counter", "08:00", "3")
    await lobby.do("close_counter", "08:01", "3")
    assert (await lobby.walk_in("08:02", "permit"))["reason"] == "queue_closed"
    await lobby.do("open_counter", "08:03", "3")
    assert (await lobby.walk_in("08:04", "permit"))["decision"] == "enter"


async def test_a_counter_that_is_not_there_does_not_open(pool: Pool) -> None:
    lobby = await usual(pool)
    with pytest.raises(Refused, match="no_such_counter"):
        await lobby.do("open_counter", "08:00", "99")
    page = await reads.counter(pool, lobby.office.office_id, lobby.at("08:00"), "1")
    assert page is not None
    assert page["state"] == "closed"
