"""Where an office checks at its entry nobody passes without the word; elsewhere nobody is asked."""

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby
from tests.offices import File, import_again, make_office

pytestmark = pytest.mark.anyio


def asks(file: File) -> None:
    file["door"] = {"entry_check": True, "one_number": False, "question_vi": "", "question_en": ""}


async def checking(pool: Pool, **more: object) -> Lobby:
    return Lobby(pool, await make_office(pool, change=asks, **more))  # pyright: ignore


async def test_a_booked_visitor_is_asked_for_the_check_and_then_let_in(pool: Pool) -> None:
    lobby = await checking(pool)
    booked = await lobby.book("08:00")
    asked = await lobby.arrive("07:55", booked)
    assert (asked["decision"], asked["reason"]) == ("refuse", "check_needed")
    assert await lobby.state(booked) == "booked"
    assert (await lobby.arrive("07:56", booked, checked=True))["decision"] == "enter"
    # shown again, nobody is asked again
    assert (await lobby.arrive("07:57", booked))["decision"] == "already_in"


@pytest.mark.parametrize("channel", ["kiosk", "helper"])
async def test_a_walk_in_gets_no_number_without_it_from_a_helper_either(
    pool: Pool, owner: Connection, channel: str
) -> None:
    lobby = await checking(pool)
    asked = await lobby.walk_in("08:00", channel=channel)
    assert (asked["decision"], asked["reason"]) == ("refuse", "check_needed")
    visits = await owner.fetch(
        "select from queue.visit where office_id = $1", lobby.office.office_id
    )
    assert visits == []
    passed = await lobby.walk_in("08:01", channel=channel, checked=True)
    assert (passed["decision"], passed["number"]) == ("enter", "A001")


async def test_who_comes_too_early_is_not_checked_for_nothing(pool: Pool) -> None:
    lobby = await checking(pool)
    booked = await lobby.book("09:00")
    assert (await lobby.arrive("07:40", booked))["decision"] == "too_early"


async def test_when_it_begins_in_the_day_those_outside_are_checked_before_they_go_in(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    first = await lobby.walk_in("08:00")
    outside = await lobby.walk_in("08:01")
    assert outside["decision"] == "wait_outside"
    asks(lobby.office.file)
    await import_again(pool, lobby.office, lobby.at("08:02"))
    await lobby.do("leave", "08:03", first)
    assert await lobby.state(outside) == "arrived"  # there is room, and nobody is fetched unchecked
    with pytest.raises(Refused, match="check_needed"):
        await lobby.do("enter", "08:04", outside)
    with pytest.raises(Refused, match="check_needed"):
        await lobby.do("admit", "08:04", outside, "a manager's reason")
    assert (await lobby.do("enter", "08:05", outside, True))["state"] == "inside"
    assert await lobby.differences() == []


async def test_who_went_away_for_a_paper_is_checked_when_coming_back(pool: Pool) -> None:
    lobby = await checking(pool)
    came = await lobby.walk_in("08:00", checked=True)
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("serve", "08:01", came)
    await lobby.do("park", "08:02", came, "away")
    assert (await lobby.arrive("08:30", came))["reason"] == "check_needed"
    assert (await lobby.arrive("08:31", came, checked=True))["decision"] == "enter"


async def test_an_office_without_a_check_asks_nobody(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    assert (await lobby.walk_in("08:00"))["decision"] == "enter"
