"""Called, and nobody comes: the desk is free, the number waits a while and may be revived."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Lobby, moment
from tests.offices import make_office
from tests.sql.scenes import bank, opened, serve, unconfirmed_and_absent

pytestmark = pytest.mark.anyio


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


async def test_absent_is_left_after_fifteen_minutes_and_can_be_revived_that_day(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("absent", "08:02", visit)
    await lobby.settle("08:16")
    assert await lobby.state(visit) == "absent"
    await lobby.settle("08:17")
    assert (await lobby.state(visit), await lobby.present("08:17")) == ("left", 0)
    again = await lobby.arrive("09:00", visit)
    assert (again["decision"], again["number"]) == ("enter", "A001")
    assert (await lobby.do("call_next", "09:01", "1"))["number"] == "A001"
    assert await lobby.differences() == []


async def test_an_unconfirmed_number_is_void_only_when_called_and_absent(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await unconfirmed_and_absent(lobby)
    assert await lobby.state(visit) == "void"
    assert await lobby.differences() == []


async def test_a_confirmed_number_that_is_absent_is_not_void(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:02", "1")
    await lobby.do("absent", "08:04", visit)
    assert await lobby.state(visit) == "absent"


async def test_absent_gives_the_place_back(pool: Pool) -> None:
    lobby = await bank(pool, limit=2)
    visits = [await lobby.walk_in("08:00") for _ in range(2)]
    await serve(lobby, "08:01")
    await lobby.do("call_next", "08:02", "1")
    await lobby.do("absent", "08:04", visits[1])
    third = await lobby.walk_in("08:05")
    assert third["decision"] == "enter"
    assert await serve(lobby, "08:06") == "A003"
    assert await lobby.differences() == []


async def test_absent_gives_back_the_place_of_the_desk_that_called_last_and_no_other(
    pool: Pool,
) -> None:
    lobby = await bank(pool, desks=2, limit=1)
    first = await lobby.walk_in("08:00")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("serve", "08:01", first)
    await lobby.do("park", "08:02", first, "here", "photo")
    await lobby.do("resume", "08:03", first, "2")
    await lobby.do("absent", "08:04", first)
    second = await lobby.walk_in("08:05")
    with pytest.raises(Refused, match="hour_full"):
        await lobby.do("call_next", "08:05", "1")
    assert (await lobby.do("call_next", "08:05", "2"))["number"] == "A002"
    await lobby.do("absent", "08:06", second)
    assert (await lobby.walk_in("08:07"))["number"] == "A003"
    assert (await lobby.do("call_next", "08:07", "2"))["number"] == "A003"
    assert await lobby.differences() == []


async def test_absent_at_the_second_service_keeps_the_place_that_the_first_has_used(
    pool: Pool,
) -> None:
    lobby = await bank(pool, limit=2)
    two = [{"service": "copy", "quantity": 1}, {"service": "record", "quantity": 1}]
    visit = await lobby.walk_in("08:00", services=two)
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("serve", "08:01", visit)
    await lobby.do("finish", "08:02", visit)
    await lobby.do("call_next", "08:03", "1")
    await lobby.do("absent", "08:04", visit)
    doors = [(await lobby.walk_in("08:10"))["decision"] for _ in range(2)]
    assert doors == ["enter", "come_back"]
    assert await lobby.differences() == []
