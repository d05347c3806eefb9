"""What time alone decides is decided at its own moment, however seldom anybody asks."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool, Refused
from tests.lobby import Answer, Lobby, id_of, moment
from tests.offices import File, import_again, make_office, upstairs

pytestmark = pytest.mark.anyio

Tell = Callable[[Lobby, int], Awaitable[Answer]]  # one step of a story, told to either office


async def ledger(owner: Connection, lobby: Lobby, visit: UUID) -> list[tuple[Any, ...]]:
    rows = await owner.fetch(
        "select stay_no, state, present, heads, counter_id, reason, started_at, ended_at"
        " from queue.stay where office_id = $1 and visit_id = $2 order by stay_no",
        lobby.office.office_id,
        visit,
    )
    return [tuple(row) for row in rows]


async def test_the_time_of_an_office_never_runs_backwards(pool: Pool, owner: Connection) -> None:
    lobby = Lobby(pool, await make_office(pool))
    first = await lobby.walk_in("08:10")
    second = await lobby.walk_in("08:05")
    assert second["number"] == "A002"
    assert (await lobby.visit(second))["arrived_at"] == (await lobby.visit(first))["arrived_at"]
    await lobby.do("leave", "07:00", second)
    stays = await ledger(owner, lobby, id_of(second))
    assert all(started >= lobby.at("08:10") for *_, started, _ended in stays)
    assert await lobby.differences() == []


async def test_what_fell_due_is_written_at_the_moment_it_fell_due(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1, counter_cap=None))
    await lobby.do("open_counter", "07:40", "1")
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("call_number", "08:02", "1", first["number"])
    await lobby.do("serve", "08:02", first)
    await lobby.do("finish", "08:05", first)
    # Nothing happens at the office until 08:20; then the whole of it is told in order.
    await lobby.settle("08:20")
    stays = await ledger(owner, lobby, id_of(second))
    assert [(state, started) for _, state, *_, started, _ in stays] == [
        ("arrived", lobby.at("08:01")),
        ("invited", lobby.at("08:07")),
        ("arrived", lobby.at("08:10")),
        ("invited", lobby.at("08:10")),
        ("arrived", lobby.at("08:13")),
        ("invited", lobby.at("08:13")),
        ("left", lobby.at("08:16")),
    ]
    assert (await ledger(owner, lobby, id_of(first)))[-1][-1] == lobby.at("08:07")
    assert await lobby.differences() == []


async def test_a_refused_command_leaves_what_was_due_to_the_next(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("08:00")
    with pytest.raises(Refused, match="counter_closed"):
        await lobby.do("call_next", "09:00", "1")
    assert await lobby.state(booked) == "booked"
    await lobby.settle("09:00")
    assert await lobby.state(booked) == "missed"
    missed_at = moment((await lobby.visit(booked))["state_at"])
    assert missed_at == lobby.at("08:10") + timedelta(seconds=1)


async def test_until_something_is_due_a_command_looks_at_nothing_of_it(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("08:00")
    due = "update queue.office_state set next_due_at = $2 where office_id = $1"
    await owner.execute(due, lobby.office.office_id, lobby.at("10:00"))
    await lobby.settle("09:00")
    assert await lobby.state(booked) == "booked"
    await lobby.settle("10:00")
    assert await lobby.state(booked) == "missed"


async def test_the_order_outside_changes_with_time_alone_and_lets_in_whom_it_lets_in(
    pool: Pool, owner: Connection
) -> None:
    # A party of three has been first for more than ten minutes, so the free place is kept for it;
    # then a booked visitor's own time comes within five minutes, and who is first is another.
    lobby = Lobby(pool, await make_office(pool, area_cap=3, counter_cap=None))
    booked = await lobby.book("08:30")
    await lobby.walk_in("08:00")
    await lobby.walk_in("08:00")
    party = await lobby.walk_in("08:01", party_size=3)
    assert party["decision"] == "wait_outside"
    assert (await lobby.arrive("08:15", booked))["decision"] == "wait_outside"
    await lobby.settle("08:40")
    assert moment((await lobby.visit(booked))["arrived_at"]) == lobby.at("08:15")
    [_, _, invited, *_] = await ledger(owner, lobby, id_of(booked))
    assert (invited[1], invited[6]) == ("invited", lobby.at("08:25"))
    assert await lobby.differences() == []


async def test_planned_staff_going_home_lets_in_who_waits_outside(pool: Pool) -> None:
    office = await make_office(pool, area_cap=3, counter_cap=None, staff=2)
    for row in office.file["plans"]:
        if row["scope"] == "staff:hall" and row["starts"] == "07:30":
            row["ends"] = "09:00"
    await import_again(pool, office)
    lobby = Lobby(pool, office)
    await lobby.walk_in("08:50")
    outside = await lobby.walk_in("08:55")
    assert outside["decision"] == "wait_outside"
    await lobby.settle("09:02")
    assert await lobby.state(outside) == "invited"
    assert await lobby.differences() == []


async def test_planned_staff_going_home_lets_in_who_waits_in_another_room(
    pool: Pool, owner: Connection
) -> None:
    office = await make_office(pool, change=upstairs)
    office.file["plans"] += [
        {"scope": "staff:up", "weekday": 2, "starts": "07:30", "ends": "09:00", "amount": 1}
    ]
    await import_again(pool, office)
    lobby = Lobby(pool, office)
    visit = await lobby.walk_in("08:50")
    await lobby.do("transfer", "08:51", visit, "notary")
    await lobby.settle("09:05")
    [*_, went] = await ledger(owner, lobby, id_of(visit))
    assert went[6] == lobby.at("09:00")
    assert (await lobby.visit(visit, "09:05"))["area"] == "up"
    assert await lobby.differences() == []


# One day told twice: one office looks every minute whether something has become due, the other
# only when it had said that something would.


class Twin:
    """The same story in two offices; whatever happens must be the same in both."""

    def __init__(self, swept: Lobby, quiet: Lobby, owner: Connection) -> None:
        self.lobbies = (swept, quiet)
        self.owner = owner
        self.visits: list[tuple[UUID, UUID]] = []

    async def sweep(self, now: str) -> None:
        """As if something were due in the first office now, whatever it has said."""
        swept = self.lobbies[0]
        due = (
            "update queue.office_state set next_due_at = least(next_due_at, greatest($2, last_at))"
            " where office_id = $1"
        )
        await self.owner.execute(due, swept.office.office_id, swept.at(now))
        await swept.settle(now)

    async def say(self, tell: Tell) -> None:
        told = [await self._one(tell, lobby, side) for side, lobby in enumerate(self.lobbies)]
        here, there = told
        for word in ("refused", "decision", "state"):
            assert here.get(word) == there.get(word)
        if here.get("visit") or here.get("visit_id"):
            pair = (id_of(here), id_of(there))
            if pair not in self.visits:
                self.visits.append(pair)

    @staticmethod
    async def _one(tell: Tell, lobby: Lobby, side: int) -> Answer:
        try:
            return await tell(lobby, side)
        except Refused as refused:
            return {"refused": refused.code}


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


async def a_random_day(twin: Twin, dice: random.Random) -> None:
    now = 7 * 60 + 20
    for slot in range(7 * 60 + 30, 9 * 60 + 30, 10):
        party = dice.choice([1, 1, 2, 3])

        async def book(lobby: Lobby, _: int, slot: int = slot, party: int = party) -> Answer:
            return await lobby.book(clock(slot), dice_service(slot), party_size=party)

        await twin.say(book)
    while now < 10 * 60:
        later = now + dice.choice([0, 0, 1, 1, 2, 3, 6, 14])
        for minute in range(now + 1, later):
            await twin.sweep(clock(minute))
        now = later
        await twin.say(a_random_step(twin, dice, clock(now)))
    for minute in range(now + 1, 19 * 60, 5):
        await twin.sweep(clock(minute))
    for lobby in twin.lobbies:
        await lobby.settle("19:00")


def two_rooms(file: File) -> None:
    """A room upstairs, and staff of the hall who go home at three past nine."""
    upstairs(file)
    for row in file["plans"]:
        if row["scope"] == "staff:hall" and row["starts"] == "07:30":
            row["ends"] = "09:03"


def dice_service(slot: int) -> str:
    return ("copy", "deed", "record", "permit")[slot // 10 % 4]


def a_random_step(twin: Twin, dice: random.Random, now: str) -> Tell:
    pair = dice.choice(twin.visits) if twin.visits else None
    party = dice.choice([1, 1, 1, 2, 3])
    asked = dice.sample(["copy", "record", "permit", "deed"], dice.choice([1, 1, 2]))
    services = [{"service": service, "quantity": 1} for service in asked]
    area, queue = dice.choice(["hall", "up"]), dice.choice(["justice", "permits", "notary"])
    priority = dice.choice(["", "", "", "elderly"])
    counter = dice.choice(["1", "2", "3", "9"])
    word = dice.choice(
        ["walk_in"] * 4
        + ["arrive"] * 6
        + ["open_counter"] * 2
        + ["call_next"] * 4
        + ["serve", "serve", "finish", "finish", "finish", "absent", "leave", "enter", "exit"]
        + ["park_here", "park_away", "resume", "slip_failed", "slip_printed", "close_counter"]
        + ["recount", "staff", "transfer", "transfer", "admit", "cancel", "out"]
    )

    async def step(lobby: Lobby, side: int) -> Answer:
        if word == "walk_in":
            return await lobby.walk_in(
                now, services=services, party_size=party, priority=priority, channel="kiosk"
            )
        if word in ("open_counter", "call_next", "close_counter"):
            return await lobby.do(word, now, counter)
        if word in ("recount", "staff"):
            return await lobby.do(word, now, area, party)
        if word == "out":
            return await lobby.do("exit", now, area, None, 1)
        assert pair
        visit = pair[side]
        if word in ("transfer", "admit"):
            return await lobby.do(word, now, visit, queue)
        if word == "arrive":
            return await lobby.arrive(now, visit_id=visit)
        if word == "exit":
            return await lobby.do("exit", now, area, visit)
        if word.startswith("park"):
            return await lobby.do("park", now, visit, word[5:], "")
        if word.startswith("slip"):
            return await lobby.do("slip", now, visit, word[5:])
        return await lobby.do(word, now, visit)

    return step


@pytest.mark.parametrize("seed", range(8))
async def test_a_day_is_the_same_whether_somebody_sweeps_every_minute_or_nobody_ever(
    pool: Pool, owner: Connection, seed: int
) -> None:
    dice = random.Random(seed)
    shape: dict[str, Any] = {
        "area_cap": dice.choice([3, 5]),
        "staff": dice.choice([0, 1]),
        "change": two_rooms,
        "hour_cap": dice.choice([None, 2, 4]),
        "hour_rule": dice.choice(["clock", "any-60-minutes"]),
        "rules": {
            "lunch": dice.choice(["keep", "arrived"]),
            "exits": dice.choice(["none", "counted", "scanned"]),
        },
    }
    swept, quiet = [Lobby(pool, await make_office(pool, **shape)) for _ in range(2)]
    # One office is told the time every minute, the other only when somebody does something.
    twin = Twin(swept, quiet, owner)
    await a_random_day(twin, dice)
    assert len(twin.visits) > 4
    for one, other in twin.visits:
        assert await ledger(owner, swept, one) == await ledger(owner, quiet, other)
    for lobby in twin.lobbies:
        assert await lobby.present("19:00") == 0
        assert await lobby.differences("19:00") == []


async def test_settling_twice_changes_nothing(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.walk_in("08:00")
    office_id = lobby.office.office_id
    first = await commands.settle(pool, office_id, lobby.at("08:30"))
    assert await commands.settle(pool, office_id, lobby.at("08:30")) == first
