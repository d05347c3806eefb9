"""The line between a box and its hub: one word and its answer, again and again, cable or not.

Nothing here decides anything. What is told waits in the box's database until the hub says that it
has it, so this process may be killed, and the cable cut, at any moment.
"""

import argparse
import asyncio

import structlog

from queue_service import commands, db, logs, reads
from queue_service.hub_line import Answer, HubLine, NoAnswer
from queue_service.lifespan import service
from queue_service.processes import told_to_stop
from queue_service.settings import Settings

log = structlog.get_logger()

EVERY = 1.0  # seconds between two words when all is told
PAUSES = (0.5, 1.0, 2.0, 3.0)  # after the first, second … word without an answer
UNWELCOME = 10.0  # seconds until a hub that refused is asked again


class Talk:
    def __init__(self, pool: db.Pool, clock: db.Clock, line: HubLine, office_id: int) -> None:
        self._pool, self._clock, self._line, self._office_id = pool, clock, line, office_id
        self._unanswered = 0

    async def once(self) -> Answer:
        """One word and its answer; where the floor is then."""
        word = await commands.box_word(self._pool, self._office_id, self._clock.at())
        answer = await self._line.ask("POST", "floor/exchange", word)
        keys = answer.pop("keys", {})
        return await commands.box_heard(self._pool, self._office_id, self._clock.at(), answer, keys)

    async def until_told(self) -> Answer:
        """Until the hub has everything; raises NoAnswer when it does not answer."""
        while True:
            said = await self.once()
            if said["told"] and not said["more"]:
                word = await commands.box_word(self._pool, self._office_id, self._clock.at())
                if not word["entries"]:
                    return said

    async def turn(self) -> tuple[float, bool]:
        """One word, whatever comes of it: how long to wait, and whether something is new."""
        try:
            said = await self.once()
        except NoAnswer as why:
            if self._unanswered == 0:
                log.warning("the hub does not answer", why=str(why))
            self._unanswered += 1
            await commands.box_unheard(self._pool, self._office_id, self._clock.at(), why.trouble)
            if why.trouble != "away":
                return UNWELCOME, False
            return PAUSES[min(self._unanswered, len(PAUSES)) - 1], False
        if self._unanswered:
            log.info("the hub answers again", words=self._unanswered)
            self._unanswered = 0
        if said["stopped"] and said["told"]:
            await self._line.idle("floor_lost")
            return UNWELCOME, True
        return (EVERY if said["told"] and not said["more"] else 0.0), True


async def office_of(pool: db.Pool, slug: str) -> int | None:
    directory = await reads.directory(pool)
    return next((row["office_id"] for row in directory if row["slug"] == slug), None)


async def _keep_talking(settings: Settings) -> None:
    stop = told_to_stop()
    async with service(settings) as state, HubLine(settings) as line:
        office_id = await office_of(state["pool"], settings.box_office)
        if office_id is None:
            log.error("this box has never taken its floor", office=settings.box_office)
            return
        talk = Talk(state["pool"], state["clock"], line, office_id)
        while not stop.is_set():
            try:
                pause, new = await talk.turn()
                if new:
                    state["hub"].changed(office_id)
            except db.Unavailable as error:  # also a full disk: nothing is lost, it goes on after
                log.warning("the database is away", error=str(error))
                pause = PAUSES[1]
            except db.NotReady:
                pause = EVERY  # this machine slept, and does not know yet what o'clock it is
            if pause:
                with_pause = asyncio.create_task(stop.wait())
                await asyncio.wait([with_pause], timeout=pause)
                with_pause.cancel()


def arguments(parser: argparse.ArgumentParser) -> None:
    """`talk` takes no arguments: BOX_HUB, BOX_OFFICE and BOX_TOKEN are settings."""


def command(_args: argparse.Namespace, settings: Settings) -> int:
    logs.set_up(settings.log_format)
    asyncio.run(_keep_talking(settings))
    return 0
