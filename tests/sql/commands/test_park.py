"""A visit is put aside, here or away, its turn kept."""

import pytest

from queue_service.db import Pool
from tests.lobby import Lobby
from tests.offices import make_office
from tests.sql.scenes import served

pytestmark = pytest.mark.anyio


async def test_parked_away_is_not_present_and_coming_back_is_an_admission_with_the_turn_kept(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    parked = await served(lobby, "08:00")
    await lobby.do("park", "08:05", parked, "away", "photo")
    assert await lobby.present("08:05") == 0
    other = await lobby.walk_in("08:06")
    assert other["decision"] == "enter"
    later = await lobby.walk_in("08:07")
    back = await lobby.arrive("08:10", parked)
    assert back["decision"] == "wait_outside"
    assert (await lobby.visit(later, "08:10"))["ahead"] == 1
    await lobby.do("leave", "08:11", other)
    assert await lobby.state(parked) == "invited"
    assert await lobby.differences() == []
