"""What random walks have found wrong once, each as the few steps that show it."""

import pytest

from queue_service import commands
from queue_service.db import Pool
from tests.lobby import Lobby, id_of
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def test_an_invited_visitor_who_brings_more_people_enters_only_if_they_fit(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=3, counter_cap=None))
    first, _, _ = [await lobby.walk_in("08:00") for _ in range(3)]
    fourth = await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", first)
    assert await lobby.state(fourth) == "invited"
    door = await lobby.arrive("08:03", fourth, party_size=3)
    assert door["decision"] == "wait_outside"
    assert await lobby.present("08:03") <= 3
    assert await lobby.differences("08:03") == []


async def test_a_party_that_grows_while_waiting_outside_is_counted_as_it_is(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=2, counter_cap=None))
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    third = await lobby.walk_in("08:01")
    assert (await lobby.arrive("08:02", third, party_size=2))["decision"] == "wait_outside"
    await lobby.do("leave", "08:03", first)
    assert await lobby.state(third) == "arrived"
    await lobby.do("leave", "08:04", second)
    assert await lobby.state(third) == "invited"
    assert await lobby.present("08:04") == 2


async def test_one_too_late_for_today_hears_the_same_twice_and_stays_as_he_was(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await lobby.walk_in("16:00")
    await lobby.do("leave", "16:10", visit)

    async def again() -> dict[str, object]:
        return await commands.arrive(
            pool, lobby.office.office_id, lobby.at("17:05"), "kiosk:door", "once", id_of(visit)
        )

    answer = await again()
    assert (answer["decision"], answer["reason"]) == ("too_late", "closed")
    before = (await lobby.visit(visit))["state"], await lobby.area("17:06")
    assert await again() == answer
    assert ((await lobby.visit(visit))["state"], await lobby.area("17:06")) == before
    services = (await lobby.visit(visit))["services"]
    assert [service["state"] for service in services] == ["left"]


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
