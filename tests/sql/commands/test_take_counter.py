"""One clerk has a counter, in one browser; who takes it over is told, and who loses it too."""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest

from queue_service import db, reads
from queue_service.db import Connection, Database, Pool, Refused
from tests.lobby import Lobby, moment
from tests.sql.scenes import events, usual
from tests.sql.test_races import together

pytestmark = pytest.mark.anyio


@contextmanager
def sitting(seat: str) -> Generator[None, None, None]:
    """A command says its seat where it says from where it came."""
    place, before = db.origin.set("192.0.2.1"), db.seat.set(seat)
    try:
        yield
    finally:
        db.origin.reset(place)
        db.seat.reset(before)


async def do(
    lobby: Lobby, clerk: str, seat: str, command: str, now: str, *args: Any, **more: Any
) -> Any:
    """What a clerk does in one of their browsers."""
    with sitting(seat):
        return await lobby.do(command, now, *args, actor=f"clerk:{clerk}", **more)


def clerk_at(lobby: Lobby, clerk: str, seat: str = "") -> Callable[..., Awaitable[Any]]:
    async def act(command: str, now: str, *args: Any, **more: Any) -> Any:
        return await do(lobby, clerk, seat or f"person/{clerk}", command, now, *args, **more)

    return act


async def holder(lobby: Lobby, now: str, counter: str = "1") -> Any:
    seen = await reads.counter(lobby.pool, lobby.office.office_id, lobby.at(now), counter)
    assert seen is not None
    return seen["taken"]


async def test_who_opens_a_counter_has_it_and_nobody_else_works_at_it(pool: Pool) -> None:
    lobby = await usual(pool)
    lan, minh = clerk_at(lobby, "lan"), clerk_at(lobby, "minh")
    visit = await lobby.walk_in("08:00")
    await lan("open_counter", "08:00", "1")
    taken = await holder(lobby, "08:00")
    assert (taken["clerk"], taken["name"]) == ("clerk:lan", "lan")
    for command, *args in (
        ("open_counter", "1"),
        ("call_next", "1"),
        ("call_number", "1", "A001"),
        ("pause_counter", "1", "họp", None),
        ("close_counter", "1"),
        ("quick_question", "1"),
    ):
        with pytest.raises(Refused, match="counter_taken") as refused:
            await minh(command, "08:01", *args)
        assert refused.value.facts["by"] == "lan", command
    await lan("call_next", "08:02", "1")
    for command, *args in (
        ("serve",),
        ("recall",),
        ("absent",),
        ("park", "here", ""),
        ("transfer", "permits"),
        ("wrong_person",),
        ("note_dossier", "H01.23"),
    ):
        with pytest.raises(Refused, match="counter_taken"):
            await minh(command, "08:03", visit, *args)
    await lan("serve", "08:04", visit)
    with pytest.raises(Refused, match="counter_taken"):
        await minh("finish", "08:05", visit)
    await lan("finish", "08:06", visit, key="finished")
    with pytest.raises(Refused):
        await minh("undo", "08:06", "finished")


async def test_a_second_browser_of_the_same_clerk_does_nothing_before_it_goes_on_there(
    pool: Pool,
) -> None:
    lobby = await usual(pool)
    desk = clerk_at(lobby, "lan", "person/desk")
    laptop = clerk_at(lobby, "lan", "person/laptop")
    for _ in range(2):
        await lobby.walk_in("08:00")
    await desk("open_counter", "08:00", "1")
    with pytest.raises(Refused, match="counter_elsewhere"):
        await laptop("call_next", "08:01", "1")
    since = (await holder(lobby, "08:01"))["taken_at"]
    await laptop("take_counter", "08:02", "1", moment(since))
    assert (await laptop("call_next", "08:03", "1"))["number"] == "A001"
    with pytest.raises(Refused, match="counter_elsewhere"):
        await desk("call_next", "08:03", "1")


async def test_taking_over_leaves_the_visitor_where_they_are_and_stands_in_the_trail(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool)
    lan, minh = clerk_at(lobby, "lan"), clerk_at(lobby, "minh")
    visit = await lobby.walk_in("08:00")
    await lan("open_counter", "08:00", "1")
    await lan("call_next", "08:01", "1")
    await lan("serve", "08:02", visit)
    before = await lobby.present("08:02")
    since = (await holder(lobby, "08:02"))["taken_at"]
    await minh("take_counter", "08:10", "1", moment(since))
    taken = await holder(lobby, "08:10")
    assert (taken["name"], taken["from_name"]) == ("minh", "lan")
    assert (await lobby.present("08:10"), await lobby.state(visit)) == (before, "serving")
    with pytest.raises(Refused, match="counter_taken"):
        await lan("finish", "08:11", visit)
    await minh("finish", "08:12", visit)
    rows = await reads.audit(pool, lobby.office.office_id, lobby.at("18:00"))
    row = next(row for row in rows if row["act"] == "taken_over")
    assert (row["actor"], row["after"]["from"], row["after"]["counter"]) == (
        "clerk:minh",
        "clerk:lan",
        "1",
    )
    assert len(await events(owner, lobby, "taken_over")) == 1


async def test_a_counter_is_taken_only_from_whom_the_page_showed(pool: Pool) -> None:
    lobby = await usual(pool)
    lan, minh, an = (clerk_at(lobby, one) for one in ("lan", "minh", "an"))
    await lan("open_counter", "08:00", "1")
    seen = moment((await holder(lobby, "08:00"))["taken_at"])
    await minh("take_counter", "08:01", "1", seen)
    with pytest.raises(Refused, match="counter_taken") as refused:
        await an("take_counter", "08:02", "1", seen)
    assert refused.value.facts["by"] == "minh"
    await minh("close_counter", "08:03", "1")
    with pytest.raises(Refused, match="counter_free"):
        await an("take_counter", "08:04", "1", seen)


async def test_of_twenty_clerks_who_take_one_counter_at_once_one_has_it_and_the_others_hear_who(
    pool: Pool, database: Database
) -> None:
    lobby = await usual(pool)
    await do(lobby, "lan", "person/lan", "open_counter", "08:00", "1")
    seen = moment((await holder(lobby, "08:00"))["taken_at"])
    async with db.connect(database.app_url, size=10) as other:
        second = Lobby(other, lobby.office)

        async def take(n: int) -> str:
            where = (lobby, second)[n % 2]
            try:
                await do(where, f"c{n}", f"person/c{n}", "take_counter", "08:01", "1", seen)
            except Refused as refused:
                return f"{refused.code} {refused.facts['by']}"
            return f"c{n}"

        told = await together(20, take)
    mine = [one for one in told if " " not in one]
    assert len(mine) == 1
    assert set(told) == {mine[0], f"counter_taken {mine[0]}"}
    assert (await holder(lobby, "08:02"))["name"] == mine[0]


async def test_of_two_clerks_who_open_one_counter_at_once_one_has_it(
    pool: Pool, database: Database
) -> None:
    lobby = await usual(pool)
    async with db.connect(database.app_url, size=4) as other:
        both = (lobby, Lobby(other, lobby.office))

        async def open_it(n: int) -> str:
            await do(both[n % 2], f"c{n}", f"person/c{n}", "open_counter", "08:00", "1")
            return "open"

        told = await together(8, open_it)
    assert sorted(told) == ["counter_taken"] * 7 + ["open"]


async def test_a_clerk_has_one_counter_and_taking_another_closes_the_first(
    pool: Pool,
) -> None:
    lobby = await usual(pool)
    lan = clerk_at(lobby, "lan")
    visit = await lobby.walk_in("08:00")
    await lan("open_counter", "08:00", "1")
    with pytest.raises(Refused, match="other_counter") as refused:
        await lan("open_counter", "08:01", "2")
    assert refused.value.facts["counter"] == "1"
    await lan("call_next", "08:02", "1")
    await lan("serve", "08:03", visit)
    with pytest.raises(Refused, match="still_serving"):
        await lan("take_counter", "08:04", "2", None)
    assert await holder(lobby, "08:04", "2") is None
    await lan("finish", "08:05", visit)
    await lan("take_counter", "08:06", "2", None)
    first = await reads.counter(pool, lobby.office.office_id, lobby.at("08:06"), "1")
    assert first is not None
    assert (first["state"], first["taken"]) == ("closed", None)
    assert (await holder(lobby, "08:06", "2"))["name"] == "lan"


async def test_one_tablet_works_at_several_counters_and_a_program_too(pool: Pool) -> None:
    lobby = await usual(pool)
    for who, seat in (("tablet", "tablet/hall"), ("app", "program")):
        one = clerk_at(lobby, who, seat)
        for counter in ("1", "2"):
            await one("open_counter", "08:00", counter)
            await one("close_counter", "08:01", counter)
        await one("open_counter", "08:02", "1")
        await one("open_counter", "08:02", "2")
        with pytest.raises(Refused, match="counter_taken"):
            await clerk_at(lobby, "lan")("call_next", "08:03", "1")
        for counter in ("1", "2"):
            await one("close_counter", "08:04", counter)


async def test_the_keys_of_a_counter_work_for_whoever_has_it(pool: Pool) -> None:
    lobby = await usual(pool)
    await lobby.walk_in("08:00")
    await clerk_at(lobby, "lan")("open_counter", "08:00", "1")
    called = await clerk_at(lobby, "keypad", "keys")("call_next", "08:01", "1")
    assert called["number"] == "A001"
    assert (await holder(lobby, "08:01"))["name"] == "lan"


async def test_a_counter_left_open_in_the_evening_is_nobodys_in_the_morning(pool: Pool) -> None:
    lobby = await usual(pool)
    await clerk_at(lobby, "lan")("open_counter", "16:00", "1")
    tomorrow = Lobby(pool, lobby.office, days=1)
    assert await holder(tomorrow, "08:00") is None
    await clerk_at(tomorrow, "minh")("open_counter", "08:00", "1")
    assert (await holder(tomorrow, "08:00"))["name"] == "minh"


async def test_a_counter_that_nobody_has_may_be_closed_by_a_clerk_who_has_another(
    pool: Pool,
) -> None:
    lobby = await usual(pool)
    await lobby.do("open_counter", "08:00", "2")
    lan = clerk_at(lobby, "lan")
    await lan("open_counter", "08:00", "1")
    assert (await lan("close_counter", "08:01", "2"))["state"] == "closed"
