"""Counters: who is there, who is called to them, and what happens when one closes or pauses."""

from typing import Any

import pytest

from queue_service import reads
from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby, moment
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def opened(pool: Pool, *counters: str, **more: Any) -> Lobby:
    lobby = Lobby(pool, await make_office(pool, **more))
    for counter in counters or ("1",):
        await lobby.do("open_counter", "07:30", counter)
    return lobby


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
    with pytest.raises(Refused, match="counter_full"):
        await lobby.do("call_next", "07:57", "1")  # two of the four are at the counter
    assert await lobby.differences() == []


async def test_a_party_is_not_called_beside_somebody_it_does_not_fit_with(pool: Pool) -> None:
    lobby = await opened(pool, counter_cap=2)
    await lobby.walk_in("08:00")
    await lobby.walk_in("08:00", party_size=3)
    await lobby.do("call_next", "08:01", "1")
    with pytest.raises(Refused, match="counter_full"):
        await lobby.do("call_next", "08:01", "1")


@pytest.mark.parametrize("how", ["close_counter", "pause_counter"])
async def test_a_counter_that_closes_or_pauses_returns_who_is_called_to_the_same_place(
    pool: Pool, how: str
) -> None:
    lobby = await opened(pool, "1", "2")
    first = await lobby.walk_in("08:00")
    await lobby.walk_in("08:01")
    await lobby.do("call_next", "08:02", "1")
    more = ("họp", lobby.at("08:30")) if how == "pause_counter" else ()
    await lobby.do(how, "08:03", "1", *more)
    assert await lobby.state(first) == "inside"
    assert (await lobby.visit(first, "08:03"))["ahead"] == 0
    assert (await lobby.do("call_next", "08:04", "2"))["number"] == "A001"
    assert await lobby.differences() == []


@pytest.mark.parametrize("how", ["close_counter", "pause_counter"])
async def test_a_counter_neither_closes_nor_pauses_while_somebody_is_served(
    pool: Pool, how: str
) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("serve", "08:02", visit)
    more = ("họp", None) if how == "pause_counter" else ()
    with pytest.raises(Refused, match="still_serving"):
        await lobby.do(how, "08:03", "1", *more)
    assert await lobby.state(visit) == "serving"


async def test_a_pause_ends_later_than_now_and_only_of_an_open_counter(pool: Pool) -> None:
    lobby = await opened(pool)
    with pytest.raises(Refused, match="until_in_the_past"):
        await lobby.do("pause_counter", "08:00", "1", "họp", lobby.at("08:00"))
    await lobby.do("close_counter", "08:00", "1")
    with pytest.raises(Refused, match="counter_closed"):
        await lobby.do("pause_counter", "08:01", "1", "họp", None)


async def test_a_queue_left_without_a_counter_tells_its_line_and_gives_no_numbers(
    pool: Pool, owner: Connection
) -> None:
    lobby = await opened(pool, "1", "2")
    await lobby.walk_in("08:00", phone="+84905000001")
    await lobby.do("close_counter", "08:01", "1")
    assert (await lobby.walk_in("08:02", phone="+84905000002"))["decision"] == "enter"
    await lobby.do("close_counter", "08:03", "2")
    refused = await lobby.walk_in("08:04")
    assert (refused["decision"], refused["reason"]) == ("refuse", "queue_closed")
    told = await owner.fetch(
        "select count(*) from queue.job where office_id = $1 and kind = 'queue_unattended'",
        lobby.office.office_id,
    )
    assert told[0][0] == 2
    staff = await owner.fetch(
        "select facts ->> 'queue' from queue.event where office_id = $1 and kind = $2",
        lobby.office.office_id,
        "queue unattended",
    )
    assert [row[0] for row in staff] == ["justice"]
    await lobby.do("open_counter", "08:05", "1")
    assert (await lobby.walk_in("08:06"))["decision"] == "enter"
    assert await lobby.differences() == []


async def test_while_all_counters_pause_a_number_is_for_after_the_stated_end(pool: Pool) -> None:
    lobby = await opened(pool, "1")
    await lobby.do("pause_counter", "08:00", "1", "họp", lobby.at("08:30"))
    answer = await lobby.walk_in("08:01")
    assert moment(answer["visit"]["expected_at"]) >= lobby.at("08:30")


async def test_call_next_takes_the_first_of_its_own_queues(pool: Pool) -> None:
    lobby = await opened(pool, "1", "3")
    for now, what in (("08:00", "permit"), ("08:01", "copy"), ("08:02", "permit")):
        await lobby.walk_in(now, what)
    assert (await lobby.do("call_next", "08:03", "1"))["number"] == "A001"
    assert (await lobby.do("call_next", "08:03", "3"))["number"] == "B001"
    with pytest.raises(Refused, match="nobody_waiting"):
        await lobby.do("call_next", "08:04", "1")


async def test_a_number_called_out_of_turn_says_whom_it_passed(pool: Pool) -> None:
    lobby = await opened(pool)
    for now in ("08:00", "08:01", "08:02"):
        await lobby.walk_in(now)
    called = await lobby.do("call_number", "08:03", "1", " a003 ")
    assert (called["number"], called["passed"]) == ("A003", ["A001", "A002"])
    assert await lobby.differences() == []


async def test_a_number_that_was_not_given_today_cannot_be_called(pool: Pool) -> None:
    lobby = await opened(pool)
    await lobby.walk_in("08:00")
    tomorrow = Lobby(pool, lobby.office, days=1)
    with pytest.raises(Refused, match="no_such_number"):
        await lobby.do("call_number", "08:01", "1", "A002")
    with pytest.raises(Refused, match="no_such_number"):
        await tomorrow.do("call_number", "08:01", "1", "A001")


async def test_who_waits_outside_cannot_be_called(pool: Pool) -> None:
    lobby = await opened(pool, area_cap=1)
    await lobby.walk_in("08:00")
    await lobby.walk_in("08:00")
    with pytest.raises(Refused) as caught:
        await lobby.do("call_number", "08:01", "1", "A002")
    assert (caught.value.code, caught.value.facts["state"]) == ("not_inside", "arrived")


async def test_no_such_counter(pool: Pool) -> None:
    lobby = await opened(pool)
    for command in ("open_counter", "close_counter", "call_next"):
        with pytest.raises(Refused, match="no_such_counter"):
            await lobby.do(command, "08:00", "99")


async def test_who_needs_text_is_absent_only_after_a_recall_in_text_and_three_minutes(
    pool: Pool,
) -> None:
    lobby = await opened(pool)
    booked = await lobby.book("08:00", needs=["text"])
    await lobby.arrive("07:55", booked)
    await lobby.do("slip", "07:55", booked, "phone")
    await lobby.do("call_next", "08:00", "1")
    with pytest.raises(Refused, match="needs_text_recall") as caught:
        await lobby.do("absent", "08:20", booked)
    assert caught.value.facts == {"number": "A001", "from": None}
    await lobby.do("recall", "08:20", booked)
    with pytest.raises(Refused, match="needs_text_recall") as caught:
        await lobby.do("absent", "08:22", booked)
    assert moment(caught.value.facts["from"]) == lobby.at("08:23")
    assert (await lobby.do("absent", "08:23", booked))["state"] == "absent"
    assert await lobby.differences() == []


async def test_a_recall_of_an_earlier_call_does_not_count(pool: Pool) -> None:
    lobby = await opened(pool)
    booked = await lobby.book("08:00", needs=["text"])
    await lobby.arrive("07:55", booked)
    await lobby.do("slip", "07:55", booked, "phone")
    await lobby.do("call_next", "08:00", "1")
    await lobby.do("recall", "08:01", booked)
    await lobby.do("park", "08:02", booked, "here", "photo")
    await lobby.do("resume", "08:10", booked, "1")
    if await lobby.state(booked) != "called":
        await lobby.do("call_next", "08:11", "1")
    with pytest.raises(Refused, match="needs_text_recall"):
        await lobby.do("absent", "08:20", booked)


async def test_the_visitors_own_page_knows_the_call_and_its_recall(pool: Pool) -> None:
    lobby = await opened(pool)
    token = "5e" * 16
    booked = await lobby.book("08:00", token=token)
    await lobby.arrive("07:55", booked)
    await lobby.do("slip", "07:55", booked, "phone")
    await lobby.do("call_next", "08:00", "1")

    async def shown() -> Any:
        return await reads.ticket(
            pool, lobby.office.office_id, lobby.at("08:05"), bytes.fromhex(token)
        )

    assert (await shown())["recalled_at"] is None
    await lobby.do("recall", "08:02", booked)
    assert moment((await shown())["recalled_at"]) == lobby.at("08:02")
