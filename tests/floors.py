"""A hub and a box of one office, each with a database of its own, and the word between them."""

import contextlib
import json
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from queue_service import commands, db, reads
from queue_service.db import Refused
from tests.lobby import Lobby, id_of
from tests.offices import Office

Answer = dict[str, Any]


@contextlib.asynccontextmanager
async def empty_database(model: db.Database) -> AsyncGenerator[db.Database, None]:
    """A migrated database without offices, for a box; gone afterwards."""
    mine = model.named(f"{urlsplit(model.owner_url).path[1:]}_box_{uuid4().hex[:8]}")
    name, template = (db.quoted(urlsplit(d.owner_url).path[1:]) for d in (mine, _template(model)))
    async with db.owner(model.named("postgres").owner_url) as connection:
        await connection.execute(f"create database {name} template {template}")
    try:
        yield mine
    finally:
        await db.drop_database(mine.owner_url)


def _template(model: db.Database) -> db.Database:
    """What each process's database was copied from: migrated, and nobody is connected to it."""
    return model.named(urlsplit(model.owner_url).path[1:].rpartition("_")[0])


class Box:
    """The office's box at the level of the database, with a cable that can be cut."""

    def __init__(self, hub: db.Pool, pool: db.Pool, office: Office, days: int = 0) -> None:
        self.hub_pool, self.pool, self.office = hub, pool, office
        self.hub = Lobby(hub, office, days)
        self.floor = Lobby(pool, office, days)
        self.box_id = uuid4()
        self.cut = False

    def at(self, clock: str | datetime) -> datetime:
        return self.hub.at(clock) if isinstance(clock, str) else clock

    async def begin(self, now: str | datetime, name: str = "hộp 1") -> None:
        """Takes the floor and hears everything the hub knows."""
        at = self.at(now)
        taken = await commands.take_floor(
            self.hub_pool, self.office.office_id, at, "box", self.box_id, name
        )
        await commands.begin_box(
            self.pool,
            self.office.office_id,
            at,
            self.box_id,
            name,
            taken["epoch"],
            taken["file"],
        )
        while (await self.talk(now))["more"]:
            pass
        await self.talk(now)

    async def word(self, now: str | datetime) -> Answer:
        return await commands.box_word(self.pool, self.office.office_id, self.at(now))

    async def tell(self, now: str | datetime, word: Answer) -> Answer:
        word = json.loads(json.dumps(word))
        return await commands.exchange_floor(
            self.hub_pool, self.office.office_id, self.at(now), word
        )

    async def hear(self, now: str | datetime, answer: Answer) -> Answer:
        return await commands.box_heard(self.pool, self.office.office_id, self.at(now), answer, {})

    async def talk(self, now: str | datetime) -> Answer:
        """One word and its answer."""
        return await self.hear(now, await self.tell(now, await self.word(now)))

    async def heal(self, now: str | datetime) -> None:
        """The cable is back: they talk until neither has anything to tell."""
        at = self.at(now)
        for n in range(500):
            said = await self.talk(at + timedelta(milliseconds=n))
            if said["told"] and not said["more"] and n > 1:
                return
        raise AssertionError("hub and box never stop talking")

    async def take_back(self, now: str | datetime, reason: str = "hộp hỏng") -> Answer:
        return await commands.take_back_floor(
            self.hub_pool, self.office.office_id, self.at(now), "manager:Hà", reason
        )

    async def agree(self, now: str = "18:30") -> None:
        """`check` finds nothing on either side."""
        assert await self.hub.differences(now) == []
        assert await self.floor.differences(now) == []

    async def where(self, now: str | datetime) -> Answer:
        found = await reads.floor(self.pool, self.office.office_id, self.at(now))
        assert found is not None
        return found


def uuid_of(visit: Answer) -> UUID:
    return UUID(str(visit["visit_id"]))


async def refused(code: str, doing: Any) -> Refused:
    with pytest.raises(Refused, match=code) as found:
        await doing
    return found.value


async def signed(box: Box, visit: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the QR of a booking says."""
    seen = await box.hub.visit(visit)
    return {
        "code": visit["code"],
        "revision": seen["revision"],
        "services": [{"service": s["service"], "quantity": 1} for s in seen["services"]],
        "starts_at": seen["starts_at"],
        "ends_at": seen["ends_at"],
        "party_size": seen["party_size"],
        "priority": "",
        "needs": [],
    } | more


async def adopt(box: Box, now: str, visit: dict[str, Any], what: dict[str, Any]) -> bool:
    answer = await commands.adopt_booking(
        box.pool, box.office.office_id, box.at(now), "kiosk:door", id_of(visit), "ab" * 16, what
    )
    return answer["adopted"]


async def hand_back(box: Box, seq: int) -> None:
    await commands.hand_back_floor(
        box.hub_pool, box.office.office_id, box.at("08:02"), "box", box.box_id, 1, seq
    )
