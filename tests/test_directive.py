"""A directive at 18:00 is live in 94 offices at 18:05, and a worker that dies leaves none half."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from queue_service import commands, db, reads
from queue_service.group_commit import Groups
from queue_service.settings import Settings
from queue_service.texts.conversation import Conversation, Message
from tests import alone
from tests.authority import (
    Still,
    confirm,
    direct,
    in_force,
    make_authority,
    measure,
    room,
    states,
    work,
)
from tests.changes import messages
from tests.lobby import Lobby
from tests.offices import Office, make_office
from tests.service import start

pytestmark = pytest.mark.anyio
pool, owner = alone.pool, alone.owner

OFFICES = 94
FULL = 20  # people in the room of each, all day


async def full_office(pool: db.Pool) -> Office:
    """Every place of tomorrow is taken."""
    short = dict.fromkeys(range(1, 8), (("07:30", "09:00"),))
    office = await make_office(pool, planned=30, area_cap=FULL, hours=short)
    today, tomorrow = Lobby(pool, office), Lobby(pool, office, days=1)
    asked = [
        tomorrow.request(at, phone=f"+8490{office.office_id:04}{n:03}")
        for n, at in enumerate(
            [f"{minute // 60:02}:{minute % 60:02}" for minute in range(450, 540, 5)] * FULL
        )
    ]
    await today.book_group(asked)
    return office


async def moved_people(owner: db.Connection, offices: Sequence[Office]) -> Sequence[db.Row]:
    """Who has been given another time."""
    return await owner.fetch(
        "select m.office_id, m.visit_id, v.phone, m.revision, m.starts_at from queue.change_move m "
        "join queue.visit v using (office_id, visit_id) where office_id = any($1) "
        "and m.starts_at is not null order by 1, 2",
        [office.office_id for office in offices],
    )


async def together(works: Iterable[Awaitable[None]], at_once: int = 8) -> None:
    places = asyncio.Semaphore(at_once)

    async def one(work: Awaitable[None]) -> None:
        async with places:
            await work

    await asyncio.gather(*map(one, works))


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

    # the next morning every fifth of them says yes
    people = (await moved_people(owner, offices))[::5]
    morning, began = offices[0].at("07:00", 1), time.monotonic()

    async def agree(row: db.Row) -> None:
        await commands.answer_change(
            pool, row["office_id"], morning, "ticket", None, row["visit_id"]
        )

    await together(map(agree, people))
    print(f"{len(people)} agreed in {time.monotonic() - began:.1f} s")
    shown = await reads.directive(pool, directive_id)
    assert shown is not None
    assert shown["answers"] == {"accepted": len(people), "": moved - len(people)}


async def test_a_worker_killed_in_the_midst_leaves_each_office_wholly_or_not_at_all(
    pool: db.Pool, owner: db.Connection, own: db.Database, tmp_path: Path
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
    told = {"DATABASE_URL": own.app_url, "CLOCK_SHIFT": str(shift)}
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


async def test_people_of_many_offices_answer_and_the_authority_sees_what(
    pool: db.Pool, owner: db.Connection
) -> None:
    offices = [await full_office(pool) for _ in range(8)]
    authority = await make_authority(pool, *offices)
    at, later = offices[0].at("18:00"), offices[0].at("18:10")
    directive_id = await in_force(
        pool, authority, measure(room(10), "2026-04-01", "2026-04-01"), offices, at
    )
    people = await moved_people(owner, offices)
    assert len(people) > len(offices) * 30
    clock = cast("db.Clock", Still(later))
    talk = Conversation(pool, clock, Groups(pool, clock, Settings()))
    wanted: Counter[str] = Counter()

    async def answer(n: int, row: db.Row) -> None:
        number, visit_id = row["office_id"], row["visit_id"]
        said = ""
        match n % 4:
            case 0:
                await commands.answer_change(pool, number, later, "ticket", None, visit_id)
                said = "accepted"
            case 1 if n % 24 == 1:  # a few by text: each reads the names of all offices here
                reply = await talk.answer(Message("gateway", f"{visit_id}", row["phone"], "CO"))
                assert reply.understood
                said = "accepted"
            case 2:
                await commands.cancel(pool, number, later, "web", None, visit_id, "")
                said = "cancelled"
            case 3:
                to = row["starts_at"] + timedelta(days=2)  # a day that nobody has been moved to
                await commands.reschedule(pool, number, later, "web", None, visit_id, to)
                said = "moved"
            case _:
                pass
        wanted[said] += 1

    await together(answer(n, row) for n, row in enumerate(people))
    none = await owner.fetchval(
        "select count(*) from queue.change_move where office_id = any($1) and starts_at is null",
        [office.office_id for office in offices],
    )
    wanted[""] += none
    shown = await reads.directive(pool, directive_id)
    assert shown is not None
    assert shown["answers"] == {said: n for said, n in wanted.items() if n}
    assert min(wanted["accepted"], wanted["cancelled"], wanted["moved"]) > len(offices) * 5
    day = offices[0].at("00:00", 1)
    for office in offices:
        assert await most_expected(owner, office, day) <= 10
        assert await Lobby(pool, office).differences("18:20") == []
