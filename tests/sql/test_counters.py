"""A counter that closes and one that pauses treat the visits at it alike."""

import pytest

from queue_service.db import Pool, Refused
from tests.sql.scenes import opened

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("how", ["close_counter", "pause_counter"])
async def test_a_counter_that_closes_or_pauses_returns_who_is_called_to_the_same_place(
    pool: Pool, how: str
) -> None:
    lobby = await opened(pool, "1", "2")
    first = await lobby.walk_in("08:00")
    await lobby.walk_in("08:01")
    await lobby.do("call_next", "08:02", "1")
    more = ("họp", lobby.at("08:30")) if how == "pause_counter" else ()
    await lobby.do(how, "08:03", "1", *more)
    assert await lobby.state(first) == "inside"
    assert (await lobby.visit(first, "08:03"))["ahead"] == 0
    assert (await lobby.do("call_next", "08:04", "2"))["number"] == "A001"
    assert await lobby.differences() == []


@pytest.mark.parametrize("how", ["close_counter", "pause_counter"])
async def test_a_counter_neither_closes_nor_pauses_while_somebody_is_served(
    pool: Pool, how: str
) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("serve", "08:02", visit)
    more = ("họp", None) if how == "pause_counter" else ()
    with pytest.raises(Refused, match="still_serving"):
        await lobby.do(how, "08:03", "1", *more)
    assert await lobby.state(visit) == "serving"
