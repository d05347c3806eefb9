"""The slip was printed, shown, said, or failed."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby, moment
from tests.offices import make_office
from tests.sql.scenes import opened, unconfirmed_and_absent, usual

pytestmark = pytest.mark.anyio


async def callable_at(lobby: Lobby, now: str) -> str | None:
    try:
        return (await lobby.do("call_next", now, "1"))["number"]
    except Refused as refused:
        if refused.code != "nobody_waiting":
            raise
        return None


async def test_a_repeated_word_on_a_slip_is_decided_afresh_once_the_visit_has_moved_on(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.do("slip", "08:00", visit, "printed", key="word")
    await lobby.do("leave", "08:01", visit)
    again = await lobby.do("slip", "08:02", visit, "printed", key="word")
    assert again["state"] == "left"


async def test_a_void_number_leaves_no_gap(pool: Pool) -> None:
    lobby = await opened(pool)
    first = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.do("slip", "08:00", first, "failed")
    assert await lobby.state(first) == "void"
    assert await lobby.present("08:00") == 0
    assert (await lobby.walk_in("08:01"))["number"] == "A002"
    assert await lobby.differences() == []


@pytest.mark.parametrize("word", ["printed", "phone", "said"])
async def test_a_number_is_callable_once_the_visitor_has_it(pool: Pool, word: str) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00", channel="kiosk")
    assert await callable_at(lobby, "08:00") is None
    await lobby.do("slip", "08:01", visit, word)
    assert await callable_at(lobby, "08:01") == "A001"


async def test_a_helper_has_said_the_number(pool: Pool) -> None:
    lobby = await opened(pool)
    await lobby.walk_in("08:00", channel="helper")
    assert await callable_at(lobby, "08:00") == "A001"


async def test_with_no_word_for_two_minutes_a_number_is_callable(pool: Pool) -> None:
    lobby = await opened(pool)
    await lobby.walk_in("08:00", channel="kiosk")
    assert await callable_at(lobby, "08:01") is None
    assert await callable_at(lobby, "08:02") == "A001"


@pytest.mark.parametrize("sign", ["word", "scan", "call"])
async def test_any_later_sign_revives_a_void_number(pool: Pool, sign: str) -> None:
    lobby = await opened(pool)
    visit = await unconfirmed_and_absent(lobby)
    if sign == "word":
        await lobby.do("slip", "08:05", visit, "printed")
        assert await lobby.state(visit) == "inside"
    elif sign == "scan":
        assert (await lobby.arrive("08:05", visit))["decision"] == "enter"
    else:
        called = await lobby.do("call_number", "08:05", "1", "A001")
        assert called["state"] == "called"
    assert (await lobby.visit(visit, "08:05"))["number"] == "A001"
    assert await lobby.differences() == []


async def test_a_void_slip_of_a_booked_visit_returns_it_to_its_booking(pool: Pool) -> None:
    lobby = await opened(pool)
    booked = await lobby.book("08:00")
    await lobby.arrive("07:50", booked)
    await lobby.do("slip", "07:50", booked, "failed")
    assert await lobby.state(booked) == "booked"
    assert await lobby.present("07:50") == 0
    again = await lobby.arrive("07:55", booked)
    assert (again["decision"], again["number"]) == ("enter", "A001")
    assert await lobby.differences() == []


async def test_an_unconfirmed_booked_visit_that_is_absent_returns_and_its_slip_revives_it(
    pool: Pool,
) -> None:
    lobby = await opened(pool)
    booked = await lobby.book("08:00")
    await lobby.arrive("07:50", booked)
    await lobby.do("call_next", "07:55", "1")
    await lobby.do("absent", "07:57", booked)
    assert await lobby.state(booked) == "booked"
    await lobby.do("slip", "07:58", booked, "printed")
    assert await lobby.state(booked) == "inside"
    assert await lobby.differences() == []


async def test_a_word_the_kiosk_does_not_have_is_refused(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00")
    with pytest.raises(Refused, match="unknown_word"):
        await lobby.do("slip", "08:00", visit, "eaten")


async def test_a_number_waits_for_its_slip(pool: Pool) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    await lobby.arrive("07:50", booked)
    await lobby.do("open_counter", "07:50", "1")
    with pytest.raises(Refused, match="nobody_waiting"):
        await lobby.do("call_next", "07:51", "1")
    await lobby.do("slip", "07:51", booked, "printed")
    assert (await lobby.do("call_next", "07:51", "1"))["number"] == "A001"


async def test_a_void_slip_returns_a_booked_visit_to_booked_and_a_scan_brings_it_back(
    pool: Pool,
) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    await lobby.arrive("07:50", booked)
    await lobby.do("slip", "07:50", booked, "failed")
    assert (await lobby.state(booked), await lobby.present("07:50")) == ("booked", 0)
    answer = await lobby.arrive("07:55", booked)
    assert (answer["decision"], answer["number"]) == ("enter", "A001")
    await lobby.do("open_counter", "07:55", "1")
    with pytest.raises(Refused, match="nobody_waiting"):  # the second slip is not there yet
        await lobby.do("call_next", "07:55", "1")
    await lobby.do("slip", "07:55", booked, "printed")
    assert (await lobby.do("call_next", "07:56", "1"))["number"] == "A001"
    assert await lobby.differences() == []


async def test_who_goes_back_to_the_booking_has_not_arrived_and_nobody_else_is_touched(
    pool: Pool,
) -> None:
    lobby = await usual(pool)
    booked, other = await lobby.book("08:00"), await lobby.book("08:00")
    for visit in (booked, other):
        await lobby.arrive("07:50", visit)
    await lobby.do("slip", "07:51", booked, "failed")
    assert (await lobby.visit(booked))["arrived_at"] is None
    seen = await lobby.visit(other)
    assert (moment(seen["arrived_at"]), seen["slip"]) == (lobby.at("07:50"), "pending")
    await lobby.arrive("07:58", booked)
    assert moment((await lobby.visit(booked))["arrived_at"]) == lobby.at("07:58")


async def test_a_late_visitors_and_a_kept_windows_void_slip_leads_to_no_booking(pool: Pool) -> None:
    lobby = await usual(pool, hour_cap=2, planned=1)
    late = await lobby.book("08:00")
    await lobby.walk_in("08:00")
    window = await lobby.walk_in("08:00", channel="kiosk")
    assert window["decision"] == "come_back"
    await lobby.arrive("08:15", late)
    await lobby.do("slip", "08:15", late, "failed")
    await lobby.arrive("09:00", window)
    await lobby.do("slip", "09:00", window, "failed")
    assert [await lobby.state(visit) for visit in (late, window)] == ["void", "void"]
    assert await lobby.differences() == []


async def test_an_absent_booked_visitor_without_a_slip_holds_the_hours_place_again(
    pool: Pool,
) -> None:
    lobby = await opened(pool, hour_cap=1, planned=1, rules={"lead_minutes": 0})
    booked = await lobby.book("08:10")
    await lobby.arrive("08:00", booked)
    await lobby.do("call_next", "08:02", "1")
    await lobby.do("absent", "08:04", booked)
    assert await lobby.state(booked) == "booked"
    rows = await lobby.book_group([lobby.request("08:45")], "08:05")
    assert rows[0][0] == "slot_full"
    assert await lobby.differences() == []


async def test_a_late_word_of_a_slip_brings_nobody_in_whose_booking_was_moved(pool: Pool) -> None:
    lobby = await opened(pool)
    today, tomorrow = await lobby.book("08:00"), await lobby.book("08:00")
    for booked, days in ((today, 0), (tomorrow, 1)):
        await lobby.arrive("07:50", booked)
        await lobby.do("slip", "07:50", booked, "failed")
        later = Lobby(pool, lobby.office, days).at("14:00")
        await lobby.do("reschedule", "07:51", booked, later)
        await lobby.do("slip", "07:52", booked, "printed")
        assert await lobby.state(booked) == "booked"
    await lobby.arrive("13:50", today)
    assert await lobby.state(today) == "inside"
    assert await lobby.differences("13:51") == []
