"""A visit is put aside, here or away, its turn kept."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office
from tests.sql.scenes import called, opened, served

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


async def test_a_visit_is_set_aside_here_or_away_and_nowhere_else(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await called(lobby, "08:00")
    with pytest.raises(Refused, match="unknown_place") as refused:
        await lobby.do("park", "08:01", visit, "nowhere", "")
    assert refused.value.facts == {"places": ["here", "away"]}
    parked = await lobby.do("park", "08:01", visit, "here", "photo")
    assert (parked["state"], parked["parked"], parked["counter"]) == ("parked", "here", None)
    with pytest.raises(Refused, match="wrong_state") as refused:
        await lobby.do("park", "08:02", visit, "away", "")
    assert refused.value.facts == {"state": "parked"}
    assert await lobby.present("08:02") == 1
    assert await lobby.differences() == []
