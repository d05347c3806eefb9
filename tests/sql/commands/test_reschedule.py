"""Moving a booking to another time."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby, moment
from tests.offices import make_office
from tests.sql.scenes import fits, full_at_nine

pytestmark = pytest.mark.anyio


async def test_a_moved_booking_keeps_its_code_and_its_old_ticket_is_worth_nothing(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("08:00", phone="+84905123456")
    moved = await lobby.do("reschedule", "07:10", booked, lobby.at("09:00"))
    assert (moved["code"], moved["revision"], moved["state"]) == (booked["code"], 2, "booked")
    assert moment(moved["starts_at"]) == lobby.at("09:00")
    assert moment(moved["ends_at"]) == lobby.at("09:05")
    assert (await lobby.arrive("08:00", booked))["decision"] == "too_early"
    assert await lobby.differences() == []


async def test_its_own_cells_count_as_free_for_a_booking_that_moves(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    booked = await lobby.book("08:00", "record")
    moved = await lobby.do("reschedule", "07:10", booked, lobby.at("08:05"))
    assert moment(moved["starts_at"]) == lobby.at("08:05")
    assert await lobby.differences() == []


@pytest.mark.parametrize(
    ("to", "now", "code"),
    [
        ("08:02", "07:10", "not_a_slot"),
        ("12:00", "07:10", "not_a_slot"),
        ("07:30", "07:10", "too_soon"),
        ("07:30", "07:40", "in_the_past"),
        ("10:00", "07:10", "slot_full"),
    ],
)
async def test_a_booking_that_cannot_move_stays_as_it_was(
    pool: Pool, to: str, now: str, code: str
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.book("10:00")
    booked = await lobby.book("09:00")
    with pytest.raises(Refused, match=code):
        await lobby.do("reschedule", now, booked, lobby.at(to))
    seen = await lobby.visit(booked, now)
    assert (moment(seen["starts_at"]), seen["revision"]) == (lobby.at("09:00"), 1)
    assert (await lobby.book_group([lobby.request("09:00")], now))[0][0] == "slot_full"
    assert await lobby.differences() == []


async def test_who_has_arrived_or_cancelled_moves_nothing(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    came, gone = await lobby.book("08:00"), await lobby.book("08:00")
    await lobby.do("cancel", "07:10", gone)
    await lobby.arrive("07:50", came)
    for visit in (came, gone):
        with pytest.raises(Refused, match="not_booked"):
            await lobby.do("reschedule", "07:51", visit, lobby.at("10:00"))


async def test_a_moved_visit_gives_its_cells_back_and_takes_others(pool: Pool) -> None:
    lobby, booked = await full_at_nine(pool)
    await lobby.do("reschedule", "07:10", booked, lobby.at("10:00"))
    assert await fits(lobby, "09:00")
    assert not await fits(lobby, "10:00")
    assert await lobby.differences() == []
