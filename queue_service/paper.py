"""Asks the receipt printers between slips: staff know of empty paper before the next visitor."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from queue_service import commands, db, printing, reads
from queue_service.journal import told

EVERY = 5.0  # seconds; each printer is due 15 s after it was last heard of
AT_ONCE = 4

log = structlog.get_logger()


async def watch(pool: db.Pool, clock: db.Clock, every: float = EVERY) -> None:
    """For ever. A printer that hangs keeps three others going, and no slip waiting."""
    with ThreadPoolExecutor(AT_ONCE, "paper") as threads:
        while True:
            try:
                due = await reads.printers_to_look_at(pool, clock.now()) if clock.ready else []
                await asyncio.gather(*(_look(pool, clock, threads, one) for one in due))
            except db.Unavailable:
                pass  # whoever runs the service hears of it elsewhere
            except Exception as error:
                log.error("printers not looked at", error=told(error))
            await asyncio.sleep(every)


async def _look(
    pool: db.Pool, clock: db.Clock, threads: ThreadPoolExecutor, printer: Mapping[str, Any]
) -> None:
    office_id, printer_id, began = printer["office_id"], printer["printer_id"], clock.at()
    loop = asyncio.get_running_loop()
    seen = await loop.run_in_executor(threads, printing.look, printer["address"])
    what = printer_id, began, seen.problem, seen.paper
    await commands.look_at_printer(pool, office_id, clock.at(), *what)
