"""A booking is given up: its cells and place are free, its ticket is worth nothing."""

import pytest

from queue_service import reads
from queue_service.db import Pool, Refused
from tests.lobby import Lobby, id_of
from tests.offices import make_office
from tests.sql.scenes import fits, full_at_nine, usual

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("command", ["cancel", "reschedule"])
async def test_a_booking_is_changed_until_it_arrives(pool: Pool, command: str) -> None:
    lobby = await usual(pool)
    first, second = await lobby.book("08:00"), await lobby.book("08:00")
    more = [lobby.at("10:00")] if command == "reschedule" else []
    await lobby.do(command, "07:50", first, *more)
    await lobby.arrive("07:50", second)
    with pytest.raises(Refused, match="not_booked") as refused:
        await lobby.do(command, "07:51", second, *more)
    assert refused.value.facts == {"state": "inside"}
    assert await lobby.differences() == []


async def test_a_cancelled_booking_frees_its_place_and_its_ticket_is_revoked(pool: Pool) -> None:
    lobby = await usual(pool, planned=1)
    booked = await lobby.book("09:00")
    with pytest.raises(Refused, match="slot_full"):
        await lobby.book("09:00")
    await lobby.do("cancel", "08:00", booked, "no time")
    await lobby.book("09:00", now="08:00")
    revoked = await reads.revocations(pool, lobby.office.office_id, lobby.at("08:00"), 0)
    assert str(id_of(booked)) in str(revoked)
    assert await lobby.differences() == []


async def test_who_has_arrived_can_no_longer_cancel(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("08:00")
    await lobby.arrive("07:50", booked)
    with pytest.raises(Refused, match="not_booked"):
        await lobby.do("cancel", "07:51", booked, "")
    assert await lobby.state(booked) == "inside"
    assert await lobby.differences() == []


async def test_a_cancelled_visit_gives_its_cells_back(pool: Pool) -> None:
    lobby, booked = await full_at_nine(pool)
    await lobby.do("cancel", "07:10", booked)
    assert await fits(lobby, "09:00")
    assert await lobby.differences() == []


async def test_a_cancelled_party_gives_back_its_heads_and_the_counters_it_shared(
    pool: Pool,
) -> None:
    office = await make_office(
        pool, area_cap=5, counter_cap=None, pool_id="desks", planned={"justice": 1, "permits": 0}
    )
    lobby = Lobby(pool, office)
    booked = await lobby.book("09:00", party_size=4)
    assert not await fits(lobby, "09:00", "permit")
    assert not await fits(lobby, "09:05", party_size=2)
    await lobby.do("cancel", "07:10", booked)
    assert await fits(lobby, "09:05", "permit", party_size=5)
    assert await lobby.differences() == []
