"""Any commands at any times over any office: the law holds, a refusal changes nothing."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar, TypeVar
from uuid import UUID, uuid4

import hypothesis
from hypothesis import HealthCheck, Phase, note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec import convert

from queue_service import commands, db, reads
from queue_service.group_commit import BookRequest
from tests.fairness import fair
from tests.offices import Office, cap, make_office

T = TypeVar("T")
Row = dict[str, Any]

PRESENT = ("invited", "inside", "called", "serving", "absent", "done")
OVER = ("left", "cancelled", "missed", "void")
UNDONE = (
    *("count_in", "exit", "recount", "walk_in", "arrive", "enter", "leave"),
    *("call_next", "call_number", "absent", "park", "finish"),
)

PAUSES = st.sampled_from((0, 0, 0, 0, 0, 1, 20, 60, 121, 240, 330, 600))
LONG_PAUSES = st.sampled_from((60, 910, 910, 1860, 3600, 9000, 86_400))
PARTIES = st.sampled_from((1, 1, 1, 2, 3, 5, 6))
SERVICES = st.lists(
    st.fixed_dictionaries(
        {
            "service": st.sampled_from(("copy", "copy", "record", "permit")),
            "quantity": st.sampled_from((1, 1, 2)),
        }
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda service: service["service"],
)
WHICH = st.integers(0, 2**16)

# What clerk and door do with one visit once it is called. Chance alone hardly ever gets so far.
STORIES = st.sampled_from(
    (
        "serve finish call serve finish undo finish",
        "serve here resume call serve finish",
        "serve away in enter call serve transfer call",
        "serve away admit undo call absent undo call",
        "recall absent in call serve out in call",
        "absent call serve transfer call serve finish",
        "close open call leave undo call serve here call",
        "serve finish exit in call undo transfer call serve",
    )
)

NO_HURRY: Sequence[HealthCheck] = [
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
]

# Making a failure smaller takes minutes; PROPERTY_SHRINK=1 takes them.
PHASES = tuple(Phase) if os.environ.get("PROPERTY_SHRINK") else (Phase.generate,)

# Rows of an office, without what a refusal may write beside it and without what is above offices.
DIGEST = """
select coalesce(md5(string_agg(t.row, e'\\n' order by t.row)), '') from (
  select 'state ' || x::text as row from queue.office_state as x where office_id = $1
  union all select 'area ' || x::text from queue.area_state as x where office_id = $1
  union all select 'counter ' || x::text from queue.counter_state as x where office_id = $1
  union all select 'visit ' || x::text from queue.visit as x where office_id = $1
  union all select 'service ' || x::text from queue.visit_service as x where office_id = $1
  union all select 'stay ' || x::text from queue.stay as x where office_id = $1
  union all select 'unnamed ' || x::text from queue.unnamed_stay as x where office_id = $1
  union all select 'usage ' || x::text from queue.usage as x where office_id = $1
  union all select 'number ' || x::text from queue.number as x where office_id = $1
  union all select 'event ' || x::text from queue.event as x where office_id = $1
  union all select 'request ' || x::text from queue.request as x where office_id = $1
  union all select 'job ' || x::text from queue.job as x where office_id = $1
  union all select 'proof ' || x::text from queue.phone_proof as x where office_id = $1
  union all select 'waiting ' || x::text from queue.waiting as x where office_id = $1
  union all select 'kept ' || x::text from queue.kept_place as x where office_id = $1
  union all select 'revocation ' || x::text from queue.revocation as x where office_id = $1
) as t
"""


class Floor(RuleBasedStateMachine):
    """An office, its people, and what must be true after every command."""

    database: ClassVar[db.Database]
    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.pool, self.owner = self.wait(self._connect())
        self.office: Office
        self.now: datetime
        self.visits: dict[str, Row] = {}
        self.offers: dict[UUID, Row] = {}  # places kept for somebody who waits
        self.digest = ""
        self.ran = 0
        self.undoing: str | None = None
        self.random = random.Random(1)  # ids that are the same when a walk is walked again
        self.taps: list[tuple[str, str, str | None]] = []  # key, actor, visit: what may be undone

    def teardown(self) -> None:
        self.wait(self.stack.aclose())
        self.runner.close()

    async def _connect(self) -> tuple[db.Pool, db.Connection]:
        pool = await self.stack.enter_async_context(db.connect(self.database.app_url, size=1))
        owner = await self.stack.enter_async_context(db.owner(self.database.owner_url))
        return pool, owner

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize(
        area_cap=st.sampled_from((2, 3, 5, 8, 20)),
        counter_cap=st.sampled_from((None, 1, 2, 2)),
        hour_cap=st.sampled_from((None, None, 1, 2, 4)),
        hour_rule=st.sampled_from(("clock", "any-60-minutes")),
        hour_scope=st.sampled_from(("queue:*", "queue:justice", "branch")),
        staff=st.sampled_from((0, 0, 1, 2)),
        planned=st.sampled_from((None, 1, 3)),
        pool_id=st.sampled_from((None, None, "desks")),
        two_areas=st.booleans(),
        guidance=st.booleans(),
        rules=st.fixed_dictionaries(
            {
                "exits": st.sampled_from(("none", "counted", "scanned")),
                "lunch": st.sampled_from(("keep", "arrived")),
                "leave_minutes": st.sampled_from((0, 2)),
                "lead_minutes": st.sampled_from((0, 30)),
                "invitations": st.sampled_from((1, 3)),
            }
        ),
        opened=st.sampled_from((True, True, True, False)),
        scarce=st.sampled_from(("", "", "copy", "permit")),
        fairness=st.fixed_dictionaries(
            {
                "prove_phone": st.booleans(),
                "codes_per_hour": st.sampled_from((3, 20)),
                "return_minutes": st.sampled_from((0, 5, 60)),
                "offer_minutes": st.sampled_from((1, 10)),
            }
        ),
        clock=st.sampled_from(
            ("06:50", "07:30", "08:00", "08:02", "08:50", "11:05", "13:30", "16:20")
        ),
    )
    def begin(
        self,
        area_cap: int,
        counter_cap: int | None,
        hour_cap: int | None,
        hour_rule: str,
        hour_scope: str,
        staff: int,
        planned: int | None,
        pool_id: str | None,
        two_areas: bool,
        guidance: bool,
        rules: dict[str, object],
        opened: bool,
        scarce: str,
        fairness: dict[str, object],
        clock: str,
    ) -> None:
        def change(file: Row) -> None:
            # An authority of its own: other walks have the same people.
            fair(scarce, "", **fairness, authority=str(uuid4()))(file)
            if two_areas:
                room = {"area_id": "room", "name_vi": "Phòng", "name_en": "Room", "position": 1}
                file["areas"].append(room)
                for row in (*file["queues"], *file["counters"]):
                    if row.get("queue_id") == "permits" or row.get("queues") == ["permits"]:
                        row["area_id"] = "room"
                file["caps"].append(cap("room", "present", "area:room", 2))

        two_areas = two_areas and pool_id is None
        self.caps = {"hall": area_cap, **({"room": 2} if two_areas else {})}
        self.counter_cap, self.hour_cap = counter_cap, hour_cap
        self.hour_rule, self.hour_scope = hour_rule, hour_scope
        self.office = self.wait(
            make_office(
                self.pool,
                area_cap=area_cap,
                counter_cap=counter_cap,
                hour_cap=hour_cap,
                hour_rule=hour_rule,
                hour_scope=hour_scope,
                staff=staff,
                planned=planned,
                pool_id=pool_id,
                guidance=guidance,
                rules=rules,
                change=change,
            )
        )
        # When a place that was given back returns is drawn by lot: in the same walk the same.
        seed = "update queue.chance set seed = $2 where office_id = $1"
        self.wait(self.owner.execute(seed, self.office.office_id, self._uuid()))
        self.now = self.office.at(clock)
        self.wait(self._look())
        for counter in range(len(self.office.file["counters"]) if opened else 0):
            self._run("open_counter", 0, counter_id=self._counter(counter))

    # Rules: one command each, most often one that fits, sometimes one that does not

    @rule(
        seconds=PAUSES, services=SERVICES, party=PARTIES, minutes=st.integers(-2, 40), phone=WHICH
    )
    def book(self, seconds: int, services: list[Row], party: int, minutes: int, phone: int) -> None:
        self._pass(seconds)
        request = self._request(self._uuid(), services, self._cell(minutes), phone)
        request |= {"party_size": party}
        # A group is committed even if nobody is accepted: what time decided is written first.
        self.wait(commands.settle(self.pool, self.office.office_id, self.now))
        self.wait(self._look())
        self._command("book", lambda: self._book(request))

    async def _free(self, services: list[Row]) -> list[datetime]:
        office_id, today = self.office.office_id, self.now.astimezone(self.office.zone).date()
        slots = await reads.slots(self.pool, office_id, self.now, services, today, 2)
        return [datetime.fromisoformat(one["starts_at"]) for one in slots if one["left"]]

    def _request(self, booking_id: UUID, services: list[Row], starts_at: datetime, who: int) -> Row:
        return {
            "booking_id": str(booking_id),
            "actor": "web",
            "services": services,
            "starts_at": starts_at.isoformat(),
            "name": "Lê Thị Hoa",
            "phone": f"+849010000{who % 4:02}",
            "party_size": 1,
            "language": "vi",
            "channel": "web",
            "priority": "",
            "needs": [],
            "token": self._uuid().hex,
            "digits": who % 90_000,
            "person": ("", f"{who % 3 + 1:02}" * 32)[who % 5 > 0],
            "proof": "123456",
        }

    async def _book(self, request: Row) -> Row:
        asked = convert(request, BookRequest)
        rows = await commands.book_slots(self.pool, self.office.office_id, self.now, [asked])
        _, outcome, facts = rows[0]
        if outcome != "booked":
            raise db.Refused(outcome, 409, facts)
        return facts

    @precondition(lambda self: self.any("held"))
    @rule(seconds=PAUSES, which=WHICH, word=st.sampled_from(("123456", "123456", "1", "again", "")))
    def prove(self, seconds: int, which: int, word: str) -> None:
        if word == "again":
            self._on_visit("send_code", seconds, which, ("held",), code="123456")
        elif word:
            self._on_visit("prove_phone", seconds, which, ("held",), code=word)
        else:
            self._on_visit("cancel", seconds, which, ("held",), reason="")

    @rule(
        seconds=PAUSES,
        which=WHICH,
        services=st.one_of(st.none(), SERVICES),
        party=st.sampled_from((1, 1, 2)),
    )
    def wait_for_an_earlier_time(
        self, seconds: int, which: int, services: list[Row] | None, party: int
    ) -> None:
        mine = {} if services else {"visit_id": self._pick(which, ("booked",))}
        if not services and mine["visit_id"] is None:
            return
        wish: Row = {
            "waiting_id": str(self._uuid()),
            "services": services,
            "party_size": party,
            "phone": f"+849010000{which % 4:02}",
            "person": f"{which % 3 + 1:02}" * 32,
            "token": self._uuid().hex,
            "digits": which % 90_000,
            "proof": "123456",
        }
        if not services:
            assert mine["visit_id"] is not None
            wish["visit_id"] = str(mine["visit_id"]["visit_id"])
        self._run("join_waiting_list", seconds, "web", wish=wish)

    @rule(seconds=PAUSES, which=WHICH, others=st.integers(1, 2), move=st.booleans())
    def give_back_what_others_wait_for(
        self, seconds: int, which: int, others: int, move: bool
    ) -> None:
        """A time is sold out, others wait for it, and one of those who have it gives it back."""
        services: list[Row] = [{"service": ("copy", "permit")[which % 2], "quantity": 1}]
        self.wait(commands.settle(self.pool, self.office.office_id, self.now))
        self.wait(self._look())
        free = self.wait(self._free(services))
        if not free:
            return
        starts_at = free[which // 2 % min(len(free), 12)]
        later = self._sell(services, free[-1], 1, which)  # of who has a booking to be moved
        mine = self._sell(services, starts_at, 7, which + 1)
        for n in range(others):
            mover = {"visit_id": str(later[0])} if later and n == 0 else {}
            wish: Row = {
                "waiting_id": str(self._uuid()),
                "services": services,
                "party_size": 1,
                "phone": f"+849020000{(which + n) % 7:02}",
                "person": f"{(which + n) % 5 + 4:02}" * 32,
                "token": self._uuid().hex,
                "digits": which % 90_000,
                "proof": "123456",
            }
            joined = self._run("join_waiting_list", 0, "web", wish=wish | mover)
            if joined and joined["state"] == "held":
                waiting_id = UUID(joined["waiting_id"])
                self._run("prove_phone", 0, "web", visit_id=waiting_id, code="123456")
        if not mine:
            return
        before = set(self.offers)
        if move:
            self._run("reschedule", 0, "web", visit_id=mine[0], starts_at=free[-1])
        else:
            self._run("cancel", 0, "web", visit_id=mine[0], reason="")
        if made := sorted(self.offers.keys() - before):
            self.answers(made[0], min(seconds, 60), ("yes", "yes", "no", "")[which % 4])

    def _sell(self, services: list[Row], starts_at: datetime, most: int, who: int) -> list[UUID]:
        """A group books this time over the hotline, for somebody else each, until it is full."""
        group = [self._request(self._uuid(), services, starts_at, who + 7 * n) for n in range(most)]
        for n, request in enumerate(group):
            request |= {"channel": "hotline", "person": f"{(who + n) % 40 + 10}" * 32}
            request |= {"phone": f"+84903{(who + n) % 1000:06}"}
        asked = [convert(one, BookRequest) for one in group]
        booking = commands.book_slots(self.pool, self.office.office_id, self.now, asked)
        sold = [
            UUID(facts["visit_id"]) for _, said, facts in self.wait(booking) if said == "booked"
        ]
        note(f"sold {len(sold)} of {most} at {starts_at}")
        self.wait(self._look())
        for booking_id in sold:
            self.wait(self._booking_fits(self.visits[str(booking_id)]))
        return sold

    @precondition(lambda self: bool(self.offers))
    @rule(
        seconds=PAUSES,
        which=WHICH,
        word=st.sampled_from(("yes", "yes", "proven", "no", "leave")),
    )
    def answer_an_offer(self, seconds: int, which: int, word: str) -> None:
        self.answers(sorted(self.offers)[which % len(self.offers)], seconds, word)

    def answers(self, waiting_id: UUID, seconds: int, word: str) -> None:
        if word == "leave":
            self._run("leave_waiting_list", seconds, "web", waiting_id=waiting_id)
        elif word:
            self._run(
                "answer_offer",
                seconds,
                "web",
                waiting_id=waiting_id,
                accept=word != "no",
                proven=word == "proven",
                proof="123456",
            )

    @precondition(lambda self: self.any("called", "serving"))
    @rule(seconds=PAUSES, which=WHICH)
    def wrong_person(self, seconds: int, which: int) -> None:
        self._on_visit("wrong_person", seconds, which, ("called", "serving"))

    @precondition(lambda self: self.any("booked"))
    @rule(seconds=PAUSES, which=WHICH, minutes=st.one_of(st.none(), st.integers(0, 40)))
    def cancel_or_move(self, seconds: int, which: int, minutes: int | None) -> None:
        if minutes is None:
            self._on_visit("cancel", seconds, which, ("booked",))
        else:
            self._on_visit("reschedule", seconds, which, ("booked",), starts_at=self._cell(minutes))

    @precondition(lambda self: self.any("booked"))
    @rule(which=WHICH, early=st.sampled_from((-20, -14, -5, 0, 5, 9, 11, 40)))
    def arrive_about_its_time(self, which: int, early: int) -> None:
        booked = [v for v in self.visits.values() if v["state"] == "booked"]
        visit = booked[which % len(booked)]
        self.now = max(self.now, visit["starts_at"] + timedelta(minutes=early))
        self._command(
            "arrive",
            lambda: commands.arrive(
                self.pool, self.office.office_id, self.now, "kiosk:door", None, code=visit["code"]
            ),
        )

    @rule(
        seconds=PAUSES,
        which=WHICH,
        party=st.sampled_from((None, None, 1, 4)),
        back=st.sampled_from((None, None, 0, 10, 29)),
    )
    def arrive(self, seconds: int, which: int, party: int | None, back: int | None) -> None:
        came_at = None if back is None else self.now - timedelta(minutes=back)
        states = ("booked", "missed", "arrived", "invited", "absent", "parked", "left", "void")
        self._on_visit("arrive", seconds, which, states, party_size=party, came_at=came_at)

    @rule(
        seconds=PAUSES,
        services=st.one_of(SERVICES, SERVICES, SERVICES, st.just([])),
        party=PARTIES,
        priority=st.sampled_from(("", "", "elderly")),
        digits=WHICH,
        word=st.sampled_from(("printed", "printed", "printed", "failed", None)),
    )
    def walk_in(
        self,
        seconds: int,
        services: list[Row],
        party: int,
        priority: str,
        digits: int,
        word: str | None,
    ) -> None:
        visit_id = self._uuid()
        self._run(
            "walk_in",
            seconds,
            "kiosk:door",
            visit_id=visit_id,
            services=services,
            party_size=party,
            priority=priority,
            needs=[],
            name="",
            phone="",
            language="vi",
            channel="kiosk",
            token=self._uuid().hex,
            digits=digits,
        )
        if word is not None and str(visit_id) in self.visits:
            self._run("slip", 0, "kiosk:door", visit_id=visit_id, word=word)

    @precondition(lambda self: self.any("arrived", "inside", "void"))
    @rule(seconds=PAUSES, which=WHICH, word=st.sampled_from(("printed", "phone", "said", "failed")))
    def slip(self, seconds: int, which: int, word: str) -> None:
        self._on_visit("slip", seconds, which, ("arrived", "inside", "void"), word=word)

    @precondition(lambda self: self.any("invited", "arrived"))
    @rule(seconds=PAUSES, which=WHICH, action=st.sampled_from(("enter", "enter", "enter", "admit")))
    def at_the_door(self, seconds: int, which: int, action: str) -> None:
        if action == "enter":
            self._on_visit(
                "enter", seconds, which, ("invited",) * self.any("invited") or ("arrived",)
            )
        else:
            self._on_visit("admit", seconds, which, ("arrived",), reason="Bà cụ mệt")

    @precondition(lambda self: self.any(*PRESENT, "parked", "arrived"))
    @rule(seconds=PAUSES, which=WHICH, scanned=st.booleans())
    def go(self, seconds: int, which: int, scanned: bool) -> None:
        visit = self._pick(which, (*PRESENT, "arrived"))
        if scanned and visit is not None:
            self._run("exit", seconds, area_id=visit["area_id"], visit_id=visit["visit_id"])
        else:
            states = ("arrived", "inside", "done", "parked", "absent")
            self._on_visit("leave", seconds, which, states)

    @precondition(lambda self: self.taps)
    @rule(seconds=st.sampled_from((0, 0, 5, 60, 200)), back=st.integers(0, 3))
    def undo(self, seconds: int, back: int) -> None:
        key, actor, self.undoing = self.taps[-1 - back % len(self.taps)]
        self._run("undo", seconds, actor, undone=key)

    @rule(seconds=PAUSES, action=st.integers(0, 6), place=WHICH, number=st.integers(-3, 3))
    def staff_work(self, seconds: int, action: int, place: int, number: int) -> None:
        """What staff do now and then: count heads, sign in, open, pause and close."""
        area, counter = self._area(place), self._counter(place)
        if action == 0:
            count = max(0, self.present(area) + number)
            self._run("recount", seconds, area_id=area, present=count)
        elif action == 1:
            self._run("staff", seconds, area_id=area, present=max(0, number))
        elif action == 2:
            self._run("exit", seconds, area_id=area, count=max(1, number))
        elif action == 3:
            self._run("pause_counter", seconds, counter_id=counter, reason="nghỉ", until=None)
        elif action == 4:
            self._run("close_counter", seconds, counter_id=counter)
        elif action == 5:
            self._run("count_in", seconds, area_id=area, count=max(1, number))
        else:
            self._run("open_counter", seconds, counter_id=counter)

    @precondition(lambda self: self.any("inside"))
    @rule(seconds=PAUSES, counter=WHICH)
    def call_next(self, seconds: int, counter: int) -> None:
        self._run("call_next", seconds, counter_id=self._counter(counter))

    @precondition(lambda self: self.any("inside", "absent", "void", "left"))
    @rule(seconds=PAUSES, counter=WHICH, which=WHICH)
    def call_number(self, seconds: int, counter: int, which: int) -> None:
        visit = self._pick(which, ("inside",) * self.any("inside") or ("absent", "left", "void"))
        if visit is not None and visit["number"]:
            self._run(
                "call_number", seconds, counter_id=self._counter(counter), number=visit["number"]
            )

    @precondition(lambda self: self.any("called"))
    @rule(
        seconds=PAUSES,
        which=WHICH,
        action=st.sampled_from(("recall", "serve", "serve", "serve", "absent")),
    )
    def at_the_call(self, seconds: int, which: int, action: str) -> None:
        self._on_visit(action, seconds, which, ("called",))

    @precondition(lambda self: self.any("serving"))
    @rule(seconds=PAUSES, which=WHICH, action=st.sampled_from(("finish", "finish", "here", "away")))
    def at_the_counter(self, seconds: int, which: int, action: str) -> None:
        if action == "finish":
            self._on_visit("finish", seconds, which, ("serving",))
        else:
            self._on_visit("park", seconds, which, ("serving",), place=action, reason="bản sao")

    @precondition(lambda self: self.any("parked", "absent"))
    @rule(seconds=PAUSES, which=WHICH, counter=st.one_of(st.none(), WHICH))
    def resume(self, seconds: int, which: int, counter: int | None) -> None:
        counter_id = None if counter is None else self._counter(counter)
        self._on_visit("resume", seconds, which, ("parked", "absent"), counter_id=counter_id)

    @rule(seconds=PAUSES, which=WHICH, services=SERVICES, party=PARTIES, story=STORIES)
    def see_to_somebody(
        self, seconds: int, which: int, services: list[Row], party: int, story: str
    ) -> None:
        """Somebody who waits inside, or comes now, is called, and the story goes on from there."""
        if not self.any("inside"):
            self.walk_in(0, services, party, "", which, "printed")
        inside = [visit for visit in self.visits.values() if visit["state"] == "inside"]
        if not inside:
            return
        visit_id = str(inside[which % len(inside)]["visit_id"])
        for step in ("open", "call", *story.split()):
            self._see_to(visit_id, step, seconds if which % 3 else 0)

    def _see_to(self, visit_id: str, step: str, seconds: int) -> None:
        visit = self.visits[visit_id]
        one: Row = {"visit_id": visit["visit_id"]}
        file, queue_id = self.office.file, visit["queue_id"]
        counter = next(c["counter_id"] for c in file["counters"] if queue_id in c["queues"])
        queues = [row["queue_id"] for row in file["queues"]]
        other = queues[(queues.index(queue_id) + 1) % len(queues)]
        match step:
            case "open" | "close":
                self._run(f"{step}_counter", 0, counter_id=counter)
            case "call":
                number = visit["number"] or ""
                self._run("call_number", seconds, counter_id=counter, number=number)
            case "here" | "away":
                self._run("park", seconds, **one, place=step, reason="bản sao")
            case "resume":
                self._run("resume", seconds, **one, counter_id=None)
            case "in":
                self._run("arrive", seconds, "kiosk:door", **one)
            case "out" | "exit":
                self._run("exit", seconds, area_id=visit["area_id"], **one)
            case "admit":
                self._run("admit", seconds, **one, reason="Bà cụ mệt")
            case "transfer":
                self._run("transfer", seconds, **one, queue_id=other)
            case "undo":
                if self.taps:
                    self.undo(min(seconds, 60), 0)
            case _:
                self._run(step, seconds, **one)

    @precondition(lambda self: self.any("serving", "inside", "called", "parked"))
    @rule(seconds=PAUSES, which=WHICH, queue=WHICH)
    def transfer(self, seconds: int, which: int, queue: int) -> None:
        queues = [row["queue_id"] for row in self.office.file["queues"]]
        states = ("serving", "inside", "called", "parked")
        self._on_visit("transfer", seconds, which, states, queue_id=queues[queue % len(queues)])

    @rule(seconds=LONG_PAUSES)
    def settle(self, seconds: int) -> None:
        self._pass(seconds)
        self._command("settle", lambda: commands.settle(self.pool, self.office.office_id, self.now))

    @precondition(lambda self: self.any("inside", "done"))
    @rule(back=st.integers(1, 600), which=WHICH)
    def slow_clock(self, back: int, which: int) -> None:
        """A process a little behind: its command is decided at the office's last time."""
        now, self.now = self.now, self.now - timedelta(seconds=back)
        self._on_visit("leave", 0, which, ("inside", "done"))
        self.now = now

    # What must be true after every step

    @invariant()
    def everything_holds(self) -> None:
        if hasattr(self, "now"):  # an invariant is asked before the office is there
            self._the_books_agree()
            self._nobody_is_in_two_places()
            self._numbers_have_no_gap()
            self._counters_hold_their_cap()
            self._desks_hold_their_hour()
            self._nobody_has_more_than_their_share()

    def _the_books_agree(self) -> None:
        differences = self.wait(reads.check_office(self.pool, self.office.office_id, self.now))
        assert differences == []

    def _nobody_is_in_two_places(self) -> None:
        self.wait(self._places())

    def _numbers_have_no_gap(self) -> None:
        rows = self.wait(
            self._fetch(
                "select n.queue_id, n.day, n.last, "
                "array_agg(v.number_count order by v.number_count) as counts "
                "from queue.number as n left join queue.visit as v on v.office_id = n.office_id "
                "and v.number_queue = n.queue_id and v.number_day = n.day "
                "where n.office_id = $1 group by n.queue_id, n.day, n.last"
            )
        )
        for row in rows:
            assert row["counts"] == list(range(1, row["last"] + 1)), row

    def _counters_hold_their_cap(self) -> None:
        if self.counter_cap is None:
            return
        there: Counter[str] = Counter()
        for visit in self.visits.values():
            if visit["state"] in ("called", "serving"):
                there[visit["counter_id"]] += min(visit["party_size"], self.counter_cap)
        assert all(heads <= self.counter_cap for heads in there.values()), there

    def _desks_hold_their_hour(self) -> None:
        if self.hour_cap is None:
            return
        rows = self.wait(
            self._fetch(
                "select counter_id, queue_id, started_at from queue.stay "
                "where office_id = $1 and place"
            )
        )
        calls: dict[str, list[datetime]] = {}
        for row in rows:
            if self.hour_scope in ("queue:*", "branch", f"queue:{row['queue_id']}"):
                desk = "branch" if self.hour_scope == "branch" else row["counter_id"]
                calls.setdefault(desk, []).append(row["started_at"])
        for desk, times in calls.items():
            if self.hour_rule == "clock":
                hours = Counter(
                    moment.astimezone(self.office.zone).strftime("%F %H") for moment in times
                )
                assert max(hours.values()) <= self.hour_cap, (desk, hours)
            else:
                for moment in times:
                    window = [t for t in times if moment - timedelta(minutes=60) < t <= moment]
                    assert len(window) <= self.hour_cap, (desk, window)

    def _nobody_has_more_than_their_share(self) -> None:
        booked = [v for v in self.visits.values() if v["state"] == "booked" and v["booked"]]
        phones = Counter(visit["phone"] for visit in booked if visit["phone"])
        assert all(times <= 2 for times in phones.values()), phones
        persons = Counter(
            (visit["person"], service)
            for visit in self.visits.values()
            if visit["over_at"] is None and visit["person"]
            for service in visit["scarce"]
        )
        assert all(times == 1 for times in persons.values()), persons

    # Machinery

    def present(self, area: str) -> int:
        heads = sum(
            v["heads"] for v in self.visits.values() if v["present"] and v["stay_area"] == area
        )
        return heads + self.unnamed.get(area, 0) + self.staff_now.get(area, 0)

    async def _look(self) -> None:
        rows = await self._fetch(
            "select v.visit_id, v.state, v.code, v.number, v.starts_at, v.party_size, v.area_id, "
            "v.queue_id, v.counter_id, v.over_at, v.takes, v.phone, v.booked, v.person, s.heads, "
            "s.area_id as stay_area, "
            "coalesce(s.present, false) as present, "
            "array(select d.service_id from queue.visit_service as k join queue.service as d "
            "on d.office_id = k.office_id and d.service_id = k.service_id and d.scarce "
            "where k.office_id = v.office_id and k.visit_id = v.visit_id) as scarce "
            "from queue.visit as v left join queue.stay as s on s.office_id = v.office_id "
            "and s.visit_id = v.visit_id and s.ended_at is null "
            "where v.office_id = $1 order by v.created_at, v.code"
        )
        known, self.visits = self.visits, {str(row["visit_id"]): dict(row) for row in rows}
        # Offers were made before the command decided: what it let somebody take came after them.
        later = [
            take
            for visit_id, visit in self.visits.items()
            if visit["takes"] != known.get(visit_id, {}).get("takes")
            for take in visit["takes"]
        ]
        rows = await self._fetch(
            "select waiting_id, takes from queue.kept_place where office_id = $1 and kind = 'offer'"
        )
        before, self.offers = self.offers, {row["waiting_id"]: dict(row) for row in rows}
        for waiting_id in self.offers.keys() - before.keys():
            await self._booking_fits(self.offers[waiting_id], later)
        rows = await self._fetch(
            "select area_id, count(*) as heads from queue.unnamed_stay "
            "where office_id = $1 and ended_at is null group by area_id"
        )
        self.unnamed = {row["area_id"]: row["heads"] for row in rows}
        rows = await self.owner.fetch(
            "select a.area_id, queue._staff(o, a.area_id, $2) as staff, "
            "queue._present(o, a.area_id, $2) as present "
            "from queue.area as a join queue.office as o using (office_id) where office_id = $1",
            self.office.office_id,
            self.now,
        )
        self.staff_now = {row["area_id"]: row["staff"] for row in rows}
        for row in rows:
            assert row["present"] == self.present(row["area_id"]), row
        self.digest = await self.owner.fetchval(DIGEST, self.office.office_id)

    async def _fetch(self, query: str) -> list[Any]:
        return await self.owner.fetch(query, self.office.office_id)

    def _on_visit(
        self, name: str, seconds: int, which: int, states: tuple[str, ...], /, **arguments: object
    ) -> None:
        visit = self._pick(which, states)
        if visit is not None:
            self._run(name, seconds, "clerk:3", visit_id=visit["visit_id"], **arguments)

    def any(self, *states: str) -> bool:
        return any(visit["state"] in states for visit in self.visits.values())

    def _pick(self, which: int, states: tuple[str, ...]) -> Row | None:
        everybody = list(self.visits.values())
        fitting = [visit for visit in everybody if visit["state"] in states]
        chosen = fitting if fitting and which % 8 else everybody
        return chosen[which // 8 % len(chosen)] if chosen else None

    def _run(
        self, name: str, seconds: int, actor: str = "clerk:3", /, **arguments: object
    ) -> Row | None:
        self._pass(seconds)
        command: Callable[..., Awaitable[Row]] = getattr(commands, name)
        key = str(self._uuid())

        async def once() -> Row:
            return await command(
                self.pool, self.office.office_id, self.now, actor, key, **arguments
            )

        answer = self._command(name, once, **arguments)
        if answer is not None and name in UNDONE:
            visit = answer.get("visit") or answer
            self.taps.append((key, actor, visit.get("visit_id")))
        # One in eight commands is sent twice: a click too many, an answer lost on the way.
        self.ran += 1
        if answer is not None and self.ran % 8 == 0:
            self._command(name, once, answer)
        return answer

    def _command(
        self,
        name: str,
        once: Callable[[], Coroutine[Any, Any, Row]],
        repeats: Row | None = None,
        /,
        **arguments: object,
    ) -> Row | None:
        before, visits = self.digest, self.visits
        at = self.now.astimezone(self.office.zone)
        try:
            answer = self.wait(once())
        except db.Refused as refused:
            note(f"{at:%a %H:%M:%S} {name} {arguments} refused: {refused}")
            self.seen[f"{name} {refused.code}"] += 1
            self.wait(self._look())
            assert self.digest == before, "a refused command changed something"
            return None
        said = answer.get("decision") or answer.get("state") or ""
        note(f"{at:%a %H:%M:%S} {name} {arguments} -> {said}")
        self.seen[f"{name} {answer.get('decision', '')}".strip()] += 1
        self.wait(self._look())
        if repeats is not None:
            assert answer == repeats, "the same key gave another answer"
            assert self.digest == before, "a repeated command changed something"
        self._judge(name, arguments, visits, answer)
        return answer

    def _judge(self, name: str, arguments: Row, before: dict[str, Row], answer: Row) -> None:
        """The law: whoever was let in or booked by this step fits, he and all that were there."""
        # A manager may, and whoever is found inside is inside.
        exempt = str(arguments.get("visit_id")) if name in ("admit", "enter", "slip") else None
        if name == "undo":
            exempt = self.undoing
        for area, maximum in self.caps.items():
            let_in = [
                visit_id
                for visit_id, visit in self.visits.items()
                if visit_id != exempt
                and heads_in(visit, area) > heads_in(before.get(visit_id), area)
            ]
            if let_in and name not in ("staff", "recount"):
                # Time had let these in before the command put the exempt one beside them.
                beside = heads_in(self.visits.get(exempt or ""), area)
                beside -= heads_in(before.get(exempt or ""), area)
                present = self.present(area) - max(beside, 0)
                assert present <= maximum, f"{present} in {area}: {let_in}"
        if name == "book" and "visit_id" in answer:
            self.wait(self._booking_fits(self.visits[str(answer["visit_id"])]))

    async def _booking_fits(self, visit: Row, later: Sequence[Any] = ()) -> None:
        usage = await self._fetch("select scope, cell, taken from queue.usage where office_id = $1")
        taken = Counter({(row["scope"], row["cell"]): row["taken"] for row in usage})
        for take in later:
            for cell in cells_of(take):
                taken[take["scope"], cell] -= take["amount"]
        planned = {plan["scope"]: plan["amount"] for plan in self.office.file["plans"]}
        limits = {scope: amount for scope, amount in planned.items() if scope[:6] != "staff:"}
        for area, maximum in self.caps.items():
            limits[f"area:{area}"] = maximum - planned.get(f"staff:{area}", 0)
        for take in visit["takes"]:
            for cell in cells_of(take) if take["scope"] in limits else ():
                assert taken[take["scope"], cell] <= limits[take["scope"]], (take, cell)

    async def _places(self) -> None:
        stays = await self._fetch(
            "select visit_id, stay_no, state, started_at, ended_at from queue.stay "
            "where office_id = $1 order by visit_id, stay_no"
        )
        by_visit: dict[UUID, list[Any]] = {}
        for stay in stays:
            by_visit.setdefault(stay["visit_id"], []).append(stay)
        for visit in self.visits.values():
            own = by_visit.get(visit["visit_id"], [])
            assert own, visit
            for stay, following in pairwise(own):
                assert stay["ended_at"] is not None, own
                assert stay["started_at"] <= stay["ended_at"] <= following["started_at"], own
            last = own[-1]
            if visit["over_at"] is None:
                assert last["ended_at"] is None, own
                assert last["state"] == visit["state"], own
                assert visit["state"] not in OVER, visit
            else:
                assert last["ended_at"] is not None or last["state"] in OVER, own
            unused = Counter(
                (take["service_no"], take["scope"]) for take in visit["takes"] if not take["used"]
            )
            assert visit["state"] not in OVER or not unused, visit
            assert all(times == 1 for times in unused.values()), unused
            if visit["state"] in ("called", "serving"):
                assert visit["counter_id"] is not None, visit

    def _uuid(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def _pass(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def _cell(self, cells: int) -> datetime:
        start = self.now.replace(minute=self.now.minute // 5 * 5, second=0, microsecond=0)
        return start + timedelta(minutes=5 * cells)

    def _area(self, which: int) -> str:
        areas = sorted(self.caps)
        return areas[which % len(areas)]

    def _counter(self, which: int) -> str:
        counters = [row["counter_id"] for row in self.office.file["counters"]]
        return counters[which % len(counters)]


def cells_of(take: Any) -> list[datetime]:
    minutes = range(0, int((take["to_cell"] - take["from_cell"]).total_seconds()) // 60, 5)
    return [take["from_cell"] + timedelta(minutes=n) for n in minutes]


def heads_in(visit: Row | None, area: str) -> int:
    return visit["heads"] if visit and visit["present"] and visit["stay_area"] == area else 0


def test_any_commands_at_any_times_keep_the_law(database: db.Database) -> None:
    Floor.database = database
    Floor.seen = Counter()
    # The same walks every time; PROPERTY_EXAMPLES=500 goes looking for new ones.
    more = os.environ.get("PROPERTY_EXAMPLES")
    settings = hypothesis.settings(
        max_examples=int(more or 8),
        stateful_step_count=40,
        deadline=None,
        derandomize=more is None,
        database=None,
        phases=PHASES,
        suppress_health_check=NO_HURRY,
    )
    run_state_machine_as_test(Floor, settings=settings)
    if more:
        for what, times in sorted(Floor.seen.items()):
            print(f"{times:6} {what}")
