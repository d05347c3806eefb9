"""What is due happens by itself, and an office that is held up keeps no other waiting."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from queue_service import commands, db, reads
from queue_service.events import Hub
from queue_service.group_commit import Groups
from queue_service.metrics import Counts
from queue_service.sender import Sender
from queue_service.settings import Settings
from queue_service.worker import Worker
from tests import alone
from tests.bookings import booking
from tests.offices import Office, make_office
from tests.times import Machine

pytestmark = pytest.mark.anyio
pool, owner = alone.pool, alone.owner


@contextlib.asynccontextmanager
async def working(pool: db.Pool, at: db.Clock) -> AsyncGenerator[None, None]:
    task = asyncio.create_task(Worker(pool, at, Hub(pool, at, Counts()), Sender(pool, at)).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def clock_at(pool: db.Pool, office: Office, time: str) -> db.Clock:
    clock = db.Clock()
    await clock.measure(pool)
    clock.shift = office.at(time) - clock.now()
    return clock


async def booked(pool: db.Pool, office: Office, phone: str = "") -> str:
    clock = await clock_at(pool, office, "07:00")
    groups = Groups(pool, clock, Settings())
    request = booking(office.at("09:00"), phone=phone)
    return (await groups.book(office.office_id, request))["visit_id"]


async def state(owner: db.Connection, visit_id: str) -> str:
    return await owner.fetchval("select state from queue.visit where visit_id = $1", visit_id)


async def test_who_did_not_come_is_missed_without_anybody_asking(
    pool: db.Pool, owner: db.Connection
) -> None:
    office = await make_office(pool)
    visit_id = await booked(pool, office)
    clock = await clock_at(pool, office, "09:10")
    clock.shift += timedelta(seconds=2)
    async with working(pool, clock), asyncio.timeout(30):
        while await state(owner, visit_id) != "missed":
            await asyncio.sleep(0.05)


async def test_a_worker_that_may_be_off_settles_nothing(
    pool: db.Pool, owner: db.Connection
) -> None:
    office = await make_office(pool)
    visit_id = await booked(pool, office)
    machine = Machine()
    clock = db.Clock(wall=machine.wall, steady=machine.steady)
    await clock.measure(pool)
    clock.shift = office.at("09:11") - clock.now()
    machine.set_by = timedelta(seconds=3)
    async with working(pool, clock):
        await asyncio.sleep(1.5)
        assert await state(owner, visit_id) == "booked"
        await clock.measure(pool)
        async with asyncio.timeout(30):
            while await state(owner, visit_id) != "missed":
                await asyncio.sleep(0.05)


async def test_without_a_carrier_a_message_stays_in_the_outbox(
    pool: db.Pool, owner: db.Connection
) -> None:
    office = await make_office(pool)
    await booked(pool, office, phone="+84905123456")
    async with working(pool, await clock_at(pool, office, "07:01")), asyncio.timeout(30):
        while True:
            rows = await owner.fetch(
                "select kind, outcome, ended_at from queue.job "
                "where office_id = $1 and kind = 'confirmation'",
                office.office_id,
            )
            if rows and all(row["ended_at"] for row in rows):
                break
            await asyncio.sleep(0.05)
    assert [(row["kind"], row["outcome"]) for row in rows] == [("confirmation", "done")]
    carriers = await owner.fetch(
        "select carrier, outcome from queue.sending where office_id = $1", office.office_id
    )
    assert [tuple(row) for row in carriers] == [("outbox", "accepted")]


async def test_an_office_held_up_keeps_no_other_from_being_settled(
    pool: db.Pool, owner: db.Connection
) -> None:
    slow, quick = await make_office(pool), await make_office(pool)
    await booked(pool, slow)
    visit_id = await booked(pool, quick)
    clock = await clock_at(pool, quick, "09:11")
    async with owner.transaction():
        await owner.execute(
            "select from queue.office_state where office_id = $1 for update", slow.office_id
        )
        async with working(pool, clock), asyncio.timeout(30):
            while await state(owner, visit_id) != "missed":
                await asyncio.sleep(0.05)
    assert await reads.due_offices(pool, clock.now()) is not None
    assert await commands.settle(pool, slow.office_id, clock.now())


async def test_the_figures_of_a_day_are_counted_without_anybody_asking(
    pool: db.Pool, owner: db.Connection
) -> None:
    office = await make_office(pool)
    await booked(pool, office)
    await commands.settle(pool, office.office_id, office.at("09:15"))
    async with working(pool, await clock_at(pool, office, "09:16")), asyncio.timeout(60):
        while not await owner.fetchval(
            "select missed from queue.day_figure where office_id = $1 and per = 'office'",
            office.office_id,
        ):
            await asyncio.sleep(0.05)
