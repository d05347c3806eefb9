"""Whatever happened on a day, its figures are what somebody finds who goes through the ledger."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby
from tests.offices import DAY, Office, make_office

pytestmark = pytest.mark.anyio

Row = Mapping[str, Any]
Figures = dict[tuple[str, str], dict[str, Any]]
Key = tuple[str, str]

SERVICES = {"copy": "justice", "record": "justice", "permit": "permits"}
COUNTERS = {"1": "justice", "2": "justice", "3": "permits"}
MINUTE = timedelta(minutes=1)


class Story:
    """A day in a lobby, made up minute by minute; who is refused goes on with something else."""

    def __init__(self, lobby: Lobby, chance: random.Random) -> None:
        self.lobby, self.chance = lobby, chance
        self.minute = 7 * 60
        self.visits: list[Any] = []
        self.said: Counter[str] = Counter()

    @property
    def now(self) -> str:
        return f"{self.minute // 60:02}:{self.minute % 60:02}"

    async def tell(self, until: int = 17 * 60 + 30) -> None:
        await self.book(8)
        for counter in COUNTERS:
            await self.run("open_counter", "08:00" if counter == "2" else "07:30", counter)
        self.minute = 7 * 60 + 31
        while self.minute < until:
            await self.something()
            self.minute += self.chance.choice((1, 1, 1, 2, 3, 7))
        await self.lobby.settle("18:30")

    async def run(self, command: str, now: str, *what: Any, **more: Any) -> Any:
        try:
            answer = await self.lobby.do(command, now, *what, **more)
        except Refused as no:
            self.said[f"{command}: {no.code}"] += 1
            return None
        self.said[command] += 1
        return answer

    async def book(self, many: int) -> None:
        for _ in range(many):
            hour, minute = self.chance.randrange(8, 17), self.chance.choice((0, 15, 30))
            service = self.chance.choice(list(SERVICES))
            try:
                booked = await self.lobby.book(f"{hour:02}:{minute:02}", service, now=self.now)
            except Refused:
                continue
            self.visits.append(booked)

    async def something(self) -> None:
        counter = self.chance.choice(list(COUNTERS))
        visit = self.chance.choice(self.visits) if self.visits else None
        match self.chance.choices(ACTS, WEIGHTS)[0]:
            case "book":
                await self.book(1)
            case "walk in":
                await self.walk_in()
            case "arrive" if visit is not None:
                try:
                    await self.lobby.arrive(self.now, visit)
                except Refused:
                    return
            case "call_next" | "open_counter" | "close_counter" as act:
                await self.run(act, self.now, counter)
            case "pause_counter":
                until = self.lobby.at(self.now) + 20 * MINUTE
                await self.run("pause_counter", self.now, counter, "họp", until)
            case "recount":
                await self.run("recount", self.now, "hall", self.chance.randrange(6))
            case "leave" | "serve" | "finish" | "absent" | "recall" as act if visit is not None:
                await self.run(act, self.now, visit)
            case "cancel" if visit is not None:
                await self.run("cancel", self.now, visit, "ốm")
            case "park" if visit is not None:
                await self.run("park", self.now, visit, self.chance.choice(("here", "away")))
            case "resume" if visit is not None:
                await self.run("resume", self.now, visit, counter)
            case "transfer" if visit is not None:
                await self.run(
                    "transfer", self.now, visit, self.chance.choice(("justice", "permits"))
                )
            case "admit" if visit is not None:
                await self.run("admit", self.now, visit, "con nhỏ", True)
            case "work":  # what clerks do most
                for one in await self.at_counters():
                    act = {"called": "serve", "serving": "finish"}[one[1]]
                    if self.chance.random() < 0.6:
                        await self.run(act, self.now, one[0])
            case _:
                pass

    async def at_counters(self) -> list[tuple[Any, str]]:
        found: list[tuple[Any, str]] = []
        for visit in self.visits:
            state = await self.lobby.state(visit)
            if state in ("called", "serving"):
                found.append((visit, state))
        return found

    async def walk_in(self) -> None:
        names = self.chance.sample(list(SERVICES), self.chance.choice((1, 1, 1, 2)))
        services = [{"service": name, "quantity": 1} for name in names]
        try:
            answer = await self.lobby.walk_in(
                self.now,
                services=services,
                party_size=self.chance.choice((1, 1, 1, 2, 3)),
                visit_id=uuid4(),
                channel=self.chance.choice(("helper", "kiosk")),
            )
        except Refused:
            return
        self.said[answer["decision"]] += 1
        if answer.get("visit"):
            self.visits.append(answer)


CHANCES = {
    "walk in": 10, "work": 20, "call_next": 16, "arrive": 6, "book": 2, "recount": 1, "leave": 2,
    "cancel": 1, "park": 2, "resume": 2, "transfer": 1, "admit": 1, "absent": 2, "recall": 1,
    "serve": 1, "finish": 1, "open_counter": 6, "close_counter": 1, "pause_counter": 1,
}  # fmt: skip
ACTS, WEIGHTS = list(CHANCES), list(CHANCES.values())


# --- The ledger, gone through by hand -----------------------------------------------------------


class Ledger:
    """One day of one office as the tables have it."""

    def __init__(self, office: Office, day: date, hour_cap: int | None) -> None:
        self.office, self.day, self.hour_cap = office, day, hour_cap
        self.visits: list[Row] = []
        self.stays: dict[Any, list[Row]] = defaultdict(list)
        self.services: dict[Any, list[str]] = defaultdict(list)
        self.unnamed: list[Row] = []
        self.events: list[Row] = []

    async def read(self, owner: Connection) -> None:
        number = self.office.office_id

        async def rows(query: str, *more: Any) -> list[Row]:
            return [dict(row) for row in await owner.fetch(query, number, *more)]

        self.visits = await rows(
            "select * from queue.visit where office_id = $1 and day = $2 and state <> 'held'",
            self.day,
        )
        mine = {visit["visit_id"] for visit in self.visits}
        for stay in await rows("select * from queue.stay where office_id = $1 order by stay_no"):
            if stay["visit_id"] in mine:
                self.stays[stay["visit_id"]].append(stay)
        for row in await rows(
            "select * from queue.visit_service where office_id = $1 order by service_no"
        ):
            self.services[row["visit_id"]].append(row["service_id"])
        self.unnamed = await rows("select * from queue.unnamed_stay where office_id = $1")
        self.events = await rows("select * from queue.event where office_id = $1 order by event_no")

    def hour(self, at: datetime) -> str:
        return f"{at.astimezone(self.office.zone):%H}"

    def recount(self) -> Figures:
        found: Figures = defaultdict(lambda: defaultdict(int))
        for visit in self.visits:
            self._count_visit(visit, found)
        self._count_moments(found)
        for event in self.events:
            if event["at"].astimezone(self.office.zone).date() != self.day:
                continue
            for key in (("office", ""), ("area", event["facts"].get("area", ""))):
                if event["kind"] == "excess":
                    found[key]["excesses"] += 1
                elif event["kind"] == "recount":
                    found[key]["recounts"] += 1
                    found[key]["drift"] += abs(event["facts"]["counted"] - event["facts"]["known"])
        return found

    def _count_visit(self, visit: Row, found: Figures) -> None:
        stays = self.stays[visit["visit_id"]]
        came = visit["arrived_at"] is not None and visit["state"] != "void"
        hour = self.hour(visit["arrived_at"] or visit["starts_at"] or visit["created_at"])
        keys: list[Key] = [("office", ""), ("hour", hour), ("channel", visit["channel"])]
        keys += [("service", one) for one in set(self.services[visit["visit_id"]])]
        outside = any(
            s["state"] == "arrived" and s["reason"] not in ("exit", "break")
            and s["ended_at"] != s["started_at"] for s in stays
        )  # fmt: skip
        window = any(s["state"] == "booked" and s["reason"] == "window" for s in stays)
        what = {
            "arrived": came,
            "people": visit["party_size"] if came else 0,
            "booked": came and visit["booked"],
            "missed": visit["state"] == "missed",
            "cancelled": visit["state"] == "cancelled",
            "gave_up": came and visit["state"] == "left",
            "outside": came and outside,
            "outside_in": came and outside and any(s["state"] == "inside" for s in stays),
            "windows": window,
            "windows_came": window and came,
        }
        for key in keys:
            for name, many in what.items():
                found[key][name] += int(many)
        if came:
            self._count_services(visit, stays, found)

    def _count_services(self, visit: Row, stays: list[Row], found: Figures) -> None:
        for n, (waited_from, part) in enumerate(_by_service(visit, stays)):
            if n >= len(self.services[visit["visit_id"]]):
                continue
            service = self.services[visit["visit_id"]][n]
            about: list[Key] = [("office", ""), ("channel", visit["channel"]), ("service", service)]
            calls = [
                s for s, after in part if s["state"] in ("called", "serving") and not _undone(after)
            ]
            if calls:
                seconds = max(0.0, (calls[0]["started_at"] - waited_from).total_seconds())
                keys = [
                    *about,
                    ("hour", self.hour(waited_from)),
                    ("counter", calls[0]["counter_id"]),
                ]
                for key in keys:
                    found[key].setdefault("waits", Counter())[_bin(seconds)] += 1
                    found[key]["wait_seconds"] += seconds
            served = [s for s, _ in part if s["state"] == "serving"]
            ends = [after for s, after in part if s["state"] == "serving" and after is not None]
            if any(
                e["state"] == "done" or (e["state"], e["reason"]) == ("inside", "next service")
                for e in ends
            ):
                took = sum(
                    (s["ended_at"] - s["started_at"]).total_seconds()
                    for s in served
                    if s["ended_at"]
                )
                keys = [
                    *about,
                    ("hour", self.hour(served[0]["started_at"])),
                    ("counter", served[-1]["counter_id"]),
                ]
                for key in keys:
                    found[key]["served"] += 1
                    found[key].setdefault("serves", Counter())[_bin(took)] += 1
                    found[key]["serve_seconds"] += took

    # From each moment at which anything changed to the next.

    def _count_moments(self, found: Figures) -> None:
        days = (self.day - DAY).days
        begins = datetime.combine(self.day, datetime.min.time(), self.office.zone)
        now, day_ends = self.office.at("18:30", days), self.office.at("18:00", days)
        stays = [stay for one in self.stays.values() for stay in one]
        moments = {
            begins,
            now,
            *(
                self.office.at(f"{hour:02}:{half}", days)
                for hour in range(24)
                for half in ("00", "30")
            ),
        }
        moments |= {
            row[end]
            for row in [*stays, *self.unnamed]
            for end in ("started_at", "ended_at")
            if row[end]
        }
        moments |= {event["at"] for event in self.events}
        line = sorted(one.astimezone(UTC) for one in moments if begins <= one <= now)
        for at, until in pairwise(line):
            seconds = (until - at).total_seconds()
            inside = [s for s in stays if s["present"] and _holds(s, at)]
            present = sum(s["heads"] for s in inside) + sum(_holds(u, at) for u in self.unnamed)
            for key in (("office", ""), ("area", "hall"), ("hour", self.hour(at))):
                if present:
                    found[key]["most_present"] = max(found[key]["most_present"], present)
                    found[key]["present_seconds"] += seconds * present
            for counter in COUNTERS:
                if at < day_ends and self._open(counter, at):
                    for key in (("office", ""), ("counter", counter)):
                        found[key]["open_seconds"] += seconds
                        found[key]["idle_seconds"] += seconds * self._idle(counter, at, stays)

    def _open(self, counter: str, minute: datetime) -> bool:
        kinds = ("counter open", "counter paused", "counter closed")
        turns = [e for e in self.events if e["kind"] in kinds and e["facts"]["counter"] == counter]
        word = [turn for turn in turns if turn["at"] <= minute][-1:]
        if not word or word[0]["kind"] != "counter open":
            return False
        # left open the evening before: open from the first hour on
        days = (self.day - DAY).days
        return word[0]["at"] >= self.office.at("00:00", days) or minute >= self.office.at(
            "07:30", days
        )

    def _idle(self, counter: str, minute: datetime, stays: Iterable[Row]) -> bool:
        """Free, and the next for it is kept out by the room, or in by the places of the hour."""
        line = COUNTERS[counter]
        there = [s for s in stays if _holds(s, minute)]
        if any(s["state"] in ("called", "serving") and s["counter_id"] == counter for s in there):
            return False
        if any(s["state"] == "inside" and s["queue_id"] == line for s in there):
            return self._used_up(counter, minute, stays)
        hours = ("07:30", "11:30"), ("13:30", "17:00")
        clock = f"{minute.astimezone(self.office.zone):%H:%M}"
        return any(first <= clock < last for first, last in hours) and any(
            s["state"] == "arrived"
            and s["reason"] not in ("exit", "break")
            and s["queue_id"] == line
            for s in there
        )

    def _used_up(self, counter: str, minute: datetime, stays: Iterable[Row]) -> bool:
        if self.hour_cap is None:
            return False
        hour = minute.astimezone(self.office.zone).replace(minute=0, second=0, microsecond=0)
        calls = sum(
            s["place"] and s["counter_id"] == counter and hour <= s["started_at"] <= minute
            for s in stays
        )
        return calls >= self.hour_cap


def _by_service(
    visit: Row, stays: list[Row]
) -> Iterator[tuple[datetime, list[tuple[Row, Row | None]]]]:
    """The stays of each service, each with what came after it, and since when it was waited for."""
    since, part = visit["arrived_at"], list[tuple[Row, Row | None]]()
    for stay, after in zip(stays, [*stays[1:], None], strict=True):
        next_one = (stay["state"], stay["reason"]) == ("inside", "next service")
        if next_one and (after is None or (after["state"], after["reason"]) != ("serving", "undo")):
            yield since, part
            since, part = stay["started_at"], []
        part.append((stay, after))
    yield since, part


def _undone(after: Row | None) -> bool:
    return after is not None and after["reason"] == "undo"


def _holds(stay: Row, at: datetime) -> bool:
    return stay["started_at"] <= at and (stay["ended_at"] is None or at < stay["ended_at"])


def _bin(seconds: float) -> int:
    if seconds < 3600:
        return math.floor(seconds / 60)
    return min(96, 60 + math.floor((seconds - 3600) / 300))


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Figures in one shape, without what is nothing."""
    shaped: dict[str, Any] = {}
    for name, value in row.items():
        if name in ("office_id", "per", "day", "key", "filed", "served_beside"):
            continue
        if name in ("waits", "serves"):
            value = _told(value)
        elif name.endswith("_seconds"):
            value = round(value)
        if value:
            shaped[name] = value
    return shaped


def _told(bins: Any) -> dict[int, int]:
    """How many waited so many minutes, from bins or from a count."""
    many: dict[int, int] = dict(bins if isinstance(bins, Counter) else enumerate(bins))  # pyright: ignore[reportUnknownArgumentType]
    return {n: many[n] for n in sorted(many) if many[n]}


async def kept(owner: Connection, office: Office, day: date) -> dict[Key, Any]:
    rows = await owner.fetch(
        "select * from queue.day_figure where office_id = $1 and day = $2", office.office_id, day
    )
    shaped = {(row["per"], row["key"]): plain(dict(row)) for row in rows}
    return {key: row for key, row in shaped.items() if row}


async def gone_through(
    owner: Connection, office: Office, day: date, hour_cap: int | None
) -> dict[Key, Any]:
    ledger = Ledger(office, day, hour_cap)
    await ledger.read(owner)
    shaped = {key: plain(row) for key, row in ledger.recount().items()}
    return {key: row for key, row in shaped.items() if row}


async def differing(
    owner: Connection, office: Office, day: date, hour_cap: int | None
) -> dict[str, Any]:
    """Each figure that is kept otherwise than the ledger has it: (kept, gone through)."""
    one, other = await kept(owner, office, day), await gone_through(owner, office, day, hour_cap)
    return {
        f"{per} {key} {name}": (mine.get(name), theirs.get(name))
        for per, key in sorted(one.keys() | other.keys())
        for mine, theirs in [(one.get((per, key), {}), other.get((per, key), {}))]
        for name in sorted(mine.keys() | theirs.keys())
        if mine.get(name) != theirs.get(name)
    }


@pytest.mark.parametrize("seed", range(3))
async def test_the_figures_of_any_days_are_what_the_ledger_says(
    pool: Pool, owner: Connection, seed: int
) -> None:
    chance = random.Random(seed)
    hour_cap = chance.choice((None, 3))
    office = await make_office(
        pool,
        area_cap=chance.choice((4, 6, 20)),
        hour_cap=hour_cap,
        time_zone=("Asia/Ho_Chi_Minh", "America/New_York", "Asia/Kathmandu")[seed % 3],
        rules={"lunch": chance.choice(("keep", "arrived"))},
    )
    for days in (0, 1):
        story = Story(Lobby(pool, office, days), chance)
        await story.tell()
        assert story.said["finish"], story.said
        assert story.said["enter"], story.said
        at = office.at("18:30", days)
        while (await commands.count_days(pool, office.office_id, at, 7))["more"]:
            pass
        day = DAY + timedelta(days=days)
        assert await differing(owner, office, day, hour_cap) == {}
    # a past day of which something else is heard
    await owner.execute(
        "update queue.stay as s set ended_at = ended_at + interval '3 minutes' "
        "from queue.visit as v where s.office_id = $1 and s.state = 'serving' "
        "and v.office_id = $1 and v.day = $2 and v.visit_id = s.visit_id",
        office.office_id,
        DAY,
    )
    assert await differing(owner, office, DAY, hour_cap) != {}
    await owner.execute("insert into queue.count_again values ($1, $2)", office.office_id, DAY)
    await commands.count_days(pool, office.office_id, office.at("18:40", 1), 7)
    assert await differing(owner, office, DAY, hour_cap) == {}
    # and the page adds up what the days have
    found = await reads.statistics(pool, [office.office_id], DAY, DAY + timedelta(days=1))
    both = [await kept(owner, office, DAY + timedelta(days=days)) for days in (0, 1)]
    for part, per in (("services", "service"), ("counters", "counter"), ("hours", "hour")):
        for row in found[part]:
            of_days = [one.get((per, row["key"]), {}) for one in both]
            for name in ("arrived", "served", "missed", "wait_seconds", "idle_seconds"):
                assert row[name] == sum(one.get(name, 0) for one in of_days), (
                    part,
                    row["key"],
                    name,
                )
