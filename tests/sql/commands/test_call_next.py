"""The first of the line is called, if the counter and the hour have room."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.offices import make_office
from tests.sql.scenes import opened

pytestmark = pytest.mark.anyio


async def test_two_people_are_at_a_counter_and_no_third_is_called(pool: Pool) -> None:
    lobby = await opened(pool)
    visits = [await lobby.walk_in("08:00") for _ in range(3)]
    for _ in range(2):
        await lobby.do("call_next", "08:01", "1")
    with pytest.raises(Refused) as caught:
        await lobby.do("call_next", "08:02", "1")
    assert (caught.value.code, caught.value.facts["maximum"]) == ("counter_full", 2)
    await lobby.do("serve", "08:02", visits[0])
    with pytest.raises(Refused, match="counter_full"):
        await lobby.do("call_number", "08:02", "1", "A003")
    await lobby.do("finish", "08:03", visits[0])
    assert (await lobby.do("call_next", "08:03", "1"))["number"] == "A003"
    assert await lobby.differences() == []


@pytest.mark.parametrize("freed_by", ["absent", "park", "transfer", "leave"])
async def test_who_is_absent_parked_transferred_or_gone_is_no_longer_at_the_counter(
    pool: Pool, freed_by: str
) -> None:
    lobby = await opened(pool, counter_cap=1)
    first = await lobby.walk_in("08:00")
    await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1")
    more = {"park": ("here", "photo"), "transfer": ("permits",)}.get(freed_by, ())
    await lobby.do(freed_by, "08:02", first, *more)
    assert (await lobby.do("call_next", "08:02", "1"))["number"] == "A002"
    assert await lobby.differences() == []


async def test_a_party_of_four_is_booked_let_in_and_called_to_a_counter_for_two(
    pool: Pool,
) -> None:
    lobby = await opened(pool, counter_cap=2)
    booked = await lobby.book("08:00", party_size=4)
    assert (await lobby.arrive("07:55", booked))["decision"] == "enter"
    await lobby.do("slip", "07:55", booked, "printed")
    assert (await lobby.do("call_next", "07:56", "1"))["party_size"] == 4
    assert await lobby.present("07:56") == 4
    await lobby.walk_in("07:57")
    with pytest.raises(Refused, match="counter_full") as refused:
        await lobby.do("call_next", "07:57", "1")
    assert refused.value.facts == {"maximum": 2, "there": 2}  # of the four two are at the counter
    assert await lobby.differences() == []


async def test_a_party_is_not_called_beside_somebody_it_does_not_fit_with(pool: Pool) -> None:
    lobby = await opened(pool, counter_cap=2)
    await lobby.walk_in("08:00")
    await lobby.walk_in("08:00", party_size=3)
    await lobby.do("call_next", "08:01", "1")
    with pytest.raises(Refused, match="counter_full"):
        await lobby.do("call_next", "08:01", "1")


async def test_call_next_takes_the_first_of_its_own_queues(pool: Pool) -> None:
    lobby = await opened(pool, "1", "3")
    for now, what in (("08:00", "permit"), ("08:01", "copy"), ("08:02", "permit")):
        await lobby.walk_in(now, what)
    assert (await lobby.do("call_next", "08:03", "1"))["number"] == "A001"
    assert (await lobby.do("call_next", "08:03", "3"))["number"] == "B001"
    with pytest.raises(Refused, match="nobody_waiting"):
        await lobby.do("call_next", "08:04", "1")


async def test_who_is_served_early_gives_back_the_cells_that_were_still_to_come(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.do("open_counter", "08:00", "1")
    visits = [await lobby.walk_in("16:00", "record") for _ in range(6)]  # until 17:00
    assert (await lobby.walk_in("16:00"))["reason"] == "day_full"
    for minute, visit in enumerate(visits):
        await lobby.do("call_next", f"16:{minute:02}", "1")
        await lobby.do("serve", f"16:{minute:02}", visit)
        await lobby.do("finish", f"16:{minute:02}", visit)
    assert (await lobby.walk_in("16:10", "record"))["decision"] == "enter"
    assert await lobby.differences() == []


async def test_a_closed_counter_says_so_also_where_nobody_waits(pool: Pool) -> None:
    lobby = await opened(pool)
    with pytest.raises(Refused, match="counter_closed") as refused:
        await lobby.do("call_next", "08:00", "2")
    assert refused.value.facts == {"counter": "2"}
    with pytest.raises(Refused, match="nobody_waiting"):
        await lobby.do("call_next", "08:00", "1")
