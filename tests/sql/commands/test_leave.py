"""Somebody gives the place up."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office
from tests.sql.scenes import line, opened

pytestmark = pytest.mark.anyio


async def test_leaving_gives_the_place_up(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, hour_cap=5))
    visit = await lobby.walk_in("08:00", party_size=3)
    left = await lobby.do("leave", "08:01", visit)
    assert (left["state"], await lobby.present("08:01")) == ("left", 0)
    assert await lobby.differences() == []


async def test_who_has_only_booked_cannot_leave(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("09:00")
    with pytest.raises(Refused, match="wrong_state"):
        await lobby.do("leave", "08:00", booked)


async def test_a_number_given_up_or_void_gives_its_cells_back(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, rules={"lead_minutes": 0}))
    left = await lobby.walk_in("08:00", "permit", channel="kiosk")
    await lobby.do("leave", "08:01", left)
    assert (await lobby.book_group([lobby.request("08:05", "permit")], "08:01"))[0][0] == "booked"
    void = await lobby.walk_in("08:01", "record", channel="kiosk")
    await lobby.do("slip", "08:01", void, "failed")
    assert await lobby.state(void) == "void"
    assert (await lobby.book_group([lobby.request("08:05")], "08:02"))[0][0] == "booked"
    assert await lobby.differences() == []


@pytest.mark.parametrize("sign", ["scan", "call"])
async def test_who_gave_the_place_up_and_comes_again_stands_behind_who_came_meanwhile(
    pool: Pool, sign: str
) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00")
    await lobby.do("leave", "08:05", visit)
    await lobby.walk_in("10:00")
    if sign == "scan":
        await lobby.arrive("10:30", visit)
    else:
        await lobby.do("call_number", "10:30", "1", "A001")
        await lobby.do("close_counter", "10:30", "1")
    assert await line(lobby, "10:30") == ["A002", "A001"]
    assert await lobby.differences("10:31") == []


async def test_who_was_only_out_of_the_line_by_mistake_keeps_the_arrival(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00")
    await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", visit, key="tap")
    await lobby.do("undo", "08:03", "tap")
    assert await line(lobby, "08:03") == ["A001", "A002"]
