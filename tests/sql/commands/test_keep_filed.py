"""What was handled without a visit: told day by day, told again, and its share of all."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool
from tests.floors import refused
from tests.lobby import Lobby
from tests.offices import DAY, File, import_again, make_office

pytestmark = pytest.mark.anyio

Told = list[dict[str, object]]


def told(count: int, service: str = "copy", way: str = "online", day: date = DAY) -> Told:
    return [{"day": day.isoformat(), "service_id": service, "way": way, "count": count}]


async def keep(lobby: Lobby, rows: Told, now: str = "09:00", *, keep: bool = True) -> Any:
    number, at = lobby.office.office_id, lobby.office.at(now, 1)
    return await commands.keep_filed(lobby.pool, number, at, "manager:Hà", rows, keep)


async def figures(lobby: Lobby, first: date = DAY, last: date = DAY) -> Any:
    """Once the worker has looked on the morning after."""
    number, at = lobby.office.office_id, lobby.office.at("09:05", 1)
    while (await commands.count_days(lobby.pool, number, at, 7))["more"]:
        pass
    assert await reads.check_days(lobby.pool, number, lobby.office.at("09:05", 5), 40) == []
    return await reads.statistics(lobby.pool, [number], first, last)


async def served(lobby: Lobby, service: str, counter: str, hour: str) -> None:
    visit = await lobby.walk_in(f"{hour}:00", service)
    number = (await lobby.visit(visit))["number"]
    await lobby.do("call_number", f"{hour}:05", counter, number)
    await lobby.do("serve", f"{hour}:05", visit)
    await lobby.do("finish", f"{hour}:10", visit)


async def morning(pool: Pool) -> Lobby:
    """Two copies and a permit were handled at the counters."""
    lobby = Lobby(pool, await make_office(pool))
    for counter in ("1", "3"):
        await lobby.do("open_counter", "07:30", counter)
    await served(lobby, "copy", "1", "08")
    await served(lobby, "copy", "1", "09")
    await served(lobby, "permit", "3", "10")
    await lobby.settle("18:30")
    return lobby


def shares(found: Any) -> dict[str, tuple[int, int]]:
    rows = {row["key"]: (row["filed"], row["served_beside"]) for row in found["services"]}
    return rows | {"": (found["total"]["filed"], found["total"]["served_beside"])}


async def test_what_was_handled_elsewhere_stands_beside_what_was_handled_at_the_counters(
    pool: Pool,
) -> None:
    lobby = await morning(pool)
    assert shares(await figures(lobby))[""] == (0, 0)  # nobody has told anything of that day
    rows = [*told(6), *told(1, way="post"), *told(9, "record", "home")]
    assert await keep(lobby, rows) == {"days": 1, "changed": 1}
    found = await figures(lobby)
    assert shares(found) == {"copy": (7, 2), "record": (9, 0), "permit": (0, 1), "": (16, 3)}
    ways = {row["key"]: row["filed"] for row in found["channels"] if row["filed"]}
    assert ways == {"online": 6, "post": 1, "home": 9}


async def test_a_day_that_is_told_of_again_is_what_was_told_last(pool: Pool) -> None:
    lobby = await morning(pool)
    await keep(lobby, [*told(6), *told(2, "permit")])
    await figures(lobby)
    assert await keep(lobby, [*told(6), *told(2, "permit")]) == {"days": 1, "changed": 0}
    assert await keep(lobby, told(8), keep=False) == {"days": 1, "changed": 1}
    assert shares(await figures(lobby))[""] == (8, 3)  # it was tried out alone
    assert await keep(lobby, told(5)) == {"days": 1, "changed": 1}
    assert shares(await figures(lobby)) == {"copy": (5, 2), "permit": (0, 1), "": (5, 3)}


async def test_days_long_gone_and_without_a_visit_are_taken_in_and_counted(pool: Pool) -> None:
    lobby = await morning(pool)
    old = DAY - timedelta(days=100)
    await keep(lobby, [*told(4, day=old), *told(6)])
    found = await figures(lobby, old, DAY)
    assert shares(found)[""] == (10, 3)
    assert [day["filed"] for day in found["days"]] == [4, 6]


async def test_two_who_tell_of_the_same_days_at_once_both_end_well(
    pool: Pool, owner: Connection
) -> None:
    lobby = await morning(pool)
    await figures(lobby)
    async with owner.transaction():
        await owner.fetchval(
            "select api.keep_filed($1, $2, 'one', $3, true)",
            lobby.office.office_id, lobby.office.at("09:00", 1), told(3),
        )  # fmt: skip
        waits = asyncio.create_task(keep(lobby, told(4)))
    assert await waits == {"days": 1, "changed": 1}
    assert shares(await figures(lobby))[""] == (4, 3)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (told(1, day=DAY + timedelta(days=1)), "bad_day"),  # today is not over
        (told(1, "no-such"), "unknown_service"),
        (told(-1), "bad_count"),
        ([{"day": None, "service_id": "copy", "way": "online", "count": 1}], "bad_day"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_of_it_is_kept(
    pool: Pool, rows: Told, code: str
) -> None:
    lobby = await morning(pool)
    await refused(code, keep(lobby, [*told(6, "record"), *rows]))
    assert shares(await figures(lobby))[""] == (0, 0)


async def test_targets_are_dated_and_each_is_judged_by_its_own_days(pool: Pool) -> None:
    def aiming(file: File) -> None:
        file["targets"] = [
            {"service_id": "", "percent": 30, "valid_from": "-infinity", "valid_to": "2026-03-30"},
            {"service_id": "", "percent": 50, "valid_from": "2026-03-31", "valid_to": "infinity"},
            {"service_id": "copy", "percent": 80, "valid_from": "2026-01-01",
             "valid_to": "2026-03-30"},
        ]  # fmt: skip

    lobby = await morning(pool)
    aiming(lobby.office.file)
    await import_again(pool, lobby.office)
    before = DAY - timedelta(days=1)
    await keep(lobby, [*told(4, day=before), *told(6)])
    found = await figures(lobby, before, DAY)
    assert [
        (one["service_id"], one["percent"], one["from"], one["filed"], one["served_beside"])
        for one in found["targets"]
    ] == [
        ("", 30, before.isoformat(), 4, 0),
        ("", 50, DAY.isoformat(), 6, 3),
        ("copy", 80, before.isoformat(), 4, 0),
    ]
    del lobby.office.file["targets"]  # a file as it was before there were targets
    await import_again(pool, lobby.office)
    assert len((await figures(lobby, before, DAY))["targets"]) == 3
