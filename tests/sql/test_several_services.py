"""Several services in one visit, one after another."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Answer, Lobby, moment
from tests.offices import make_office
from tests.sql.scenes import all_open

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
    lobby = await all_open(pool)
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
