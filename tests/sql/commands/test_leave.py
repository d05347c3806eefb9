"""Somebody gives the place up."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office

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
