"""What a change of an office would do to who is booked, before anything is changed."""

import pytest

from queue_service import reads
from queue_service.db import Connection, Pool, Refused
from tests.changes import closed, confirm, draft
from tests.lobby import Lobby, moment
from tests.offices import File, make_office
from tests.sql.scenes import opened

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


async def test_a_file_that_cannot_be_taken_is_refused_and_no_draft_is_kept(
    pool: Pool, owner: Connection
) -> None:
    lobby = await opened(pool, "1", "3")
    await lobby.walk_in("08:00", "permit")

    def same_letter(file: File) -> None:
        justice, permits = file["queues"]
        justice["letter"], permits["letter"] = "B", "C"

    with pytest.raises(Refused, match="letter_in_use"):
        await draft(lobby, "08:05", same_letter)
    kept = "select count(*) from queue.change where office_id = $1"
    assert await owner.fetchval(kept, lobby.office.office_id) == 0


async def test_a_draft_that_can_no_longer_be_taken_is_refused_and_nothing_is_made(
    pool: Pool,
) -> None:
    lobby = await opened(pool, "1", "3")

    def same_letter(file: File) -> None:
        justice, permits = file["queues"]
        justice["letter"], permits["letter"] = "B", "C"

    drafted = await draft(lobby, "08:00", same_letter)
    await lobby.walk_in("08:01", "permit")
    with pytest.raises(Refused, match="letter_in_use"):
        await confirm(lobby, "08:02", drafted)
    file = await reads.office_file(pool, lobby.office.office_id)
    assert file is not None
    assert [one["letter"] for one in file["queues"]] == ["A", "B"]
