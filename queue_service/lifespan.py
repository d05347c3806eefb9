"""What all requests share, in the order in which it starts and stops; the worker shares it."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import structlog

from queue_service import commands, db
from queue_service.events import CHANNEL, Hub
from queue_service.group_commit import Groups
from queue_service.journal import Journal, told
from queue_service.limits import Limits
from queue_service.metrics import Counts
from queue_service.settings import Settings
from queue_service.speech import Voice

log = structlog.get_logger()

TALLY_EVERY = 5.0


@asynccontextmanager
async def service(settings: Settings) -> AsyncGenerator[dict[str, Any], None]:
    """The state of every request, as `web.Service` types it."""
    clock = db.Clock(timedelta(seconds=settings.clock_shift))
    with db.database(settings) as database:
        url = database.app_url
        async with db.connect(url, settings.database_pool) as pool, db.connect(url, 1) as telling:
            counts = Counts(Journal(quiet=settings.command_log == "off"))
            hub = Hub(pool, clock, counts)
            voice = Voice(settings.data_dir)
            groups = Groups(pool, clock, settings, counts, hub.changed)
            limits = Limits(pool, clock, settings)
            listener = db.Listener(url, CHANNEL, hub.heard, lambda: hub.heard(""))
            await clock.measure(pool)
            tasks = [
                _keep("clock", clock.keep(pool)),
                _keep("listener", listener.run()),
                _keep("telling", hub.keep_telling(telling)),
                _keep("glancing", hub.keep_glancing()),
                _keep("limits", limits.keep_sharing()),
                _keep("tally", _keep_tally(pool, clock, counts)),
            ]
            try:
                yield {
                    "pool": pool,
                    "clock": clock,
                    "settings": settings,
                    "hub": hub,
                    "groups": groups,
                    "limits": limits,
                    "voice": voice,
                    "offices": dict[str, int](),
                    "listener": listener,
                    "counts": counts,
                }
            finally:
                hub.close()
                voice.close()
                await groups.drain()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await _write_tally(pool, clock, counts)
                counts.journal.flush()


def _keep(name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_say_why)
    return task


def _say_why(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background task ended", task=task.get_name(), error=told(error))


async def _keep_tally(pool: db.Pool, clock: db.Clock, counts: Counts) -> None:
    while True:
        await asyncio.sleep(TALLY_EVERY)
        await _write_tally(pool, clock, counts)


async def _write_tally(pool: db.Pool, clock: db.Clock, counts: Counts) -> None:
    for office_id, rows in counts.take().items():
        try:
            await commands.tally(pool, office_id, clock.at(), rows)
        except (db.Unavailable, db.Refused):
            counts.put_back(office_id, rows)
        except (
            Exception
        ) as error:  # an office that is gone, or a fault of ours: its counts are not worth a stop
            log.warning("tally not written", office=office_id, error=told(error))
