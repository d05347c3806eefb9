"""Refusals and decisions are counted to the minute."""

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool
from tests.sql.scenes import usual

pytestmark = pytest.mark.anyio


async def test_what_processes_tell_is_added_up_by_minute_command_and_code(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool)
    full = {"command": "book_slots", "code": "slot_full", "count": 3}
    told = [
        ("08:00", [full, {"command": "arrive", "code": "enter", "count": 1}]),
        ("08:00:40", [full, full]),
        ("08:01", [full]),
    ]
    for now, rows in told:
        await commands.tally(pool, lobby.office.office_id, lobby.at(now), rows)
    kept = await owner.fetch(
        "select minute, command, code, count from queue.tally where office_id = $1 order by 1, 2",
        lobby.office.office_id,
    )
    assert [tuple(row) for row in kept] == [
        (lobby.at("08:00"), "arrive", "enter", 1),
        (lobby.at("08:00"), "book_slots", "slot_full", 9),
        (lobby.at("08:01"), "book_slots", "slot_full", 3),
    ]
