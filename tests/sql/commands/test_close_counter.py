"""A counter closes: who was called keeps the place, a line left alone is told."""

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby, id_of
from tests.offices import make_office
from tests.sql.scenes import opened, served

pytestmark = pytest.mark.anyio


async def test_a_queue_left_without_a_counter_tells_its_line_and_gives_no_numbers(
    pool: Pool, owner: Connection
) -> None:
    lobby = await opened(pool, "1", "2")
    await lobby.walk_in("08:00", phone="+84905000001")
    await lobby.do("close_counter", "08:01", "1")
    assert (await lobby.walk_in("08:02", phone="+84905000002"))["decision"] == "enter"
    await lobby.do("close_counter", "08:03", "2")
    refused = await lobby.walk_in("08:04")
    assert (refused["decision"], refused["reason"]) == ("refuse", "queue_closed")
    told = await owner.fetch(
        "select count(*) from queue.job where office_id = $1 and kind = 'queue_unattended'",
        lobby.office.office_id,
    )
    assert told[0][0] == 2
    staff = await owner.fetch(
        "select facts ->> 'queue' from queue.event where office_id = $1 and kind = $2",
        lobby.office.office_id,
        "queue unattended",
    )
    assert [row[0] for row in staff] == ["justice"]
    await lobby.do("open_counter", "08:05", "1")
    assert (await lobby.walk_in("08:06"))["decision"] == "enter"
    assert await lobby.differences() == []


async def test_a_second_call_at_a_desk_that_closes_holds_no_second_place(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, hour_cap=2, planned=1))
    visit = await lobby.walk_in("08:00")
    for desk in ("1", "2"):
        await lobby.do("open_counter", "08:01", desk)
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("serve", "08:01", visit)
    await lobby.do("park", "08:02", visit, "here", "photo")
    await lobby.do("resume", "08:05", visit, "1")
    await lobby.do("close_counter", "08:06", "1")
    # One of the hour's two places is used, so one more number is served in it.
    assert (await lobby.walk_in("08:07"))["decision"] == "enter"


async def test_who_is_sent_back_by_a_desk_that_closes_holds_the_hours_place_again(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, hour_cap=1, planned=1))
    await lobby.walk_in("08:00")
    for desk in ("1", "2"):
        await lobby.do("open_counter", "08:01", desk)
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("close_counter", "08:02", "1")
    assert (await lobby.walk_in("08:03"))["reason"] == "hour_full"
    assert (await lobby.walk_in("08:03", "permit"))["decision"] == "enter"  # another line's hour
    assert (await lobby.do("call_next", "08:04", "2"))["number"] == "A001"
    assert await lobby.differences() == []


async def test_a_desk_that_closes_changes_nothing_at_the_others(pool: Pool) -> None:
    lobby = await opened(pool, "1", "2")
    called, serving = [await lobby.walk_in("08:00") for _ in range(2)]
    for visit in (called, serving):
        await lobby.do("call_number", "08:01", "1", visit["number"])
    await lobby.do("serve", "08:02", serving)
    await lobby.do("close_counter", "08:03", "2")
    assert [await lobby.state(visit) for visit in (called, serving)] == ["called", "serving"]
    assert await lobby.differences() == []


async def test_a_counter_closes_only_when_nobody_is_served_and_the_ledger_says_why_one_went_back(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await served(lobby, "08:00")
    with pytest.raises(Refused, match="still_serving") as refused:
        await lobby.do("close_counter", "08:05", "1")
    assert refused.value.facts == {"counter": "1"}
    await lobby.do("finish", "08:06", visit)
    called = await lobby.walk_in("08:07")
    await lobby.do("call_next", "08:08", "1")
    await lobby.do("close_counter", "08:09", "1")
    seen = await owner.fetchrow(
        "select state, reason from queue.stay"
        " where office_id = $1 and visit_id = $2 and ended_at is null",
        lobby.office.office_id,
        id_of(called),
    )
    assert seen is not None
    assert (seen["state"], seen["reason"]) == ("inside", "counter closed")
