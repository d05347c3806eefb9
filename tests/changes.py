"""A manager who thinks over a change of the test office, sees what it does, and makes it."""

import copy
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from queue_service import commands, reads
from queue_service.db import Connection, Pool
from tests.lobby import Answer, Lobby
from tests.offices import File, Office

MANAGER = "manager:Thu Hà"


async def proposed(pool: Pool, office: Office, change: Callable[[File], None]) -> File:
    """The office as it is, changed."""
    file = copy.deepcopy(await reads.office_file(pool, office.office_id))
    assert file is not None
    change(file)
    return file


async def draft(
    lobby: Lobby,
    now: str,
    change: Callable[[File], None],
    *,
    change_id: UUID | None = None,
    most_days: int = 30,
    note: str = "",
) -> Answer:
    file = await proposed(lobby.pool, lobby.office, change)
    return await commands.draft_change(
        lobby.pool,
        lobby.office.office_id,
        lobby.at(now),
        MANAGER,
        change_id or uuid4(),
        file,
        note,
        most_days,
    )


async def confirm(lobby: Lobby, now: str, drafted: Answer, **more: Any) -> Answer:
    return await commands.apply_change(
        lobby.pool,
        lobby.office.office_id,
        lobby.at(now),
        MANAGER,
        more.get("key"),
        UUID(drafted["change_id"]),
        more.get("seen", drafted["seen"]),
    )


def area_cap(maximum: int) -> Callable[[File], None]:
    def change(file: File) -> None:
        for row in file["caps"]:
            if row["scope"] == "area:hall":
                row["maximum"] = maximum

    return change


def closed(*days: str) -> Callable[[File], None]:
    def change(file: File) -> None:
        file["closures"] += [{"day": day, "name_vi": "Nghỉ", "name_en": "Closed"} for day in days]

    return change


async def most_expected(owner: Connection, office: Office, scope: str, since: datetime) -> int:
    """How many are expected at once, at the fullest moment from then on."""
    return await owner.fetchval(
        "select coalesce(max(taken), 0) from queue.usage "
        "where office_id = $1 and scope = $2 and cell >= $3",
        office.office_id,
        scope,
        since,
    )


async def messages(owner: Connection, office: Office, kind: str) -> Sequence[Any]:
    return await owner.fetch(
        "select visit_id, facts from queue.job where office_id = $1 and kind = $2",
        office.office_id,
        kind,
    )


async def fully_booked(today: Lobby, lobby: Lobby) -> list[Answer]:
    """Every slot of the other day, until nobody fits any more."""
    booked: list[Answer] = []
    opens = [f"{h:02}:{m:02}" for h in (*range(7, 12), *range(13, 17)) for m in range(0, 60, 5)]
    hours = [at for at in opens if "07:30" <= at < "11:30" or "13:30" <= at < "17:00"]
    number = 0
    for at in hours:
        asked: list[Answer] = []
        for _ in range(12):
            number += 1
            asked.append(lobby.request(at, phone=f"+84905{number:06}"))
        booked += [facts for said, facts in await today.book_group(asked) if said == "booked"]
    return booked
