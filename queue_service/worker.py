"""What happens without being asked: time is settled where it is due, and jobs are done."""

import argparse
import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import structlog

from queue_service import commands, db, logs, reads
from queue_service.events import Hub
from queue_service.lifespan import service
from queue_service.metrics import JOBS
from queue_service.processes import when_starter_is_gone
from queue_service.settings import Settings

log = structlog.get_logger()

LOOK_EVERY = 0.5  # what time decides is written at most about a second late
AT_ONCE = 4  # offices
JOBS_AT_ONCE = 20  # of one office

# Kind of job → what does it; the answer is how it ended: done, retry or dead.
Carrier = Callable[[Mapping[str, Any]], Awaitable[str]]
CARRIERS: dict[str, Carrier] = {}


class Worker:
    def __init__(self, pool: db.Pool, clock: db.Clock, hub: Hub) -> None:
        self._pool, self._clock, self._hub = pool, clock, hub
        self._places = asyncio.Semaphore(AT_ONCE)
        self._busy: set[int] = set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                try:
                    for office_id in await reads.due_offices(self._pool, self._clock.now()):
                        # An office that is held up keeps no other waiting.
                        if office_id not in self._busy:
                            self._busy.add(office_id)
                            tasks.create_task(self._look_after(office_id))
                except db.Unavailable:
                    log.warning("the database is away")
                await asyncio.sleep(LOOK_EVERY)

    async def _look_after(self, office_id: int) -> None:
        try:
            async with self._places:
                if not self._clock.ready:
                    return
                await commands.settle(self._pool, office_id, self._clock.now())
                self._hub.changed(office_id)
                while await self._do_jobs(office_id):
                    pass
        except db.Unavailable:
            pass  # it is still due when the database is back
        except Exception as error:
            log.error("office not looked after", office=office_id, error=repr(error))
            await asyncio.sleep(5)
        finally:
            self._busy.discard(office_id)

    async def _do_jobs(self, office_id: int) -> bool:
        jobs = await commands.claim_jobs(self._pool, office_id, self._clock.now(), JOBS_AT_ONCE)
        for job in jobs:
            outcome = await self._do(office_id, job)
            JOBS.labels(job["kind"], outcome).inc()
            await commands.finish_job(
                self._pool, office_id, self._clock.now(), UUID(job["job_id"]), outcome
            )
        return len(jobs) == JOBS_AT_ONCE

    async def _do(self, office_id: int, job: Mapping[str, Any]) -> str:
        carrier = CARRIERS.get(job["kind"])
        if carrier is None:
            return "no_carrier"
        try:
            return await carrier(job)
        except Exception as error:
            log.error("job failed", office=office_id, kind=job["kind"], error=repr(error))
            return "retry"


async def work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    when_starter_is_gone(stop.set)
    async with service(settings) as state:
        worker = asyncio.create_task(
            Worker(state["pool"], state["clock"], state["hub"]).run(), name="worker"
        )
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([worker, stopped], return_when=asyncio.FIRST_COMPLETED)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


def arguments(parser: argparse.ArgumentParser) -> None:
    """`worker` takes no arguments."""


def command(_args: argparse.Namespace, settings: Settings) -> int:
    logs.set_up(settings.log_format)
    asyncio.run(work(settings))
    return 0
