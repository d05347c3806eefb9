"""What is reckoned in memory while a change is thought over is what a booking would be told."""

import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool
from tests.lobby import Lobby
from tests.offices import DAY, make_office

pytestmark = pytest.mark.anyio

BOTH = """
with o as (select o from queue.office as o where o.office_id = $1),
s as (select o, queue._scopes(o) as scopes from o),
day as (select s.*, d.* from s cross join lateral queue._sheet(s.o, $2, s.scopes) as d)
select (queue._room(d.o, t.takes, $5)).cap as asked,
  queue._short(d.room, d.most, queue._spots(d.o, t.takes, d.scopes, $2, d.room,
    '[0:0]={0}'::integer[], array_fill(d.opens, array[1], array[0]),
    array_fill(d.cells, array[1], array[0]))) as reckoned
from day as d cross join lateral (select queue._takes(d.o, $3, $4, $5) as takes) as t
"""


@pytest.mark.parametrize("seed", range(6))
async def test_the_sheet_of_a_day_says_what_every_single_question_would(
    pool: Pool, owner: Connection, seed: int
) -> None:
    chance = random.Random(seed)
    office = await make_office(
        pool,
        planned={"justice": 3, "permits": 2},
        pool_id=chance.choice([None, "all"]),
        area_cap=chance.choice([5, 9, None]),
        hour_cap=chance.choice([2, 4, None]),
        hour_rule=chance.choice(["clock", "any-60-minutes"]),
        hour_scope=chance.choice(["queue:*", "branch"]),
        staff=1,
        hours=dict.fromkeys(range(1, 7), (("07:30", "09:00"), ("09:30", "10:30"))),
    )
    today, tomorrow = Lobby(pool, office), Lobby(pool, office, days=1)
    if seed % 2:  # with a box at the office, bookings have a share of each place
        await commands.take_floor(
            pool, office.office_id, today.at("07:00"), "box:test", uuid4(), "Hộp 1"
        )
    times = [f"{h:02}:{m:02}" for h in (7, 8, 9) for m in range(0, 60, 5) if (h, m) >= (7, 30)]
    for n in range(40):
        asked = tomorrow.request(
            chance.choice(times), party_size=chance.randint(1, 2), phone=f"+849055{n:05}",
            services=services(chance),
        )  # fmt: skip
        await today.book_group([asked])
    answers: set[Any] = set()
    for at in times:
        for _ in range(4):
            what, heads = services(chance), chance.randint(1, 3)
            day = DAY + timedelta(days=1)
            row = await owner.fetchrow(BOTH, office.office_id, day, what, tomorrow.at(at), heads)
            assert row is not None
            assert row["asked"] == row["reckoned"], (at, what, heads)
            answers.add(row["asked"])
    assert len(answers) > 1


def services(chance: random.Random) -> list[dict[str, object]]:
    chosen = chance.sample(["copy", "record", "permit"], chance.randint(1, 2))
    return [{"service": one, "quantity": chance.randint(1, 2)} for one in chosen]
