"""Cut, heal, crash, lose words at any time: hub and box keep the law and agree at last."""

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
from msgspec import convert

from queue_service import commands, db, reads
from queue_service.db import Refused
from queue_service.group_commit import BookRequest
from tests.floors import Box, empty_database
from tests.lobby import Lobby, moment
from tests.offices import make_office

CAP, STAFF, COUNTERS = 8, 2, 4
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("book", "come", "walk", "call", "talk") * 2,
                *("come", "leave", "cancel", "move", "say", "recount"),
                *("rush_to_book", "rush_to_door", "pass", "cut") * 2,
                *("lost_word", "lost_answer", "heal", "take_back", "meet"),
            ]
        ),
        st.integers(0, 1000),
    ),
    min_size=30,
    max_size=60,
)


class Story:
    """One morning: what happens in which order is drawn, and every step is checked."""

    def __init__(self, box: Box) -> None:
        self.box, self.cut = box, False
        self.now = box.at("07:30")
        self.booked: list[dict[str, Any]] = []
        self.came: dict[str, tuple[str, str]] = {}  # who has a number, and since when

    def hub(self) -> Lobby:
        return self.box.hub

    async def step(self, what: str, which: int) -> None:
        self.now += timedelta(seconds=which % 50)
        with contextlib.suppress(Refused):
            await getattr(self, what)(which)

    async def book(self, which: int, many: int = 1) -> None:
        start = self.now.replace(minute=0, second=0) + timedelta(minutes=30 + which % 24 * 5)
        asked = {"starts_at": start.isoformat()}
        requests = [convert(self.hub().request("08:00") | asked, BookRequest) for _ in range(many)]
        answers = await commands.book_slots(
            self.box.hub_pool, self.box.office.office_id, self.now, requests
        )
        self.booked += [facts for _, outcome, facts in answers if outcome == "booked"]

    async def rush_to_book(self, which: int) -> None:
        """More than there are counters ask for the same time."""
        await self.book(12 + which % 8, COUNTERS + 1)

    def note(self, answer: dict[str, Any]) -> None:
        if (visit := answer["visit"]) and visit["number"]:
            self.came.setdefault(visit["visit_id"], (visit["number"], visit["arrived_at"]))

    async def come(self, which: int) -> None:
        """Somebody booked shows the ticket; the box believes it whether it has heard or not."""
        if not self.booked:
            return
        visit = self.booked[which % len(self.booked)]
        said = {
            "revision": visit["revision"],
            "services": [{"service": "copy", "quantity": 1}],
            "starts_at": visit["starts_at"],
            "ends_at": visit["ends_at"],
            "party_size": 1,
            "priority": "",
            "needs": [],
            "code": visit["code"],
        }
        await commands.adopt_booking(
            self.box.pool,
            self.box.office.office_id,
            self.now,
            "kiosk:door",
            visit["visit_id"],
            visit["token"],
            said,
        )
        self.note(
            await commands.arrive(
                self.box.pool,
                self.box.office.office_id,
                self.now,
                "kiosk:door",
                None,
                visit["visit_id"],
            )
        )

    def clock(self) -> str:
        return self.now.astimezone(self.box.office.zone).strftime("%H:%M:%S")

    async def walk(self, which: int) -> None:
        self.note(await self.box.floor.walk_in(self.clock()))

    async def rush_to_door(self, which: int) -> None:
        for _ in range(COUNTERS + 1):
            await self.walk(which)

    async def meet(self, which: int) -> None:
        """While the cable is cut, a time is sold out at the hub; then it comes, and a crowd."""
        self.cut = True
        start = self.now.replace(minute=self.now.minute // 5 * 5, second=0)
        start += timedelta(minutes=35)
        requests = [
            convert(self.hub().request("08:00") | {"starts_at": start.isoformat()}, BookRequest)
            for _ in range(COUNTERS + 1)
        ]
        answers = await commands.book_slots(
            self.box.hub_pool, self.box.office.office_id, self.now, requests
        )
        self.booked += [facts for _, outcome, facts in answers if outcome == "booked"]
        self.now = start - timedelta(minutes=which % 7 + 1)
        await self.rush_to_door(which)

    async def say(self, which: int) -> None:
        """Somebody booked has the code alone, and types it at the box."""
        if not self.booked:
            return
        code = self.booked[which % len(self.booked)]["code"]
        answer = await self.box.floor.arrive(self.clock(), code=code)
        if answer["reason"] == "service_needed":
            answer = await self.box.floor.walk_in(self.clock(), says_booked=code)
        self.note(answer)

    async def recount(self, which: int) -> None:
        await self.box.floor.do("recount", self.clock(), "hall", STAFF + which % (CAP - STAFF))

    async def present_at_hub(self) -> list[str]:
        """Who was in the room and when, as the hub has it."""
        office_id = self.box.office.office_id
        ledger = await reads.ledger(self.box.hub_pool, office_id, self.box.at("06:00"), self.now)
        return sorted(str(stay) for stay in ledger if stay["present"])

    async def take_back(self, which: int) -> None:
        """A manager thinks the box is broken; its last word comes late; then it begins anew."""
        if which % 4:
            return
        office_id = self.box.office.office_id
        word = await self.box.word(self.now)
        await self.box.take_back(self.now)
        await commands.settle(self.box.hub_pool, office_id, self.now)  # what time alone decides
        before = await self.present_at_hub()
        present = await self.box.hub.present(self.clock())
        answer = await self.box.tell(self.now, word)
        assert answer["lost"]
        assert await self.present_at_hub() == before
        assert await self.box.hub.present(self.clock()) == present
        said = await self.box.hear(self.now, answer)
        assert said["stopped"] == "lost"
        while (await self.box.word(self.now))["entries"]:
            await self.box.talk(self.now)
        with pytest.raises(Refused, match="floor_stopped"):
            await self.box.floor.walk_in(self.clock())
        await self.box.begin(self.now)
        self.cut = False

    async def call(self, which: int) -> None:
        counter = "12"[which % 2]
        office_id = self.box.office.office_id
        with contextlib.suppress(Refused):  # open already
            await commands.open_counter(self.box.pool, office_id, self.now, "clerk", None, counter)
        called = await commands.call_next(
            self.box.pool, office_id, self.now, "clerk", None, counter
        )
        for name in ("serve", "finish"):
            await getattr(commands, name)(
                self.box.pool, office_id, self.now, "clerk", None, called["visit_id"]
            )
        if which % 2:
            await commands.close_counter(self.box.pool, office_id, self.now, "clerk", None, counter)

    async def leave(self, which: int) -> None:
        self.now += timedelta(minutes=2)
        await commands.settle(self.box.pool, self.box.office.office_id, self.now)

    async def cancel(self, which: int) -> None:
        if self.booked:
            visit = self.booked[which % len(self.booked)]
            await commands.cancel(
                self.box.hub_pool,
                self.box.office.office_id,
                self.now,
                "web",
                None,
                visit["visit_id"],
            )

    async def move(self, which: int) -> None:
        if self.booked:
            visit = self.booked[which % len(self.booked)]
            start = self.now.replace(minute=0, second=0) + timedelta(hours=1 + which % 3)
            moved = await commands.reschedule(
                self.box.hub_pool,
                self.box.office.office_id,
                self.now,
                "web",
                None,
                visit["visit_id"],
                start,
            )
            visit |= {name: moved[name] for name in ("revision", "starts_at", "ends_at")}

    async def talk(self, which: int) -> None:
        if not self.cut:
            await self.box.talk(self.now)

    async def lost_word(self, which: int) -> None:
        """The box makes its word and is killed before anybody has it."""
        await self.box.word(self.now)

    async def lost_answer(self, which: int) -> None:
        """The hub has taken it in, and the answer never comes; the word may come twice."""
        word = await self.box.word(self.now)
        for _ in range(1 + which % 2):
            await self.box.tell(self.now, word)

    async def heal(self, which: int) -> None:
        self.cut = False
        await self.box.heal(self.now)

    async def pass_(self, which: int) -> None:
        self.now += timedelta(minutes=which % 40)


async def tell(box: Box, owners: list[db.Connection], steps: list[tuple[str, int]]) -> None:
    story = Story(box)
    await box.begin("07:29")
    for what, which in steps:
        if what == "cut":
            story.cut = True
        elif what == "pass":
            await story.pass_(which)
        else:
            await story.step(what, which)
        await the_law_holds(box, owners, story.now)
    for minutes in (3, 90):  # long enough for whoever never came to be missed
        story.now += timedelta(minutes=minutes)
        await commands.settle(box.pool, box.office.office_id, story.now)
        await box.heal(story.now)
    assert await box.hub.differences() == []
    assert await box.floor.differences() == []
    await the_hub_knows_all(box, owners)
    await every_arrival_is_there_once(box, owners, story)


async def the_law_holds(box: Box, owners: list[db.Connection], now: datetime) -> None:
    """Who is in fits; what both have sold and promised of every cell to come does, too."""
    at_hub, at_box = owners
    there = await at_box.fetchval(
        "select coalesce(sum(heads), 0) from queue.stay "
        "where office_id = $1 and ended_at is null and present and reason <> 'recount'",
        box.office.office_id,
    )
    assert there + STAFF <= CAP
    takes = (
        "select v.visit_id, v.booked and v.starts_at is not null as sold, g.cell "
        "from queue.visit as v cross join lateral unnest(v.takes) as t "
        "cross join lateral generate_series(t.from_cell, t.to_cell - interval '5 minutes', "
        "interval '5 minutes') as g (cell) "
        "where v.office_id = $1 and t.scope = 'queue:justice' and g.cell > $2 and not exists ("
        "  select from queue.says_booked as s "  # it stands on a place that counts as sold
        "  where s.office_id = v.office_id and s.visit_id = v.visit_id)"
    )
    sold = {
        (row["visit_id"], row["cell"])
        for row in await at_hub.fetch(takes, box.office.office_id, now)
        if row["sold"]
    }
    promised = {
        (row["visit_id"], row["cell"])
        for row in await at_box.fetch(takes, box.office.office_id, now)
        if not row["sold"]
    }
    cells = [cell for _, cell in sold | promised]
    assert all(cells.count(cell) <= COUNTERS for cell in set(cells)), sorted(cells)


async def the_hub_knows_all(box: Box, owners: list[db.Connection]) -> None:
    stays = (
        "select v.visit_id, v.number, v.state, s.stay_no, s.state, s.started_at, s.ended_at "
        "from queue.visit as v join queue.stay as s using (office_id, visit_id) "
        "where office_id = $1 and v.number is not null order by 1, 4"
    )
    hub, floor = [await one.fetch(stays, box.office.office_id) for one in owners]
    assert [tuple(row) for row in hub] == [tuple(row) for row in floor]
    # what happened at the box since it last began, each time it happened
    events = (
        "select at, actor, kind, visit_id from queue.event "
        "where office_id = $1 and kind = any ($2) order by 1, 2, 3, 4"
    )
    kinds = ["recount", "counter open", "counter closed"]
    at_hub, at_box = [
        [tuple(row) for row in await one.fetch(events, box.office.office_id, kinds)]
        for one in owners
    ]
    assert [row for row in at_hub if at_box and row[0] >= at_box[0][0]] == at_box


async def every_arrival_is_there_once(box: Box, owners: list[db.Connection], story: Story) -> None:
    """With its number and its time: among the visits, or with what came after a taking back."""
    rows = await owners[0].fetch(
        "select visit_id, number, arrived_at, state from queue.visit where office_id = $1",
        box.office.office_id,
    )
    late = await owners[0].fetch(
        "select body -> 'visit' as visit from queue.floor_late "
        "where office_id = $1 and kind = 'visit'",
        box.office.office_id,
    )
    known = {(str(row["visit_id"]), row["number"], row["arrived_at"]) for row in rows}
    told = [row["visit"] for row in late]
    known |= {
        (visit["visit_id"], visit["number"], moment(visit["arrived_at"] or visit["created_at"]))
        for visit in told
    }
    numbers = [(row["number"]) for row in rows if row["number"]]
    assert len(numbers) == len(set(numbers))
    for visit_id, (number, arrived_at) in story.came.items():
        assert (visit_id, number, moment(arrived_at)) in known
    gone = {str(row["visit_id"]): row["state"] for row in rows}
    assert [visit_id for visit_id in story.came if gone.get(visit_id) == "missed"] == []
    missed = await owners[0].fetch(
        "select b.visit_id from queue.says_booked as s "
        "join queue.visit as d using (office_id, visit_id) "
        "join queue.visit as b on b.office_id = s.office_id and b.code = s.code and b.day = d.day "
        "where s.office_id = $1 and b.state = 'missed'",
        box.office.office_id,
    )
    assert missed == []


async def _tell_all(database: db.Database, own: db.Database, steps: Any, seed: int) -> None:
    random.seed(seed)
    async with (
        db.connect(database.app_url, 2) as hub_pool,
        db.connect(own.app_url, 2) as box_pool,
        db.owner(database.owner_url) as at_hub,
        db.owner(own.owner_url) as at_box,
    ):
        office = await make_office(
            hub_pool,
            area_cap=CAP,
            staff=STAFF,
            planned=COUNTERS,
            rules={"walk_in_share": 50, "usual_wait_minutes": 0},
        )
        await tell(Box(hub_pool, box_pool, office), [at_hub, at_box], steps)


@pytest.fixture(scope="module")
def own(database: db.Database) -> Any:
    """A database for boxes, one office each."""
    loop = asyncio.new_event_loop()
    made: AsyncGenerator[db.Database, None] = _made(database)
    yield loop.run_until_complete(anext(made))
    loop.run_until_complete(made.aclose())
    loop.close()


async def _made(database: db.Database) -> AsyncGenerator[db.Database, None]:
    async with empty_database(database) as mine:
        yield mine


def test_hub_and_box_keep_the_law_whatever_becomes_of_the_cable(
    database: db.Database, own: db.Database
) -> None:
    more = os.environ.get("PROPERTY_EXAMPLES")

    @hypothesis.settings(
        max_examples=int(more or 6),
        deadline=None,
        derandomize=more is None,
        database=None,
        phases=[hypothesis.Phase.generate],  # a story cannot be told shorter: its clock runs on
        suppress_health_check=(hypothesis.HealthCheck.too_slow,),
    )
    @hypothesis.given(steps=STEPS, seed=st.integers(0, 2**16))
    def walk(steps: list[tuple[str, int]], seed: int) -> None:
        asyncio.run(_tell_all(database, own, steps, seed))

    walk()
