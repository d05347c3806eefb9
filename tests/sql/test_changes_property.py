"""Changes by chance over books by chance: no cap passed, nobody lost, nothing given twice."""

import random
from typing import Any
from uuid import UUID

import pytest

from queue_service import reads
from queue_service.db import Connection, Pool
from tests.changes import confirm, draft
from tests.lobby import Answer, Lobby, moment
from tests.offices import File, make_office

pytestmark = pytest.mark.anyio

OVER = """
select f.scope, f.from_cell from queue.office as o cross join lateral queue._overfull(o, $2) as f
where o.office_id = $1
"""


def change(chance: random.Random, file: File) -> None:
    kind = chance.randrange(5)
    if kind == 0:
        for row in file["caps"]:
            row["maximum"] = chance.randint(1, row["maximum"])
    elif kind == 1:
        day = f"2026-04-0{chance.randint(1, 3)}"
        file["closures"].append({"day": day, "name_vi": "Nghỉ", "name_en": "Closed"})
    elif kind == 2:
        day = f"2026-04-0{chance.randint(1, 3)}"
        file["special_openings"].append({"day": day, "opens": "08:00", "closes": "09:00"})
    elif kind == 3:
        for row in file["plans"]:
            if row["scope"] == "queue:justice":
                row["amount"] = 1
    else:
        for row in file["caps"]:
            row |= {"valid_from": "2026-04-02", "maximum": max(2, row["maximum"] // 2)}


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_is_changed_nobody_is_over_a_cap_or_lost(
    pool: Pool, owner: Connection, seed: int
) -> None:
    chance = random.Random(seed)
    office = await make_office(
        pool,
        planned={"justice": 3, "permits": 1},
        area_cap=chance.choice([6, 12, None]),
        hour_cap=chance.choice([None, 6]),
        hour_rule=chance.choice(["clock", "any-60-minutes"]),
        hours=dict.fromkeys(range(1, 7), (("07:30", "10:30"),)),
    )
    today = Lobby(pool, office)
    booked: dict[str, Answer] = {}
    for day in (1, 2, 3):
        there = Lobby(pool, office, days=day)
        for n in range(40):
            at = f"{chance.choice(['07', '08', '09'])}:{chance.choice(range(30, 60, 5)):02}"
            services = chance.sample(["copy", "record", "permit"], chance.randint(1, 2))
            asked = there.request(
                at,
                services=[{"service": one, "quantity": 1} for one in services],
                party_size=chance.randint(1, 3),
                phone=f"+8490{seed}{day}{n:05}",
            )
            [(said, facts)] = await today.book_group([asked])
            if said == "booked":
                booked[facts["visit_id"]] = facts
    assert len(booked) > 15

    before = await reads.office_file(pool, office.office_id)
    drafted = await draft(today, "07:30", lambda file: change(chance, file))
    refused = await confirm(today, "07:31", drafted, seen="another list")
    assert refused["decision"] == "list_changed"
    assert await reads.office_file(pool, office.office_id) == before
    for visit_id, facts in booked.items():
        assert await time_of(today, visit_id) == moment(facts["starts_at"])

    made = await confirm(today, "07:32", {**drafted, "seen": refused["seen"]})
    assert made["decision"] == "applied"
    moved = {move["visit_id"]: move for move in made["moves"]}
    assert len(moved) == len(made["moves"])
    unplaced = [move for move in made["moves"] if move["starts_at"] is None]
    if not unplaced:
        assert await owner.fetch(OVER, office.office_id, today.at("07:33")) == []
    for visit_id, facts in booked.items():
        wanted = moved[visit_id]["starts_at"] if visit_id in moved else facts["starts_at"]
        assert await time_of(today, visit_id) == moment(wanted or facts["starts_at"])
    assert await today.differences("07:33") == []
    again = await draft(today, "07:34", lambda file: None)
    left = {move["visit_id"] for move in again["moves"]}
    assert left <= {move["visit_id"] for move in unplaced}


async def time_of(lobby: Lobby, visit_id: str) -> Any:
    seen = await reads.visit(lobby.pool, lobby.office.office_id, lobby.at("07:31"), UUID(visit_id))
    assert seen is not None
    assert seen["state"] == "booked"
    return moment(seen["starts_at"])
