"""Two machines with the units of deploy/ against one PostgreSQL: one service for everybody."""

import asyncio
import json
from collections import Counter
from datetime import datetime
from secrets import randbelow
from typing import Any
from uuid import uuid4

import pytest

from queue_service import db, reads
from tests.machines import Machine, line_to, machine, may_be_made
from tests.offices import ALWAYS, make_office
from tests.times import tomorrow

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(700)]

UNITS = ("queue-service-web@8001", "queue-service-web@8002", "queue-service-worker")
LEFT = 7

# Asks each of these addresses at once, and prints each answer; until all are ready, if told so.
ASK = """
import asyncio, json, sys, httpx2
async def main(asked):
    async with httpx2.AsyncClient(timeout=60) as client:
        async def one(url, body):
            while True:
                try:
                    answer = await (client.post(url, json=body) if body else client.get(url))
                    if not url.endswith("/readyz") or answer.status_code == 200:
                        return [answer.status_code, answer.json()]
                except httpx2.HTTPError:
                    pass
                await asyncio.sleep(0.2)
        print(json.dumps(await asyncio.gather(*(one(*each) for each in asked))))
asyncio.run(main(json.loads(sys.argv[1])))
"""
# Hangs on a board until it shows this version.
WATCH = """
import asyncio, json, sys, httpx2
async def main(url, version):
    async with httpx2.AsyncClient(timeout=60) as client, client.stream("GET", url) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: ") and json.loads(line[6:])["version"] >= version:
                return
asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


async def ask(there: Machine, *asked: tuple[str, dict[str, Any] | None]) -> list[Any]:
    async with asyncio.timeout(240):
        return json.loads(await there.run(ASK, json.dumps(asked)))


def site(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def wish(starts_at: datetime) -> dict[str, Any]:
    return {
        "booking_id": str(uuid4()),
        "service": "copy",
        "starts_at": starts_at.isoformat(),
        "name": "Trần Văn Bình",
        "phone": f"0905{randbelow(1_000_000):06}",
        "party_size": 1,
        "language": "vi",
    }


async def test_two_machines_are_one_service_and_one_goes_on_without_the_other(
    own: db.Database,
) -> None:
    may_be_made()
    async with db.connect(own.app_url) as pool, db.owner(own.owner_url) as owner:
        await go_on(own, pool, owner)


async def go_on(own: db.Database, pool: db.Pool, owner: db.Connection) -> None:
    office = await make_office(pool, planned=LEFT, area_cap=None, hours=ALWAYS)
    first = await tomorrow(pool, "09:00")
    path = f"/api/v1/offices/{office.slug}"
    async with (
        line_to(own.app_url) as line,
        machine("may-1", line, *UNITS) as one,
        machine("may-2", line, *UNITS) as other,
    ):
        ready: list[tuple[str, None]] = [(f"{site(port)}/readyz", None) for port in (8001, 8002)]
        await asyncio.gather(ask(one, *ready), ask(other, *ready))

        # a crowd at all four processes of both machines at once, for one time
        crowd = [
            [(f"{site(8001 + n % 2)}{path}/bookings", wish(first)) for n in range(10)]
            for _ in range(2)
        ]
        at_one, at_other = await asyncio.gather(ask(one, *crowd[0]), ask(other, *crowd[1]))
        answers = at_one + at_other
        told = Counter(answer.get("code", "") for status, answer in answers if status != 201)
        booked = [answer["code"] for status, answer in answers if status == 201]
        assert (len(set(booked)), told) == (LEFT, Counter({"slot_full": 20 - LEFT}))

        # the same order at the other machine is the same booking
        order = wish(await tomorrow(pool, "10:00"))
        [(_, here)] = await ask(one, (f"{site(8001)}{path}/bookings", order))
        [(_, there)] = await ask(other, (f"{site(8002)}{path}/bookings", order))
        assert here["code"] == there["code"]

        # what happens at one is on the boards of the other
        board = await reads.board(pool, office.office_id, first)
        hangs = other.run(WATCH, f"{site(8001)}{path}/board/stream", str(board["version"] + 1))
        watching = asyncio.create_task(hangs)
        later = f"{site(8001)}{path}/bookings"
        await ask(one, (later, wish(await tomorrow(pool, "11:00"))))
        await asyncio.wait_for(watching, 180)

        # the power of one fails: the other goes on, its worker too
        one.lose_power()
        last = wish(await tomorrow(pool, "12:00"))
        [(status, _)] = await ask(other, (f"{site(8002)}{path}/bookings", last))
        assert status == 201
        waiting = """select count(*) from queue.job
                     where office_id = $1 and kind = 'confirmation' and ended_at is null"""
        async with asyncio.timeout(180):
            while await owner.fetchval(waiting, office.office_id):
                await asyncio.sleep(0.3)
    assert await reads.check_office(pool, office.office_id, first) == []
