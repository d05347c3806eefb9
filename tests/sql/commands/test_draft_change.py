"""What a change of an office would do to who is booked, before anything is changed."""

import asyncio
from uuid import uuid4

import pytest

from queue_service import db, reads
from queue_service.db import Connection, Database, Pool, Refused
from tests.changes import MANAGER, area_cap, closed, confirm, draft, proposed
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


async def test_who_has_missed_the_time_meanwhile_is_not_on_the_list(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    missed = await lobby.book("09:00", now="07:00")
    later = await lobby.book("10:00", now="07:00")
    drafted = await draft(lobby, "09:30", closed("2026-03-31"))  # nothing has happened since 07:00
    assert [move["visit_id"] for move in drafted["moves"]] == [later["visit_id"]]
    assert (await lobby.visit(missed))["state"] == "missed"


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


async def test_people_book_on_while_a_change_is_thought_over(
    pool: Pool, database: Database
) -> None:
    """The whole of the working-out stands in a transaction that is still open."""
    lobby = Lobby(pool, await make_office(pool, planned=2, area_cap=4))
    tomorrow = Lobby(pool, lobby.office, days=1)
    for at in ("09:00", "09:05"):
        await lobby.book_group([tomorrow.request(at), tomorrow.request(at)])
    file = await proposed(pool, lobby.office, area_cap(2))
    async with db.owner(database.owner_url) as thinking, thinking.transaction():
        drafted = await thinking.fetchval(
            "select api.draft_change($1, $2, $3, $4, $5, '', 30, null)",
            lobby.office.office_id,
            lobby.at("07:10"),
            MANAGER,
            uuid4(),
            file,
        )
        assert len(drafted["moves"]) == 2
        async with asyncio.timeout(30):
            [(said, _)] = await lobby.book_group([tomorrow.request("09:20")], "07:10")
            assert said == "booked"
            taken = drafted["moves"][0]["starts_at"]  # a time that was just proposed to somebody
            asked = tomorrow.request("09:00", starts_at=taken)
            [(said, _)] = await lobby.book_group([asked], "07:10")
            assert said == "booked"
            assert (await lobby.walk_in("08:00"))["decision"] == "enter"
    refused = await confirm(lobby, "08:01", drafted)
    assert refused["decision"] == "list_changed"
    assert refused["moves"] != drafted["moves"]
    made = await confirm(lobby, "08:02", drafted, seen=refused["seen"])
    assert made["decision"] == "applied"
    assert await lobby.differences("08:03") == []
