"""Several services in one visit, one after another, and transfers into other queues and rooms."""

import json
from typing import Any

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Answer, Lobby, moment
from tests.offices import make_office, upstairs

pytestmark = pytest.mark.anyio

THREE = [
    {"service": "copy", "quantity": 2},
    {"service": "permit", "quantity": 1},
    {"service": "record", "quantity": 1},
]


async def serve(lobby: Lobby, now: str, counter_id: str) -> Answer:
    called = await lobby.do("call_next", now, counter_id)
    await lobby.do("serve", now, called)
    return await lobby.do("finish", now, called)


async def opened(pool: Pool, **more: Any) -> Lobby:
    lobby = Lobby(pool, await make_office(pool, **more))
    for counter_id in [c["counter_id"] for c in lobby.office.file["counters"]]:
        await lobby.do("open_counter", "07:30", counter_id)
    return lobby


async def test_the_services_of_a_visit_take_their_cells_one_after_another(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    booked = await lobby.book("08:00", services=THREE)
    assert moment(booked["ends_at"]) == lobby.at("08:35")
    times = (("08:00", "copy"), ("08:05", "copy"), ("08:10", "copy"), ("08:20", "copy"))
    rows = await lobby.book_group([lobby.request(s, what) for s, what in times])
    assert [o for o, _ in rows] == ["slot_full", "slot_full", "booked", "booked"]
    rows = await lobby.book_group([lobby.request(s, "copy") for s in ("08:25", "08:30", "08:35")])
    assert [o for o, _ in rows] == ["slot_full", "slot_full", "booked"]
    rows = await lobby.book_group([lobby.request(s, "permit") for s in ("08:15", "08:25")])
    assert [o for o, _ in rows] == ["slot_full", "booked"]
    assert await lobby.differences() == []


async def test_a_visit_stands_in_one_line_at_a_time_and_keeps_its_number(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00", services=THREE)
    assert visit["visit"]["queue"] == "justice"
    with pytest.raises(Refused, match="nobody_waiting"):
        await lobby.do("call_next", "08:00", "3")
    after = await serve(lobby, "08:01", "1")
    assert (after["state"], after["queue"], after["number"]) == ("inside", "permits", "A001")
    with pytest.raises(Refused, match="nobody_waiting"):
        await lobby.do("call_next", "08:12", "1")
    assert (await serve(lobby, "08:12", "3"))["queue"] == "justice"
    done = await serve(lobby, "08:30", "2")
    assert (done["state"], [s["state"] for s in done["services"]]) == ("done", ["done"] * 3)
    assert await lobby.differences() == []


async def test_a_transfer_keeps_the_arrival_time_and_with_it_the_place(pool: Pool) -> None:
    lobby = await opened(pool)
    first = await lobby.walk_in("08:00")
    await lobby.walk_in("08:05", "permit")
    await lobby.do("transfer", "08:10", first, "permits")
    assert (await lobby.do("call_next", "08:11", "3"))["number"] == "A001"


async def test_a_transfer_takes_the_first_free_cells_of_the_other_queue(pool: Pool) -> None:
    lobby = await opened(pool, planned=1, rules={"lead_minutes": 0})
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
    lobby = await opened(pool, change=upstairs)
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


async def test_a_manager_lets_one_transferred_into_the_full_room_above(
    pool: Pool, owner: Connection
) -> None:
    lobby = await opened(pool, change=upstairs)
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


async def test_a_transfer_into_another_room_is_expected_there(pool: Pool) -> None:
    lobby = await opened(pool, change=upstairs, rules={"lead_minutes": 0})
    visit = await lobby.walk_in("08:00")
    await lobby.do("transfer", "08:01", visit, "notary")  # upstairs from 08:00 to 08:20
    rows = await lobby.book_group([lobby.request(s, "deed") for s in ("08:15", "08:20")], "08:02")
    assert [(o, f.get("cap")) for o, f in rows] == [("slot_full", "present"), ("booked", None)]
    assert await lobby.differences() == []


async def test_nobody_is_transferred_to_a_queue_that_is_not_there_or_before_coming(
    pool: Pool,
) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00")
    with pytest.raises(Refused, match="no_such_queue"):
        await lobby.do("transfer", "08:01", visit, "weddings")
    with pytest.raises(Refused, match="wrong_state"):
        await lobby.do("transfer", "08:01", await lobby.book("10:00", now="08:01"), "permits")
