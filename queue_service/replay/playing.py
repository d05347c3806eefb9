"""The tickets of an export on their way through an office, one command after the other."""

import heapq
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from queue_service.queue_machine import Export, Leg, Ticket
from queue_service.replay.report import Day, Report

ACTOR = "clerk:replay"
MACHINE = "kiosk:replay"
NAMESPACE = UUID("6f1d3b52-6d0e-4c9e-9b6f-5f3f0f6c1a10")

# What happens first in the same second: who is done makes room for who comes.
END, BACK, ARRIVE, CALL, SETTLE = range(5)

# A leg asked for this soon after the one before is a transfer; later, the visitor was parked.
AT_ONCE = timedelta(seconds=1)

Step = Callable[[datetime], Awaitable[None]]


@dataclass(slots=True)
class Room:
    """A counter of the office and the queue of its own."""

    counter: str
    queue: str
    taken: bool = False
    waiting: list["Walk"] = field(default_factory=list["Walk"])


@dataclass(slots=True)
class Walk:
    """A ticket on its way through the office."""

    ticket: Ticket
    visit_id: UUID
    position: int = 0
    number: str = ""
    outside_since: datetime | None = None
    asked: datetime | None = None  # when it joined the line it stands in, delays counted
    absent: bool = False
    expected: datetime | None = None
    like_last: float | None = (
        None  # minutes the one called last had waited when this number was given
    )
    when_inside: Step | None = None  # what it was due for while it still stood outside

    @property
    def leg(self) -> Leg | None:
        legs = self.ticket.legs
        return legs[self.position] if self.position < len(legs) else None

    @property
    def following(self) -> Leg | None:
        legs = self.ticket.legs
        return legs[self.position + 1] if self.position + 1 < len(legs) else None


class Replay:
    """One office, fed day by day. `step` hears of every ticket and leg that is over."""

    def __init__(
        self,
        pool: Pool,
        office_id: int,
        file: Mapping[str, Any],
        step: Callable[[], object] = lambda: None,
    ) -> None:
        self.pool = pool
        self.office_id = office_id
        self.file = file
        self.rooms = rooms_of(file)
        self.zone = ZoneInfo(file["office"]["time_zone"])
        self.step = step
        self.random = random.Random(2019)  # codes and tokens; the same file is the same replay
        self.heap: list[tuple[datetime, int, datetime, int, Step]] = []
        self.pushed = 0
        self.walks: dict[str, Walk] = {}
        self.outside = 0
        self.today = Day(date.min)
        self.last_wait: float | None = None

    async def run(self, export: Export) -> Report:
        days = [await self.run_day(day, export.tickets) for day in export.days]
        last = datetime.combine(days[-1].day, datetime.min.time(), self.zone) + timedelta(days=1)
        await commands.settle(self.pool, self.office_id, last)
        differences = await reads.check_office(self.pool, self.office_id, last)
        return Report(days, differences)

    async def run_day(self, day: date, tickets: Iterable[Ticket]) -> Day:
        self.today = Day(day)
        self.last_wait = None
        self.walks = {}
        self.outside = 0
        walks = [
            Walk(ticket, uuid5(NAMESPACE, f"{day} {ticket.name}"))
            for ticket in tickets
            if ticket.day == day
        ]
        morning = datetime.combine(day, datetime.min.time(), self.zone)
        first = min(walk.ticket.asked for walk in walks) - timedelta(minutes=1)
        for room in self.rooms.values():
            room.taken = False
            room.waiting.clear()
            await self._do(first, "open_counter", counter_id=room.counter)
        for walk in walks:
            self._push(walk.ticket.asked, ARRIVE, walk, self._arrive)
        now = first
        while self.heap:
            now, _, _, _, action = heapq.heappop(self.heap)
            await action(now)
            await self._let_in(now)
        for room in self.rooms.values():
            await self._do(now, "close_counter", counter_id=room.counter)
        await commands.settle(self.pool, self.office_id, morning + timedelta(hours=23, minutes=59))
        self.today.gave_up_outside += self.outside
        await self._read_ledger(morning)
        return self.today

    # One thing of one ticket

    async def _arrive(self, walk: Walk, at: datetime) -> None:
        self.today.tickets += 1
        answer = await self._do(
            at,
            "walk_in",
            walk=walk,
            actor=MACHINE,
            visit_id=walk.visit_id,
            services=[],
            party_size=1,
            priority="",
            needs=[],
            name="",
            phone="",
            language="vi",
            channel="kiosk",
            token=self.random.randbytes(16).hex(),
            digits=self.random.randrange(90_000),
        )
        if answer is None:
            return
        if answer["decision"] not in ("enter", "wait_outside"):
            self._refused(walk, "walk_in", answer.get("reason") or answer["decision"])
            return
        visit = answer["visit"]
        walk.number = visit["number"]
        walk.asked = at
        self.walks[walk.number] = walk
        if answer["decision"] == "wait_outside":
            walk.outside_since = at
            self.outside += 1
        if walk.ticket.void:
            self.today.void += 1
            await self._do(
                at, "slip", walk=walk, actor=MACHINE, visit_id=walk.visit_id, word="failed"
            )
            self._gone_from_outside(walk)
            if walk.leg is None:
                self.step()
                return
            # Cancelled, and called by a room nevertheless: the slip was in a hand after all.
            self._push(walk.leg.asked, BACK, walk, self._revive)
            return
        await self._do(at, "slip", walk=walk, actor=MACHINE, visit_id=walk.visit_id, word="printed")
        walk.like_last = self.last_wait
        if visit["expected_at"]:
            walk.expected = datetime.fromisoformat(visit["expected_at"])
        self._plan(walk, at)

    async def _revive(self, walk: Walk, at: datetime) -> None:
        visit = await self._do(
            at, "slip", walk=walk, actor=MACHINE, visit_id=walk.visit_id, word="printed"
        )
        if visit is not None and visit["state"] == "arrived":
            walk.outside_since = at
            self.outside += 1
        walk.asked = at
        self._plan(walk, at)

    def _plan(self, walk: Walk, at: datetime) -> None:
        """The leg it now waits for: a call from a room, or the end of waiting without one."""
        if walk.leg is None:
            self.step()
            if walk.ticket.gone is not None:
                self._push(max(at, walk.ticket.gone), END, walk, self._leave)
        elif walk.leg.room:
            self._push(max(at, walk.leg.begins), CALL, walk, self._call)
        else:
            self._push(max(at, walk.leg.begins), END, walk, self._end_of_line)

    async def _call(self, walk: Walk, at: datetime) -> None:
        leg = walk.leg
        assert leg is not None
        room = self.rooms[leg.room]
        if walk.outside_since is not None:
            walk.when_inside = lambda now: self._call(walk, now)
            return
        if room.taken:
            room.waiting.append(walk)
            return
        if walk.absent:
            walk.absent = False
            await self._do(at, "resume", walk=walk, visit_id=walk.visit_id, counter_id=None)
        answer = await self._do(
            at, "call_number", walk=walk, counter_id=room.counter, number=walk.number
        )
        if answer is None:
            self._skip(walk, at)
            return
        self.today.out_of_order += bool(answer.get("passed"))
        if walk.asked is not None:
            self.today.waits.append((at - walk.asked).total_seconds() / 60)
        if walk.position == 0:
            self._judge_estimate(walk, at)
        if leg.valid:
            await self._do(at, "serve", walk=walk, visit_id=walk.visit_id)
        room.taken = True
        self._push(at + (leg.ends - leg.begins), END, walk, self._end_in_room)

    async def _end_in_room(self, walk: Walk, at: datetime) -> None:
        leg, following = walk.leg, walk.following
        assert leg is not None
        room = self.rooms[leg.room]
        room.taken = False
        self.today.legs += 1
        self.step()
        gap = following.asked - leg.ends if following else timedelta(0)
        if not leg.valid:
            await self._do(at, "absent", walk=walk, visit_id=walk.visit_id)
            walk.absent = True
            if following is None:
                # Time alone ends it; nobody outside shall wait for the next command till then.
                over = timedelta(minutes=self.file["office"]["absent_minutes"])
                self._push(at + over, SETTLE, walk, self._settle)
        elif following is None:
            await self._do(at, "finish", walk=walk, visit_id=walk.visit_id)
            over = timedelta(minutes=self.file["office"]["leave_minutes"], seconds=1)
            if self.outside:
                self._push(at + over, SETTLE, walk, self._settle)
        elif gap <= AT_ONCE:
            await self._transfer(walk, at, following)
        else:
            await self._do(
                at, "park", walk=walk, visit_id=walk.visit_id, place="here", reason="replay"
            )
        if following is not None:
            self._push(at + gap, BACK, walk, self._next_leg)
        waiting, room.waiting = room.waiting, []
        for other in waiting:
            self._push(at, CALL, other, self._call)

    async def _end_of_line(self, walk: Walk, at: datetime) -> None:
        """It waited and no room called it: sent on, or left."""
        following = walk.following
        leg = walk.leg
        assert leg is not None
        self.today.legs += 1
        self.step()
        if following is None:
            await self._leave(walk, at)
            return
        self._push(max(at, following.asked), BACK, walk, self._next_leg)

    async def _leave(self, walk: Walk, at: datetime) -> None:
        await self._do(at, "leave", walk=walk, visit_id=walk.visit_id)
        self._gone_from_outside(walk)

    async def _next_leg(self, walk: Walk, at: datetime) -> None:
        leg, following = walk.leg, walk.following
        assert leg is not None
        assert following is not None
        if walk.outside_since is not None:
            walk.when_inside = lambda now: self._next_leg(walk, now)
            return
        if leg.room and leg.valid:
            if following.asked - leg.ends > AT_ONCE:
                await self._do(at, "resume", walk=walk, visit_id=walk.visit_id, counter_id=None)
                await self._transfer(walk, at, following)
        elif walk.absent:
            walk.absent = False
            await self._do(at, "resume", walk=walk, visit_id=walk.visit_id, counter_id=None)
            await self._transfer(walk, at, following)
        else:
            await self._transfer(walk, at, following)
        walk.position += 1
        walk.asked = at
        self._plan(walk, at)

    async def _transfer(self, walk: Walk, at: datetime, following: Leg) -> None:
        if following.room:
            self.today.transfers += 1
            queue = self.rooms[following.room].queue
            await self._do(at, "transfer", walk=walk, visit_id=walk.visit_id, queue_id=queue)

    async def _settle(self, walk: Walk, at: datetime) -> None:
        await commands.settle(self.pool, self.office_id, at)

    def _skip(self, walk: Walk, at: datetime) -> None:
        """The call of this leg was refused and is counted; the ticket goes on to its next leg."""
        self.step()
        if walk.following is not None:
            walk.position += 1
            self._plan(walk, max(at, walk.ticket.legs[walk.position].asked))

    # The door

    async def _let_in(self, at: datetime) -> None:
        """Who is invited goes in at once; each who does may be the reason that another is."""
        while self.outside:
            board = await reads.board(self.pool, self.office_id, at)
            invited = [self.walks[entry["number"]] for entry in board["entering"]]
            if not invited:
                return
            for walk in invited:
                await self._do(at, "enter", walk=walk, visit_id=walk.visit_id)
                self._gone_from_outside(walk, at)
                if walk.when_inside is not None:
                    action, walk.when_inside = walk.when_inside, None
                    await action(at)

    def _gone_from_outside(self, walk: Walk, entered_at: datetime | None = None) -> None:
        if walk.outside_since is None:
            return
        self.outside -= 1
        if entered_at is None:
            self.today.gave_up_outside += 1
        else:
            self.today.outside.append((entered_at - walk.outside_since).total_seconds() / 60)
        walk.outside_since = None

    # Judging

    def _judge_estimate(self, walk: Walk, at: datetime) -> None:
        if walk.expected is None:
            self.today.unestimated += 1
        else:
            self.today.estimates.append((walk.expected - at).total_seconds() / 60)
        if walk.asked is not None:
            self.last_wait = (at - walk.asked).total_seconds() / 60
            if walk.like_last is not None:
                self.today.like_last.append(walk.like_last - self.last_wait)

    async def _read_ledger(self, morning: datetime) -> None:
        """Counts who was where from the stays alone, beside the commands' own counting."""
        stays = await reads.ledger(self.pool, self.office_id, morning, morning + timedelta(days=1))
        for area in self.file["areas"]:
            cap = area_cap(self.file, area["area_id"], self.today.day)
            there = [stay for stay in stays if stay["present"] and stay["area"] == area["area_id"]]
            most, when = most_at_once(there)
            self.today.most_present = max(self.today.most_present, most)
            if cap is not None and most > cap:
                self.today.broken.append(f"{area['area_id']}: {most} > {cap}, {when}")

    # Machinery

    def _push(
        self,
        at: datetime,
        rank: int,
        walk: Walk,
        action: Callable[[Walk, datetime], Awaitable[None]],
    ) -> None:
        # Calls that waited for a room or a place keep the export's order among themselves.
        order = walk.leg.begins if walk.leg else walk.ticket.asked
        self.pushed += 1
        heapq.heappush(self.heap, (at, rank, order, self.pushed, lambda now: action(walk, now)))

    async def _do(
        self,
        at: datetime,
        name: str,
        /,
        *,
        walk: Walk | None = None,
        actor: str = ACTOR,
        **arguments: object,
    ) -> dict[str, Any] | None:
        """Run a command; a refusal is counted with its reason and answers None."""
        command = getattr(commands, name)
        try:
            return await command(self.pool, self.office_id, at, actor, None, **arguments)
        except Refused as refused:
            self._refused(walk, name, refused.code)
            return None

    def _refused(self, walk: Walk | None, command: str, code: str) -> None:
        leg = walk.leg if walk else None
        self.today.refused.append((leg.line if leg else 0, command, code))


def rooms_of(file: Mapping[str, Any]) -> dict[str, Room]:
    """The counters by the machine's name for them, each with the queue of the same name."""
    queues = {queue["name_en"]: queue["queue_id"] for queue in file["queues"]}
    return {
        counter["name_en"]: Room(counter["counter_id"], queues[counter["name_en"]])
        for counter in file["counters"]
        if counter["name_en"] in queues
    }


def area_cap(file: Mapping[str, Any], area: str, day: date) -> int | None:
    """The lowest cap on the people in an area that day, from the file and nothing else."""
    return min(
        (
            cap["maximum"]
            for cap in file["caps"]
            if cap["kind"] == "present"
            and cap["scope"] == f"area:{area}"
            and cap["binds"] == "everyone"
            and _bound(cap["valid_from"], date.min) <= day <= _bound(cap["valid_to"], date.max)
        ),
        default=None,
    )


def _bound(text: str, unbounded: date) -> date:
    return unbounded if "infinity" in text else date.fromisoformat(text)


def most_at_once(stays: Sequence[Mapping[str, Any]]) -> tuple[int, datetime | None]:
    """The most heads there at one moment, and that moment.

    Who goes makes room for who comes in the same second.
    """
    changes: list[tuple[datetime, int, int]] = []
    for stay in stays:
        started = datetime.fromisoformat(stay["started_at"])
        ended = datetime.fromisoformat(stay["ended_at"]) if stay["ended_at"] else None
        if ended is not None and ended == started:
            continue
        changes.append((started, 1, stay["heads"]))
        if ended is not None:
            changes.append((ended, 0, -stay["heads"]))
    here = most = 0
    when: datetime | None = None
    for moment, _, heads in sorted(changes):
        here += heads
        if here > most:
            most, when = here, moment
    return most, when
