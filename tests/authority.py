"""An authority of its own for each test, with offices under it, presets and what it directs."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from queue_service import commands, db, reads
from queue_service.directives import Directives
from tests.lobby import Answer
from tests.offices import LONG_AGO, Office

ACTOR = "authority:test"
_counts = itertools.count(1)


class Still:
    """A clock that stands where the test says."""

    ready = True

    def __init__(self, at: datetime) -> None:
        self.when = at

    def at(self) -> datetime:
        return self.when

    now = at


async def make_authority(pool: db.Pool, *offices: Office) -> str:
    name = f"province-{uuid4().hex[:10]}"
    at = LONG_AGO
    await commands.keep_authority(pool, at, "admin:test", name, "Tỉnh thử", "Test province")
    for office in offices:
        await commands.place_office(pool, office.office_id, at, "admin:test", name)
    return name


def measure(
    rules: Mapping[str, Any],
    valid_from: str = "2026-03-31",
    valid_to: str = "2026-04-10",
    **more: Any,
) -> Answer:
    """A preset in force, as an office keeps it."""
    usual: dict[str, Any] = {
        "caps": [],
        "urgent_only": False,
        "urgent_codes": [],
        "online_only": False,
    }
    return {
        "measure_id": str(uuid4()),
        "name_vi": "Chỉ thị 16",
        "name_en": "Directive 16",
        "rules": {**usual, **rules},
        "valid_from": valid_from,
        "valid_to": valid_to,
        **more,
    }


def room(maximum: int) -> dict[str, Any]:
    """At most so many people in each room."""
    return {"caps": [{"kind": "present", "scope": "area:*", "maximum": maximum}]}


async def direct(
    pool: db.Pool,
    authority: str,
    what: Mapping[str, Any] | None,
    offices: Sequence[Office],
    at: datetime,
    act: str = "begin",
    most_days: int = 30,
) -> UUID:
    directive_id = uuid4()
    numbers = [office.office_id for office in offices]
    await commands.direct(
        pool, at, ACTOR, authority, directive_id, act, what, "Công văn 1", most_days, numbers
    )
    return directive_id


async def work(pool: db.Pool, at: datetime) -> None:
    """The worker, until it has nothing more to do."""
    directives = Directives(pool, Still(at))  # pyright: ignore[reportArgumentType]
    while await directives.carry_out():
        pass


async def confirm(pool: db.Pool, directive_id: UUID, at: datetime) -> Answer:
    shown = await reads.directive(pool, directive_id)
    assert shown is not None
    return await commands.confirm_directive(pool, at, ACTOR, directive_id, shown["seen"] or "")


async def states(pool: db.Pool, directive_id: UUID) -> dict[str, str]:
    shown = await reads.directive(pool, directive_id)
    assert shown is not None
    return {row["slug"]: row["state"] for row in shown["offices"]}


async def in_force(
    pool: db.Pool, authority: str, what: Mapping[str, Any], offices: Sequence[Office], at: datetime
) -> UUID:
    """Directed, worked out, confirmed and made."""
    directive_id = await direct(pool, authority, what, offices, at)
    await work(pool, at)
    await confirm(pool, directive_id, at)
    await work(pool, at)
    return directive_id
