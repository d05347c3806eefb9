"""Who counts as present in an area, from when and until when."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby, id_of
from tests.offices import import_again, make_office
from tests.sql.scenes import served

pytestmark = pytest.mark.anyio


async def test_everybody_in_a_party_counts_and_so_do_staff(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, staff=6))
    await lobby.walk_in("08:00", party_size=3)
    assert await lobby.present("08:00") == 9
    assert (await lobby.area("08:00"))["staff"] == 6
    assert await lobby.differences() == []


async def test_who_waits_outside_is_not_present(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    await lobby.walk_in("08:00")
    await lobby.walk_in("08:00")
    assert await lobby.present("08:00") == 1


async def test_called_served_parked_here_absent_and_done_still_count(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.do("open_counter", "08:00", "1")
    visit = await lobby.walk_in("08:00", party_size=2)
    await lobby.do("call_next", "08:00", "1")
    assert await lobby.present("08:00") == 2
    await lobby.do("absent", "08:01", visit)
    assert await lobby.present("08:01") == 2
    await lobby.do("resume", "08:02", visit, "1")
    await lobby.do("serve", "08:02", visit)
    assert await lobby.present("08:02") == 2
    await lobby.do("park", "08:03", visit, "here", "photo")
    assert await lobby.present("08:03") == 2
    await lobby.do("resume", "08:04", visit, "1")
    await lobby.do("serve", "08:04", visit)
    await lobby.do("finish", "08:05", visit)
    assert await lobby.present("08:05") == 2
    assert await lobby.differences() == []


async def test_an_invited_visitor_counts_before_coming_in(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    first = await lobby.walk_in("08:00")
    outside = await lobby.walk_in("08:00")
    await lobby.do("leave", "08:01", first)
    assert await lobby.state(outside) == "invited"
    assert await lobby.present("08:01") == 1
    assert (await lobby.walk_in("08:02"))["decision"] == "wait_outside"


async def test_a_void_visit_is_not_present(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.do("slip", "08:00", visit, "failed")
    assert await lobby.present("08:00") == 0
    assert await lobby.differences() == []


async def test_no_stay_is_subtracted_twice(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"exits": "counted"}))
    await lobby.walk_in("08:00", party_size=2)
    visit = await served(lobby, "08:00")
    await lobby.do("finish", "08:01", visit)
    await lobby.do("leave", "08:02", visit)
    await lobby.do("leave", "08:02", visit)
    await lobby.do("exit", "08:02", "hall", id_of(visit))
    with pytest.raises(Refused, match="nobody_to_leave"):
        await lobby.do("exit", "08:02", "hall", None, 1)
    await lobby.settle("08:10")
    assert await lobby.present("08:10") == 2
    assert await lobby.differences() == []


@pytest.mark.parametrize("word", ["park", "resume", "serve", "absent", "finish", "recall"])
async def test_who_waits_outside_is_not_worked_with(pool: Pool, word: str) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    await lobby.walk_in("08:00")
    outside = await lobby.walk_in("08:01")
    more = ["here"] if word == "park" else []
    with pytest.raises(Refused, match=r"wrong_state|not_called|not_serving"):
        await lobby.do(word, "08:02", outside, *more)


async def test_a_cap_lowered_under_people_already_there_lets_nobody_in_until_it_fits(
    pool: Pool,
) -> None:
    office = await make_office(pool, area_cap=4)
    lobby = Lobby(pool, office)
    visits = [await lobby.walk_in("08:00") for _ in range(3)]
    office.file["caps"][0]["maximum"] = 2
    await import_again(pool, office, lobby.at("08:01"))
    assert (await lobby.walk_in("08:02"))["decision"] == "wait_outside"
    assert [await lobby.state(v) for v in visits] == ["inside"] * 3
    await lobby.do("leave", "08:03", visits[0])
    outside = await lobby.walk_in("08:04")
    assert outside["decision"] == "wait_outside"
    await lobby.do("leave", "08:05", visits[1])
    assert await lobby.present("08:05") == 2
    assert await lobby.differences() == []
