"""Printers are asked between slips, and no slip pays for it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from queue_service import db, paper, printing, reads
from tests.offices import File, Office, make_office
from tests.printers import Printer, network_printer, usb_printer
from tests.printing.test_ports import NOWHERE, slip
from tests.test_worker import clock_at

pytestmark = pytest.mark.anyio


@contextlib.asynccontextmanager
async def watching(pool: db.Pool, clock: db.Clock) -> AsyncGenerator[None, None]:
    task = asyncio.create_task(paper.watch(pool, clock, every=0.1))
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def office_with(pool: db.Pool, address: str) -> Office:
    def add(file: File) -> None:
        names = {"name_vi": "Máy in", "name_en": "Printer"}
        what = {"address": address, "paper_mm": 80, "dots": 576, "position": 0}
        file["printers"] = [{"printer_id": "door", **names, **what}]

    return await make_office(pool, change=add)


async def trouble(pool: db.Pool, office: Office, clock: db.Clock, wanted: str) -> None:
    async with asyncio.timeout(60):
        while True:
            known = await reads.devices(pool, office.office_id, clock.now())
            if known and known[0]["trouble"] == wanted:
                return
            await asyncio.sleep(0.1)


async def test_staff_learn_of_empty_paper_though_nobody_prints(pool: db.Pool) -> None:
    with network_printer(Printer(paper="out")) as printer:
        office = await office_with(pool, printer.address)
        clock = await clock_at(pool, office, "08:00")
        async with watching(pool, clock):
            await trouble(pool, office, clock, "paper_out")
            printer.paper = "low"
            clock.shift += timedelta(seconds=16)
            await trouble(pool, office, clock, "paper_low")
    assert printer.slips == []


def test_a_slip_waits_for_a_look_and_comes_out() -> None:
    """A printer that takes one connection at a time, or one opening of its device file."""
    for kind in (network_printer, usb_printer):
        with kind() as printer:
            looks = [printing.look(printer.address) for _ in range(3)]
            outcome = printing.deliver(printer.address, slip(), NOWHERE)
            assert looks == [printing.Outcome("", "ok")] * 3
            assert outcome == printing.Outcome("", "ok")
            assert len(printer.slips) == 1


def test_of_a_printer_that_never_answers_a_look_says_nothing() -> None:
    with network_printer(Printer(answers=False)) as printer:
        assert printing.look(printer.address) == printing.Outcome()
    assert printing.look("tcp://127.0.0.1:9") == printing.Outcome("unreachable")
