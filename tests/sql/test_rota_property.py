"""Whatever a manager plans, no rota that breaks a rule is ever published: asked of another reader.

The rules are read here once more, minute by minute and in plain Python, over weeks that are made
by chance: people, groups, leave, rules, hours, changes of one day, and attempts to publish.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Any

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Answer
from tests.offices import File, import_again
from tests.rota import SHIFTS, Rota, attendance, day, make_rota

pytestmark = pytest.mark.anyio

QUEUES = ("justice", "permits")
SPANS = {shift: (starts, ends) for shift, _, _, starts, ends in SHIFTS}


@dataclass
class Person:
    queues: Sequence[str]
    leads: bool
    area: str | None
    leave: set[int] = field(default_factory=set[int])


@dataclass
class Office:
    """What the story has said so far."""

    rules: Any
    people: dict[str, Person]
    cap: int
    open: set[tuple[int, str]]  # weekdays, and when the office opens on them

    def broken(self, n: int, duties: set[tuple[str, str, str]]) -> bool:
        """Whether a day's duties (who, shift, place) break any rule, looked at twice a shift."""
        if any(n in self.people[who].leave for who, _, _ in duties):
            return True
        return any(
            self._broken_in({d for d in duties if d[1] == shift}, n)
            for shift, (starts, _) in SPANS.items()
            if (day(n).isoweekday(), starts) in self.open
        )

    def _broken_in(self, duties: set[tuple[str, str, str]], n: int) -> bool:
        there = {"office": set[str](), "home": set[str]()}
        for who, _, place in duties:
            there[place].add(who)
        people = [self.people[who] for who in there["office"]]
        served = {queue for person in people for queue in person.queues}
        return (
            not people
            or (self.rules["leader"] and not any(person.leads for person in people))
            or not set(self.rules["covered"] or QUEUES) <= served
            or sum(person.area == "hall" for person in people) >= self.cap
            or any(
                self._bound(row, len(there[row["place"]]), n) for row in self.rules["attendance"]
            )
        )

    def _bound(self, row: File, count: int, n: int) -> bool:
        if not row["valid_from"] <= day(n).isoformat() <= row["valid_to"]:
            return False
        one = len(self.people) / 100 if row["unit"] == "percent" else 1
        few = row["minimum"] is not None and count < ceil(round(row["minimum"] * one, 6))
        many = row["maximum"] is not None and count > floor(round(row["maximum"] * one, 6))
        return few or many


def some_rules(chance: random.Random) -> Any:
    rows = [
        attendance(
            f"rule-{n}",
            chance.choice(("office", "home")),
            minimum=chance.choice((None, 0, 1, 2)),
            maximum=chance.choice((3, 4, 5)),
            valid_from=day(chance.randrange(3)).isoformat(),
            valid_to=day(chance.randrange(3, 6)).isoformat(),
        )
        for n in range(chance.randrange(3))
    ]
    if chance.random() < 0.5:
        rows.append(attendance("half", "home", maximum=50, unit="percent"))
    covered = chance.choice((None, ("justice",), QUEUES))
    return {"leader": chance.random() < 0.4, "covered": covered, "attendance": rows}


def opened(file: File) -> set[tuple[int, str]]:
    return {(row["weekday"], row["opens"][:5]) for row in file["openings"]}


def duties_of(rota: Rota, rows: Sequence[Answer]) -> set[tuple[str, str, str]]:
    names = {str(staff_id): name for name, staff_id in rota.people.items()}
    return {(names[row["staff_id"]], row["shift_id"], row["place"]) for row in rows}


@pytest.mark.parametrize("seed", range(8))
async def test_no_published_rota_breaks_a_rule(pool: Pool, seed: int) -> None:
    chance = random.Random(seed)
    said = some_rules(chance)
    cap = chance.choice((3, 5, 100))
    rota = await make_rota(pool, {}, area_cap=cap, **said)
    office = Office(said, {}, cap, opened(rota.lobby.office.file))
    for n in range(chance.randint(3, 6)):
        person = Person(
            chance.sample(QUEUES, chance.randint(1, 2)), chance.random() < 0.6,
            chance.choice(("hall", "hall", None)),
        )  # fmt: skip
        name = f"Cán bộ {n}"
        office.people[name] = person
        group = chance.choice(("a", "b", None))
        await rota.hire(
            name, group, queues=list(person.queues), leads=person.leads, area=person.area
        )
    outcomes = {"published": 0, "refused": 0}
    for _ in range(25):
        await _something_happens(chance, rota, office)
        n = chance.randrange(6)
        before = await rota.of_day(n)
        planned = duties_of(rota, before["plan"])
        said_no = ""
        try:
            await rota.publish(n, n)
        except Refused as refused:
            said_no = refused.code
        if said_no:
            assert said_no == "rota_breaks"
            assert office.broken(n, planned)
            assert (await rota.of_day(n))["published"] == before["published"]
            outcomes["refused"] += 1
        else:
            assert not office.broken(n, planned)
            after = await rota.of_day(n)
            assert duties_of(rota, after["published"]) == planned
            assert after["holds"]
            assert after["published_breaks"] == []
            outcomes["published"] += 1
    assert sum(outcomes.values()) == 25
    assert all(outcomes.values()), "a story in which nothing is refused, or nothing published"


async def _something_happens(chance: random.Random, rota: Rota, office: Office) -> None:
    names = sorted(office.people)
    what = chance.random()
    if what < 0.35:
        first = chance.randrange(5)
        await rota.turns(
            first,
            chance.randrange(first, 6),
            turn=chance.choice(("day", "week", "shift")),
            together=chance.choice((1, 1, 2)),
            others=chance.choice(("home", "off")),
        )
    elif what < 0.8:
        places = {name: chance.choice(("office", "office", "home", "off")) for name in names}
        await rota.plan(chance.randrange(6), places)
    elif what < 0.9:
        name, first = chance.choice(names), chance.randrange(6)
        last = chance.randrange(first, 6)
        await rota.leave(name, first, last)
        office.people[name].leave |= set(range(first, last + 1))
    else:
        office.rules = some_rules(chance)
        file = rota.lobby.office.file
        file["rota"] |= {
            "leader": office.rules["leader"],
            "covered": list(office.rules["covered"]) if office.rules["covered"] else None,
        }
        file["attendance"] = office.rules["attendance"]
        await import_again(rota.pool, rota.lobby.office)


async def test_the_other_reader_says_yes_and_no() -> None:
    office = Office(
        {"leader": True, "covered": None, "attendance": []},
        {"An": Person(QUEUES, True, "hall"), "Chi": Person(("justice",), False, "hall")},
        100,
        {(2, starts) for starts, _ in SPANS.values()},
    )
    everything = {("An", shift, "office") for shift in SPANS}
    assert not office.broken(0, everything)
    assert office.broken(0, everything - {("An", "morning", "office")})
    assert office.broken(0, {("Chi", shift, "office") for shift in SPANS})
