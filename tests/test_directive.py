"""A directive at 18:00 is live in 94 offices at 18:05, and a worker that dies leaves none half."""

import asyncio
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from queue_service import db, reads
from tests.authority import confirm, direct, make_authority, measure, room, states, work
from tests.changes import messages
from tests.lobby import Lobby
from tests.offices import Office, make_office
from tests.service import start

pytestmark = pytest.mark.anyio

OFFICES = 94
FULL = 20  # people in the room of each, all day


async def full_office(pool: db.Pool) -> Office:
    """Every place of tomorrow is taken."""
    short = dict.fromkeys(range(1, 8), (("07:30", "09:00"),))
    office = await make_office(pool, planned=30, area_cap=FULL, hours=short)
    today, tomorrow = Lobby(pool, office), Lobby(pool, office, days=1)
    asked = [
        tomorrow.request(at, phone=f"+84905{n:06}")
        for n, at in enumerate(
            [f"{minute // 60:02}:{minute % 60:02}" for minute in range(450, 540, 5)] * FULL
        )
    ]
    await today.book_group(asked)
    return office


async def most_expected(owner: db.Connection, office: Office, day: datetime) -> int:
    return await owner.fetchval(
        "select coalesce(max(taken), 0) from queue.usage where office_id = $1 "
        "and scope = 'area:hall' and cell >= $2 and cell < $3",
        office.office_id,
        day,
        day + timedelta(days=1),
    )


@pytest.mark.timeout(900)
async def test_a_cap_from_20_to_10_over_full_days_is_live_in_94_offices_within_five_minutes(
    pool: db.Pool, owner: db.Connection
) -> None:
    offices = [await full_office(pool) for _ in range(OFFICES)]
    authority = await make_authority(pool, *offices)
    tomorrow, at = offices[0].at("00:00", 1), offices[0].at("18:00")
    booked = await owner.fetchval(
        "select count(*) from queue.visit where office_id = any($1) and state = 'booked'",
        [office.office_id for office in offices],
    )
    for office in offices:
        assert await most_expected(owner, office, tomorrow) == FULL

    began = time.monotonic()
    what = measure(room(10), "2026-04-01", "2026-04-10")
    directive_id = await direct(pool, authority, what, offices, at)
    await work(pool, at)
    worked_out = time.monotonic() - began
    await confirm(pool, directive_id, at)
    await work(pool, at)
    took = time.monotonic() - began

    shown = await reads.directive(pool, directive_id)
    assert shown is not None
    assert {row["state"] for row in shown["offices"]} == {"applied"}
    moved = sum(row["moves"] for row in shown["offices"])
    print(
        f"\n{OFFICES} offices, {booked} bookings, {moved} moved: worked out after "
        f"{worked_out:.1f} s, live after {took:.1f} s"
    )
    assert took < 300
    for office in offices:
        assert await most_expected(owner, office, tomorrow) == 10
        told = await messages(owner, office, "moved_by_office")
        none = await messages(owner, office, "no_new_time")
        assert len({row["visit_id"] for row in [*told, *none]}) == len(told) + len(none)
        assert await Lobby(pool, office).differences("18:10") == []
    kept = await owner.fetchval(
        "select count(*) from queue.visit where office_id = any($1) and state = 'booked'",
        [office.office_id for office in offices],
    )
    assert kept == booked  # nobody is lost
    assert moved > OFFICES * 40


async def test_a_worker_killed_in_the_midst_leaves_each_office_wholly_or_not_at_all(
    pool: db.Pool, owner: db.Connection, database: db.Database, tmp_path: Path
) -> None:
    offices = [await full_office(pool) for _ in range(16)]
    authority = await make_authority(pool, *offices)
    at = offices[0].at("18:00")
    directive_id = await direct(pool, authority, measure(room(10), "2026-04-01"), offices, at)
    await work(pool, at)
    await confirm(pool, directive_id, at)

    async def having() -> set[str]:
        found = await states(pool, directive_id)
        return {slug for slug, state in found.items() if state == "applied"}

    shift = round((at - datetime.now(UTC)).total_seconds())
    told = {"DATABASE_URL": database.app_url, "CLOCK_SHIFT": str(shift)}
    for sign in (signal.SIGKILL, signal.SIGTERM):
        worker = start(tmp_path, told, ["worker"])
        try:
            async with asyncio.timeout(100):
                enough = 2 if sign == signal.SIGKILL else len(offices)
                while len(await having()) < enough:
                    await asyncio.sleep(0.05)
        finally:
            worker.send_signal(sign)
            await asyncio.to_thread(worker.wait, 20)
        for office in offices:
            file = await reads.office_file(pool, office.office_id)
            assert file is not None
            capped = any(row["cap_id"].startswith("measure") for row in file["caps"])
            messaged = await messages(owner, office, "moved_by_office")
            assert capped == (office.slug in await having()) == bool(messaged)
            assert len({row["visit_id"] for row in messaged}) == len(messaged)
    assert await having() == {office.slug for office in offices}
