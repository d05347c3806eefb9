"""What a counter's page knows: the last step, the hour's last places, one key a visit."""

from typing import Any

import pytest

from queue_service import reads
from queue_service.db import Pool, Refused
from tests.lobby import Answer, Lobby, moment
from tests.offices import make_office
from tests.sql.scenes import bank, opened, serve, served

pytestmark = pytest.mark.anyio


async def last(lobby: Lobby, now: str, counter: str = "1", actor: str = "clerk:test") -> Any:
    return await reads.last_step(lobby.pool, lobby.office.office_id, lobby.at(now), actor, counter)


async def page(lobby: Lobby, now: str, counter: str = "1") -> Answer:
    found = await reads.counter(lobby.pool, lobby.office.office_id, lobby.at(now), counter)
    assert found is not None
    return found


# The last step


async def test_after_each_step_the_page_knows_what_can_be_taken_back(pool: Pool) -> None:
    lobby = await opened(pool)
    first, _ = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    assert await last(lobby, "08:00") is None
    await lobby.do("call_next", "08:01", "1", key="call")
    step = await last(lobby, "08:01")
    assert (step["command"], step["number"], step["undone"]) == ("call_next", "A001", "call")
    await lobby.do("serve", "08:02", first, key="serve")
    assert await last(lobby, "08:02") is None  # the call is over
    await lobby.do("finish", "08:03", first, key="finish")
    await lobby.do("call_next", "08:03", "1", key="next")
    assert (await last(lobby, "08:03"))["undone"] == "next"
    await lobby.do("undo", "08:03", "next")
    assert (await last(lobby, "08:03"))["undone"] == "finish"
    await lobby.do("undo", "08:03", "finish")
    assert await last(lobby, "08:03") is None
    assert await lobby.state(first) == "serving"
    assert await lobby.differences() == []


@pytest.mark.parametrize("word", ["absent", "park"])
async def test_who_was_sent_away_by_mistake_can_be_brought_back(pool: Pool, word: str) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1")
    more = ("away", "photo") if word == "park" else ()
    await lobby.do(word, "08:02", visit, *more, key="wrong")
    assert (await last(lobby, "08:02"))["command"] == word
    await lobby.do("resume", "08:03", visit)
    assert await last(lobby, "08:03") is None  # somebody has gone on from there


async def test_the_step_is_the_clerks_own_at_this_counter_and_soon(pool: Pool) -> None:
    lobby = await opened(pool, "1", "2")
    await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1", key="call")
    assert await last(lobby, "08:02", "2") is None
    assert await last(lobby, "08:02", actor="clerk:other") is None
    assert (await last(lobby, "08:05:59"))["undone"] == "call"
    assert await last(lobby, "08:06") is None


# Before a cap bites


@pytest.mark.parametrize(("rule", "next_at"), [("clock", "09:00"), ("any-60-minutes", "09:02")])
async def test_the_last_places_of_the_hour_are_said_before_they_are_gone(
    pool: Pool, rule: str, next_at: str
) -> None:
    lobby = await bank(pool, rule, limit=4)
    for _ in range(3):
        await lobby.walk_in("08:00")
    await serve(lobby, "08:02")
    assert (await page(lobby, "08:03"))["nearly_full"] is None  # three are left
    await serve(lobby, "08:04")
    seen = (await page(lobby, "08:05"))["nearly_full"]
    assert (seen["left"], moment(seen["next_at"])) == (2, lobby.at(next_at))
    await serve(lobby, "08:06")
    assert (await page(lobby, "08:07"))["nearly_full"]["left"] == 1


async def test_where_no_hour_is_capped_nothing_is_nearly_full(pool: Pool) -> None:
    lobby = await opened(pool)
    assert (await page(lobby, "08:00"))["nearly_full"] is None


# One key a visit


async def test_who_was_served_with_the_call_and_is_not_there_is_absent(pool: Pool) -> None:
    lobby = await bank(pool, limit=1)
    visit = await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("serve", "08:01:00.200", visit)
    assert (await page(lobby, "08:02"))["visits"][0]["at_once"] is True
    assert (await lobby.do("absent", "08:03", visit))["state"] == "absent"
    assert (await lobby.walk_in("08:04"))["decision"] == "enter"  # the hour's place is free again
    assert await lobby.differences() == []


async def test_who_was_seen_at_the_counter_is_not_absent(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("serve", "08:01:04", visit)
    with pytest.raises(Refused, match="not_called"):
        await lobby.do("absent", "08:03", visit)


async def test_a_call_that_served_at_once_is_taken_back_as_a_whole(pool: Pool) -> None:
    lobby = await bank(pool, limit=1)
    visit = await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1", key="call")
    await lobby.do("serve", "08:01", visit, key="call/serve")
    assert (await last(lobby, "08:02"))["undone"] == "call"
    await lobby.do("undo", "08:02", "call")
    assert await lobby.state(visit) == "inside"
    await lobby.do("call_next", "08:03", "1")  # its place of the hour came back with it
    assert await lobby.differences() == []


# What stands with whom


async def test_the_page_knows_the_usual_minutes_the_papers_and_what_is_missing(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await served(lobby, "08:00")
    [seen] = (await page(lobby, "08:01"))["visits"]
    assert (seen["usual_minutes"], seen["papers_vi"]) == (5, ["Căn cước công dân"])
    await lobby.do("park", "08:02", visit, "away", "Căn cước công dân")
    [parked] = (await page(lobby, "08:03"))["parked"]
    assert parked["reason"] == "Căn cước công dân"
