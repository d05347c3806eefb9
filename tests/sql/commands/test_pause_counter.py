"""A counter pauses, with a reason and perhaps an end."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import moment
from tests.sql.scenes import expected, opened

pytestmark = pytest.mark.anyio


async def test_a_pause_ends_later_than_now_and_only_of_an_open_counter(pool: Pool) -> None:
    lobby = await opened(pool)
    with pytest.raises(Refused, match="until_in_the_past"):
        await lobby.do("pause_counter", "08:00", "1", "họp", lobby.at("08:00"))
    await lobby.do("close_counter", "08:00", "1")
    with pytest.raises(Refused, match="counter_closed"):
        await lobby.do("pause_counter", "08:01", "1", "họp", None)


async def test_while_all_counters_pause_a_number_is_for_after_the_stated_end(pool: Pool) -> None:
    lobby = await opened(pool, "1")
    await lobby.do("pause_counter", "08:00", "1", "họp", lobby.at("08:30"))
    answer = await lobby.walk_in("08:01")
    assert moment(answer["visit"]["expected_at"]) >= lobby.at("08:30")


async def test_while_all_counters_pause_a_number_is_for_after_the_first_that_comes_back(
    pool: Pool,
) -> None:
    lobby = await opened(pool, "1", "2")
    await lobby.do("pause_counter", "08:00", "1", "họp", lobby.at("08:30"))
    await lobby.do("pause_counter", "08:00", "2", "họp", lobby.at("09:00"))
    assert expected(lobby, await lobby.walk_in("08:01")) == "08:30"


async def test_while_all_counters_pause_without_a_stated_end_no_number_is_given(pool: Pool) -> None:
    lobby = await opened(pool, "1", "2")
    await lobby.do("pause_counter", "08:00", "1", "họp", None)
    assert (await lobby.walk_in("08:01"))["decision"] == "enter"
    await lobby.do("close_counter", "08:02", "2")
    refused = await lobby.walk_in("08:03")
    assert (refused["decision"], refused["reason"]) == ("refuse", "queue_closed")
    await lobby.do("pause_counter", "08:04", "1", "họp", lobby.at("08:30"))
    assert (await lobby.walk_in("08:05"))["decision"] == "enter"


async def test_while_all_counters_pause_to_the_end_of_the_day_no_number_is_given(
    pool: Pool,
) -> None:
    lobby = await opened(pool, "1")
    await lobby.do("pause_counter", "08:00", "1", "họp", lobby.at("17:00"))
    refused = await lobby.walk_in("08:01")
    assert (refused["decision"], refused["reason"]) == ("refuse", "day_full")


async def test_a_pause_has_a_reason_and_perhaps_an_end_which_boards_may_say(pool: Pool) -> None:
    lobby = await opened(pool)
    paused = await lobby.do("pause_counter", "08:00", "1", "họp", lobby.at("08:30"))
    assert (paused["state"], paused["reason"]) == ("paused", "họp")
    assert moment(paused["until"]) == lobby.at("08:30")
    without = await lobby.do("pause_counter", "08:05", "1", "", None)
    assert (without["reason"], without["until"]) == ("", None)
    with pytest.raises(Refused, match="no_such_counter"):
        await lobby.do("pause_counter", "08:06", "99", "", None)
