"""A manager confirms while a crowd books, cancels and moves: nobody is lost or moved unseen."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.changes import area_cap, closed, confirm, draft, most_expected
from tests.lobby import Answer, Lobby, moment
from tests.offices import File, make_office

pytestmark = pytest.mark.anyio

TIMES = [f"{h:02}:{m:02}" for h in (7, 8, 9, 10) for m in range(0, 60, 5) if (h, m) >= (7, 30)]
OVER = """
select f.scope, f.from_cell from queue.office as o cross join lateral queue._overfull(o, $2) as f
where o.office_id = $1
"""


@dataclass
class Crowd:
    """Each of them books for the coming days; some think better of it."""

    today: Lobby
    chance: random.Random
    standing: dict[str, datetime] = field(default_factory=dict[str, datetime])
    gone: set[str] = field(default_factory=set[str])
    refused: int = 0

    async def one(self, number: int) -> None:
        for again in range(4):
            there = Lobby(self.today.pool, self.today.office, days=self.chance.choice([1, 1, 2]))
            asked = there.request(
                self.chance.choice(TIMES),
                phone=f"+8491{number:03}{again:04}",
                party_size=self.chance.choice([1, 1, 2]),
            )
            [(said, facts)] = await self.today.book_group([asked], "09:01")
            if said != "booked":
                self.refused += 1
                continue
            self.standing[facts["visit_id"]] = moment(facts["starts_at"])
            await asyncio.sleep(0)
            await self._think_again(facts)

    async def _think_again(self, visit: Answer) -> None:
        what = self.chance.randrange(4)
        try:
            if what == 0:
                await self.today.do("cancel", "09:01", visit, "", actor="web")
                self.gone.add(visit["visit_id"])
            elif what == 1:
                to = self.today.office.at(self.chance.choice(TIMES), self.chance.choice([1, 2]))
                moved = await self.today.do("reschedule", "09:01", visit, to, actor="web")
                self.standing[visit["visit_id"]] = moment(moved["starts_at"])
        except Refused as refused:
            if refused.code not in ("slot_full", "not_a_slot", "closed_day"):
                raise


def fewer_counters(file: File) -> None:
    for row in file["plans"]:
        row["amount"] = min(row["amount"], 3)


@pytest.mark.parametrize(
    ("change", "cap"),
    [(area_cap(8), 8), (closed("2026-04-01"), 16), (fewer_counters, 16)],
    ids=["a lower cap", "a closed day", "fewer counters"],
)
async def test_a_confirmation_races_a_crowd(
    pool: Pool, owner: Connection, change: Any, cap: int
) -> None:
    office = await make_office(
        pool, planned=6, area_cap=16, hours=dict.fromkeys(range(1, 7), (("07:30", "11:00"),))
    )
    today = Lobby(pool, office)
    crowd = Crowd(today, random.Random(7))
    tomorrow = Lobby(pool, office, days=1)
    before = [tomorrow.request(at, phone=f"+84906{n:06}") for n, at in enumerate(TIMES * 4)]
    for said, facts in await today.book_group(before):
        if said == "booked":
            crowd.standing[facts["visit_id"]] = moment(facts["starts_at"])
    first = await draft(today, "09:00", change)
    assert len(first["moves"]) > 10

    async def manager() -> tuple[list[Answer], int]:
        seen, shown, looks = first["seen"], first["moves"], 0
        many = len(crowd.standing) + 12
        async with asyncio.timeout(60):
            while len(crowd.standing) < many:  # so that people have come in between
                await asyncio.sleep(0)
        while True:
            made = await confirm(today, "09:01", first, seen=seen)
            if made["decision"] == "applied":
                assert made["moves"] == shown  # what was confirmed, and nothing else
                return shown, looks
            assert made["decision"] == "list_changed"
            seen, shown, looks = made["seen"], made["moves"], looks + 1
            await asyncio.sleep(0.01)  # a manager looks at it

    confirming = asyncio.create_task(manager())
    await asyncio.gather(*(crowd.one(n) for n in range(30)))
    shown, looks = await confirming
    print(
        f"\n{len(crowd.standing)} booked, {len(shown)} moved, the list was shown {looks} times anew"
    )
    moved = {move["visit_id"]: move for move in shown}
    assert len(moved) == len(shown)
    for visit_id, own in crowd.standing.items():
        visit = await today.visit({"visit_id": visit_id})
        if visit_id in crowd.gone:
            assert visit["state"] == "cancelled"
            continue
        assert visit["state"] == "booked"
        move = moved.get(visit_id)
        if move is not None and move["starts_at"] and visit["revision"] == move["revision"] + 1:
            assert moment(visit["starts_at"]) == moment(move["starts_at"])
        else:
            assert moment(visit["starts_at"]) == own  # where they put it themselves
    assert all(move["starts_at"] for move in shown)
    assert await owner.fetch(OVER, office.office_id, today.at("09:02")) == []
    assert await most_expected(owner, office, "area:hall", today.at("09:02")) <= cap
    assert await today.differences("09:02") == []
