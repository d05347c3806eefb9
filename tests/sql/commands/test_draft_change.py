"""What a change of an office would do to who is booked, before anything is changed."""

import pytest

from queue_service import reads
from queue_service.db import Pool
from tests.changes import closed, draft
from tests.lobby import Lobby, moment
from tests.offices import File, make_office

pytestmark = pytest.mark.anyio


async def test_trying_out_changes_nothing(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("09:00", phone="+84905123456")
    before = await reads.office_file(pool, lobby.office.office_id)
    drafted = await draft(lobby, "07:10", closed("2026-03-31"))
    [move] = drafted["moves"]
    assert (move["reason"], move["visit_id"]) == ("closed_day", booked["visit_id"])
    assert moment(move["starts_at"]) == lobby.office.at("09:00", 1)
    assert await reads.office_file(pool, lobby.office.office_id) == before
    assert moment((await lobby.visit(booked))["starts_at"]) == lobby.at("09:00")
    assert await lobby.differences("07:11") == []


async def test_nobody_is_moved_to_an_earlier_time_that_they_would_hear_of_too_late(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.book("09:00", now="07:00")
    await lobby.book("16:00", now="07:01")

    def no_afternoon(file: File) -> None:
        file["special_openings"] = [{"day": "2026-03-31", "opens": "07:30", "closes": "11:30"}]

    drafted = await draft(lobby, "07:10", no_afternoon)
    [move] = drafted["moves"]
    assert move["reason"] == "closed_hours"
    assert moment(move["starts_at"]) == lobby.office.at("16:00", 1)
