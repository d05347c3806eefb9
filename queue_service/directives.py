"""What an authority has directed is worked out and made, office by office, by the worker.

Each office is one transaction of its own. A worker that is killed in between leaves nothing half
done: what an office has is read from its own change, and trying again changes nothing twice.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog

from queue_service import commands, db, reads
from queue_service.events import Hub
from queue_service.journal import told

log = structlog.get_logger()

LOOK_EVERY = 1.0
AT_ONCE = 4  # offices; the lobbies need the database too
TRIES = 5  # before an office that cannot be reached is told of as failed


class Directives:
    def __init__(self, pool: db.Pool, clock: db.Clock, hub: Hub | None = None) -> None:
        self._pool, self._clock, self._hub = pool, clock, hub
        self._lost: Counter[tuple[str, int]] = Counter()

    async def run(self) -> None:
        while True:
            try:
                if self._clock.ready:
                    await self.carry_out()
            except db.Unavailable:
                pass  # it is still to be done when the database is back
            except Exception as error:
                log.error("directives not looked after", error=told(error))
            await asyncio.sleep(LOOK_EVERY)

    async def carry_out(self) -> int:
        """Everything there is to do now, some offices at a time; how many offices that were."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(work: Mapping[str, Any]) -> None:
            async with places:
                await self._office(work)

        found = await reads.directive_work(self._pool)
        async with asyncio.TaskGroup() as tasks:
            for work in found:
                tasks.create_task(one(work))
        return len(found)

    async def _office(self, work: Mapping[str, Any]) -> None:
        key = work["directive_id"], work["office_id"]
        try:
            problem = await (self._draft if work["wanted"] == "draft" else self._apply)(work)
            facts: Mapping[str, Any] = {}
        except db.Refused as refused:
            if refused.status == 503:
                return
            problem, facts = refused.code, refused.facts
        except db.Unavailable:
            self._lost[key] += 1
            if self._lost[key] < TRIES:
                return
            problem, facts = "unavailable", {}
        except Exception as error:
            log.error("directive failed", office=work["office_id"], error=told(error))
            problem, facts = "error", {}
        self._lost.pop(key, None)
        # The office itself was changed since it was worked out: that is done again at once, and
        # waits to be confirmed once more.
        wanted = "draft" if problem == "changed_meanwhile" else ""
        if problem in ("changed_meanwhile", "change_over"):
            problem = "list_changed" if problem == "changed_meanwhile" else ""
        await commands.note_directive(
            self._pool,
            self._clock.at(),
            UUID(work["directive_id"]),
            work["office_id"],
            wanted,
            problem,
            facts,
        )

    async def _draft(self, work: Mapping[str, Any]) -> str:
        await commands.draft_change(
            self._pool,
            work["office_id"],
            self._clock.at(),
            work["actor"],
            UUID(work["change_id"]),
            None,
            work["note"],
            work["most_days"],
            work["measure"],
        )
        return work["problem"] if work["problem"] == "list_changed" else ""

    async def _apply(self, work: Mapping[str, Any]) -> str:
        made = await commands.apply_change(
            self._pool,
            work["office_id"],
            self._clock.at(),
            work["actor"],
            None,
            UUID(work["change_id"]),
            work["seen"],
        )
        if self._hub is not None:
            self._hub.changed(work["office_id"])
        return "" if made["decision"] == "applied" else made["decision"]
