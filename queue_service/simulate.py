"""Made-up visitors come, wait, are served and leave, so that a demonstration's screens live."""

import argparse
import asyncio
import random
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog

from queue_service import commands, db, logs, reads
from queue_service.events import Hub
from queue_service.group_commit import BookRequest, Groups, Wanted
from queue_service.journal import told
from queue_service.lifespan import service
from queue_service.processes import told_to_stop
from queue_service.settings import Settings

log = structlog.get_logger()

ACTOR = "clerk:simulation"
TICK = 1.0  # seconds
WALKS_IN = 1 / 15  # visitors a second and office
BOOKS = 1 / 60
IS_SERVED = 1 / 45  # of those at a counter, a second
ANSWERS = 1 / 6
DOES_NOT_ANSWER = 1 / 300


class Simulation:
    """One office's day; it only ever does what people there could do."""

    def __init__(self, state: Mapping[str, Any], office_id: int) -> None:
        self._pool: db.Pool = state["pool"]
        self._clock: db.Clock = state["clock"]
        self._hub: Hub = state["hub"]
        self._groups: Groups = state["groups"]
        self._office_id = office_id
        self._chance = random.Random(office_id)
        self._expected: list[tuple[UUID, datetime]] = []

    async def run(self) -> None:
        while True:
            try:
                await self._tick()
            except db.Unavailable:
                pass
            except Exception as error:
                log.warning("simulation", office=self._office_id, error=told(error))
                await asyncio.sleep(5)
            await asyncio.sleep(TICK * self._chance.uniform(0.7, 1.3))

    async def _tick(self) -> None:
        now = self._clock.now()
        office = await reads.office(self._pool, self._office_id, now)
        if not office["open_now"]:
            await asyncio.sleep(20)
            return
        services = [
            one for one in await reads.services(self._pool, self._office_id, now) if one["bookable"]
        ]
        if services and self._chance.random() < WALKS_IN:
            await self._walk_in(self._chance.choice(services))
        if services and self._chance.random() < BOOKS:
            await self._book(self._chance.choice(services))
        await self._keep_appointments()
        line = await reads.queue(self._pool, self._office_id, now)
        invited = [visit for area in line["door"] for visit in area["invited"]]
        for visit in invited:
            if self._chance.random() < ANSWERS:
                await self._try(commands.enter, UUID(visit["visit_id"]))
        for counter in office["counters"]:
            await self._work_at(counter["counter"])

    async def _walk_in(self, service: Mapping[str, Any]) -> None:
        answer = await self._try(
            commands.walk_in,
            uuid4(),
            [{"service": service["service"], "quantity": 1}],
            self._party(),
            "elderly" if self._chance.random() < 0.1 else "",
            [],
            "",
            "",
            "vi",
            "kiosk",
            secrets.token_hex(16),
            secrets.randbelow(90_000),
        )
        if answer and answer.get("visit"):
            await self._try(commands.slip, UUID(answer["visit"]["visit_id"]), "printed")

    async def _book(self, service: Mapping[str, Any]) -> None:
        now = self._clock.now()
        wanted = [{"service": service["service"], "quantity": 1}]
        slots = await reads.slots(
            self._pool, self._office_id, now, wanted, now.astimezone().date(), 2
        )
        free = [slot for slot in slots if slot["left"] > 0][:40]
        if not free:
            return
        slot = self._chance.choice(free)
        request = BookRequest(
            booking_id=uuid4(),
            actor=ACTOR,
            services=(Wanted(service["service"]),),
            starts_at=datetime.fromisoformat(slot["starts_at"]),
            name="Khách Thử",
            phone="",
            party_size=1,
            token=secrets.token_hex(16),
            digits=secrets.randbelow(90_000),
        )
        try:
            visit = await self._groups.book(self._office_id, request)
        except db.Refused:
            return
        comes = request.starts_at - timedelta(minutes=self._chance.uniform(-3, 12))
        if self._chance.random() < 0.92:  # a few never come
            self._expected.append((UUID(visit["visit_id"]), comes))

    async def _keep_appointments(self) -> None:
        now = self._clock.now()
        due = [visit_id for visit_id, comes in self._expected if comes <= now]
        self._expected = [(visit_id, comes) for visit_id, comes in self._expected if comes > now]
        for visit_id in due:
            await self._try(commands.arrive, visit_id)

    async def _work_at(self, counter_id: str) -> None:
        now = self._clock.now()
        counter = await reads.counter(self._pool, self._office_id, now, counter_id)
        if counter is None:
            return
        if counter["state"] != "open":
            await self._try(commands.open_counter, counter_id)
            return
        for visit in counter["visits"]:
            visit_id, chance = UUID(visit["visit_id"]), self._chance.random()
            if visit["state"] == "serving" and chance < IS_SERVED:
                await self._try(commands.finish, visit_id)
            elif visit["state"] == "called" and chance < DOES_NOT_ANSWER:
                await self._try(commands.absent, visit_id)
            elif visit["state"] == "called" and chance < ANSWERS:
                await self._try(commands.serve, visit_id)
        if not counter["visits"] and counter["waiting"]:
            await self._try(commands.call_next, counter_id)

    async def _try(self, command: Any, *args: object) -> dict[str, Any] | None:
        """A refusal is part of the day: the room is full, the line is empty, lunch begins."""
        try:
            return await self._hub.run(command, self._office_id, ACTOR, None, *args)
        except db.Refused:
            return None

    def _party(self) -> int:
        return self._chance.choice((1, 1, 1, 1, 2, 2, 3))


async def simulate(settings: Settings) -> None:
    stop = told_to_stop()
    async with service(settings) as state:
        offices = await reads.directory(state["pool"])
        days = [
            asyncio.create_task(Simulation(state, office["office_id"]).run()) for office in offices
        ]
        await stop.wait()
        for day in days:
            day.cancel()
        await asyncio.gather(*days, return_exceptions=True)


def arguments(parser: argparse.ArgumentParser) -> None:
    """`simulate` takes no arguments."""


def command(_args: argparse.Namespace, settings: Settings) -> int:
    logs.set_up(settings.log_format)
    asyncio.run(simulate(settings))
    return 0
