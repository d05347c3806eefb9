"""How many of the staff are in the room."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office
from tests.sql.scenes import usual

pytestmark = pytest.mark.anyio


async def test_staff_are_the_larger_of_planned_and_said(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, staff=4))
    await lobby.do("staff", "08:00", "hall", 6)
    assert await lobby.present("08:00") == 6
    await lobby.do("staff", "08:01", "hall", 1)
    assert await lobby.present("08:01") == 4


async def test_what_staff_said_is_forgotten_at_each_opening(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, staff=2))
    await lobby.do("staff", "07:20", "hall", 9)
    assert await lobby.present("07:29") == 9
    assert await lobby.present("07:30") == 2
    await lobby.do("staff", "08:00", "hall", 5)
    assert await lobby.present("11:30") == 5
    assert await lobby.present("13:30") == 2


async def test_staff_are_never_refused_and_nobody_enters_until_it_fits_again(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=3))
    inside = await lobby.walk_in("08:00")
    await lobby.do("staff", "08:01", "hall", 4)
    assert await lobby.present("08:01") == 5
    outside = await lobby.walk_in("08:02")
    assert outside["decision"] == "wait_outside"
    await lobby.do("staff", "08:03", "hall", 2)
    assert await lobby.state(outside) == "arrived"
    await lobby.do("leave", "08:04", inside)
    assert await lobby.state(outside) == "invited"


async def test_staff_going_lets_in_the_next(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=3))
    await lobby.do("staff", "08:00", "hall", 3)
    outside = await lobby.walk_in("08:01")
    await lobby.do("staff", "08:02", "hall", 2)
    assert await lobby.state(outside) == "invited"


@pytest.mark.parametrize("present", [-1, 10_001])
async def test_a_number_of_staff_is_a_number(pool: Pool, present: int) -> None:
    lobby = await usual(pool)
    with pytest.raises(Refused, match="bad_count"):
        await lobby.do("staff", "08:00", "hall", present)
    assert await lobby.present("08:00") == 0
