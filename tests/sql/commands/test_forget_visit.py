"""Whoever came may have name and phone removed at once; that somebody came stays counted."""

from collections import Counter
from uuid import UUID, uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Database, Pool, Refused, connect
from queue_service.db import owner as owner_of
from tests.floors import Box, empty_database
from tests.lobby import Lobby
from tests.offices import make_office
from tests.sql.scenes import served, usual
from tests.test_retention import NAME, PHONE, alone, traces
from tests.test_sender import Mail, Post

__all__ = ["alone"]
pytestmark = pytest.mark.anyio


async def test_whoever_came_may_have_it_removed_at_once(
    alone: tuple[Pool, Connection],
) -> None:
    pool, owner = alone
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("09:00", name=NAME, phone=PHONE)
    await Mail(lobby, Post()).go("07:01")
    with pytest.raises(Refused, match="not_over"):
        await lobby.do("forget_visit", "08:00", booked, actor="web")
    assert await traces(owner)
    await lobby.do("cancel", "08:01", booked, f"{NAME} bận", actor="web", key="a key")
    key = str(uuid4())
    await lobby.do("forget_visit", "08:02", booked, actor="web", key=key)
    assert await traces(owner) == Counter()
    again = await lobby.do("forget_visit", "08:03", booked, actor="web", key=key)
    assert again["visit_id"] == booked["visit_id"]
    assert await lobby.state(booked) == "cancelled"
    assert await lobby.differences() == []


async def test_the_codes_of_their_papers_and_the_operator_s_note_go_too(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool)
    visit = await served(lobby, "08:00")
    number, visit_id = lobby.office.office_id, UUID(visit["visit_id"])
    await lobby.do("note_dossier", "08:01", visit, "H17.18-1")
    entry = {"entry_id": str(uuid4()), "call": "", "did": "booked", "visit_id": visit["visit_id"]}
    entry |= {"service": "copy", "note": f"Bà {NAME} nặng tai"}
    await commands.note_call(pool, number, lobby.at("08:01"), "operator:Lan", entry)
    kept = await reads.own_data(pool, number, lobby.at("08:02"), visit_id)
    assert kept["dossiers"] == ["H17.18-1"]
    await lobby.do("finish", "08:05", visit)
    await lobby.settle("09:00")
    await lobby.do("forget_visit", "09:01", visit, actor="web")
    kept = await reads.own_data(pool, number, lobby.at("09:02"), visit_id)
    assert kept["dossiers"] == []
    rows = "select note from queue.call_entry where office_id = $1"
    assert [row["note"] for row in await owner.fetch(rows, number)] == [""]
    last = await reads.last_step(pool, number, lobby.at("09:02"), "clerk", "1")
    assert "H17" not in str(last)


async def test_what_is_removed_at_the_hub_is_removed_at_the_box_and_the_other_way_round(
    alone: tuple[Pool, Connection], database: Database
) -> None:
    pool, owner = alone
    async with (
        empty_database(database) as mine,
        connect(mine.app_url, 4) as box_pool,
        owner_of(mine.owner_url) as box_owner,
    ):
        box = Box(pool, box_pool, await make_office(pool))
        both = [await box.hub.book("08:00", name=NAME, phone=PHONE) for _ in range(2)]
        await box.begin("07:00")
        for booked in both:
            await box.floor.arrive("07:55", booked)
            await box.floor.do("leave", "08:10", booked)
        await box.heal("08:11")
        assert await traces(owner)
        assert await traces(box_owner)
        at_hub, at_box = both
        await box.hub.do("forget_visit", "08:12", at_hub, actor="web")
        await box.floor.do("forget_visit", "08:12", at_box, actor="web")
        await box.heal("08:13")
        await box.heal("08:14")
        for side in (owner, box_owner):
            assert (await traces(side))["queue.visit"] == 0
        await box.agree("08:15")
