"""What happens without being asked: time is settled where it is due, and jobs are done."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import structlog

from queue_service import commands, db, logs, paper, reads
from queue_service.directives import Directives
from queue_service.events import Hub
from queue_service.journal import QUIET, Journal, told
from queue_service.lifespan import service
from queue_service.metrics import JOBS
from queue_service.outgoing.installed import carriers
from queue_service.outgoing.kinds import KINDS
from queue_service.processes import told_to_stop
from queue_service.retention import keep_forgetting
from queue_service.sender import Ended, Sender
from queue_service.settings import Settings

log = structlog.get_logger()

LOOK_EVERY = 0.5  # what time decides is written at most about a second late
AT_ONCE = 4  # offices
JOBS_AT_ONCE = 20  # of one office
COUNT_EVERY = 30.0  # figures of a day are some minutes old, never the lobby's hurry
DAYS_AT_ONCE = 7  # in one transaction
SENDING_AT_ONCE = 20  # of all: a worker that is killed leaves no more messages than these in doubt


class Worker:
    def __init__(
        self, pool: db.Pool, clock: db.Clock, hub: Hub, sender: Sender, journal: Journal = QUIET
    ) -> None:
        self._pool, self._clock, self._hub, self._sender = pool, clock, hub, sender
        self._journal = journal
        self._places = asyncio.Semaphore(AT_ONCE)
        self._sending = asyncio.Semaphore(SENDING_AT_ONCE)
        self._settling: set[int] = set()
        self._working: set[int] = set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_counting())
            while True:
                try:
                    due = await reads.due_offices(self._pool, self._clock.now())
                except db.Unavailable:
                    log.warning("the database is away")
                    due = []
                for office_id in due if self._clock.ready else ():
                    # An office that is held up keeps no other waiting, a carrier that is slow no
                    # office.
                    if office_id not in self._settling:
                        tasks.create_task(self._alone(self._settling, office_id, self._settle))
                    if office_id not in self._working:
                        tasks.create_task(self._alone(self._working, office_id, self._do_jobs))
                await asyncio.sleep(LOOK_EVERY)

    async def _keep_counting(self) -> None:
        """The figures of days, one office after another: nobody waits for them."""
        while True:
            try:
                for office_id in await reads.uncounted_offices(self._pool, self._clock.now()):
                    await self._count(office_id)
            except (db.Unavailable, db.Refused):
                pass  # they are counted the next time
            except Exception as error:
                log.error("days not counted", error=told(error))
            await asyncio.sleep(COUNT_EVERY)

    async def _count(self, office_id: int) -> None:
        more = True
        while more:
            at = self._clock.at()
            counted = await commands.count_days(self._pool, office_id, at, DAYS_AT_ONCE)
            more = counted["more"]

    async def _alone(
        self, busy: set[int], office_id: int, work: Callable[[int], Awaitable[None]]
    ) -> None:
        busy.add(office_id)
        try:
            await work(office_id)
        except db.Unavailable:
            pass  # it is still due when the database is back
        except Exception as error:
            log.error("office not looked after", office=office_id, error=told(error))
            await asyncio.sleep(5)
        finally:
            busy.discard(office_id)

    async def _settle(self, office_id: int) -> None:
        async with self._places:
            await commands.settle(self._pool, office_id, self._clock.at())
            self._hub.changed(office_id)

    async def _do_jobs(self, office_id: int) -> None:
        """All that is due, so many at once; a place that falls free is taken by the next."""
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                free = JOBS_AT_ONCE - len(running)
                jobs = await commands.claim_jobs(self._pool, office_id, self._clock.at(), free)
                running |= {asyncio.create_task(self._do(office_id, job)) for job in jobs}
                if not running:
                    return
                done, running = await asyncio.wait(
                    running, timeout=LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _do(self, office_id: int, job: Mapping[str, Any]) -> None:
        started = time.perf_counter()
        try:
            ended = await self._send(office_id, job)
            await commands.finish_job(
                self._pool,
                office_id,
                self._clock.at(),
                UUID(job["job_id"]),
                job["attempts"],
                ended.outcome,
                ended.not_before,
                ended.error,
            )
        except db.Refused:
            return  # another worker has it by now
        JOBS.labels(job["kind"], ended.outcome).inc()
        ms = round((time.perf_counter() - started) * 1000, 1)
        line = {"job": job["kind"], "office": office_id, "outcome": ended.outcome, "ms": ms}
        self._journal.add(line)

    async def _send(self, office_id: int, job: Mapping[str, Any]) -> Ended:
        if job["kind"] not in KINDS:
            return Ended("unknown_kind")
        try:
            async with self._sending:
                return await self._sender.do(office_id, job)
        except (db.Unavailable, db.Refused):
            raise
        except Exception as error:
            # Its kind and no more: what went wrong may have the message in it.
            name = type(error).__name__
            log.error("job failed", office=office_id, kind=job["kind"], error=name)
            return Ended("retry", error=name)


async def work(settings: Settings) -> None:
    stop = told_to_stop()
    async with service(settings) as state:
        pool, clock = state["pool"], state["clock"]
        demo = settings.demo == "on"
        sender = Sender(pool, clock, carriers(settings), settings.public_url, told=demo)
        worker = asyncio.create_task(
            Worker(pool, clock, state["hub"], sender, state["counts"].journal).run(), name="worker"
        )
        printers = asyncio.create_task(paper.watch(pool, clock), name="printers")
        directing = asyncio.create_task(
            Directives(pool, clock, state["hub"]).run(), name="directing"
        )
        forgetting = asyncio.create_task(keep_forgetting(pool, clock), name="forgetting")
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([worker, printers, stopped], return_when=asyncio.FIRST_COMPLETED)
        for task in (worker, printers, directing, forgetting):
            task.cancel()
        await asyncio.gather(worker, printers, directing, forgetting, return_exceptions=True)
        await sender.close()


def arguments(parser: argparse.ArgumentParser) -> None:
    """`worker` takes no arguments."""


def command(_args: argparse.Namespace, settings: Settings) -> int:
    logs.set_up(settings.log_format)
    asyncio.run(work(settings))
    return 0
