"""A dossier is noted with the visit it was about, for as long as it is needed."""

from typing import Any
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool, Refused
from tests.lobby import Answer, Lobby
from tests.sql.scenes import called, served, usual

pytestmark = pytest.mark.anyio

CODE = "H17.18-261127-0001"


async def noted(owner: Connection, lobby: Lobby) -> list[tuple[Any, ...]]:
    rows = await owner.fetch(
        "select code, counter_id from queue.dossier where office_id = $1 order by code",
        lobby.office.office_id,
    )
    return [tuple(row) for row in rows]


async def on_page(lobby: Lobby, now: str) -> Answer:
    page = await reads.counter(lobby.pool, lobby.office.office_id, lobby.at(now), "1")
    assert page is not None
    return page["visits"][0]


async def test_what_was_scanned_stands_with_the_visit_at_its_counter(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool)
    visit = await served(lobby, "08:00")
    for code in (CODE, f" {CODE.lower()} ", "A-2"):  # scanned twice, once in small letters
        await lobby.do("note_dossier", "08:01", visit, code)
    assert await noted(owner, lobby) == [("A-2", "1"), (CODE, "1")]
    assert (await on_page(lobby, "08:02"))["dossiers"] == ["A-2", CODE]
    assert await lobby.differences() == []


async def test_it_may_be_noted_from_the_call_until_the_visitor_is_gone(pool: Pool) -> None:
    lobby = await usual(pool)
    visit = await called(lobby, "08:00")
    await lobby.do("note_dossier", "08:00", visit, "CALLED-1")
    await lobby.do("serve", "08:01", visit)
    await lobby.do("finish", "08:05", visit)
    await lobby.do("note_dossier", "08:06", visit, "DONE-1")
    with pytest.raises(Refused, match="not_at_counter") as refused:
        await lobby.do("note_dossier", "08:08", visit, "GONE-1")
    assert refused.value.facts == {"state": "done"}
    waits = await lobby.walk_in("08:08")
    with pytest.raises(Refused, match="not_at_counter"):
        await lobby.do("note_dossier", "08:08", waits, "WAITS-1")
    with pytest.raises(Refused, match="no_such_visit"):
        await lobby.do("note_dossier", "08:08", {"visit_id": str(uuid4())}, "NOBODY-1")


@pytest.mark.parametrize(
    "code", ["", "AB", "-AB", "A B C", "Mã-số", "x" * 41, "A\nB1", "<b>1</b>", "Nguyễn Văn An"]
)
async def test_what_is_no_code_is_not_kept(pool: Pool, owner: Connection, code: str) -> None:
    lobby = await usual(pool)
    visit = await served(lobby, "08:00")
    with pytest.raises(Refused, match="bad_dossier"):
        await lobby.do("note_dossier", "08:01", visit, code)
    assert await noted(owner, lobby) == []


async def test_twenty_are_enough_for_one_visit(pool: Pool) -> None:
    lobby = await usual(pool)
    visit = await served(lobby, "08:00")
    for n in range(20):
        await lobby.do("note_dossier", "08:01", visit, f"H17-{n}")
    await lobby.do("note_dossier", "08:01", visit, "H17-3")  # one of them again
    with pytest.raises(Refused, match="dossiers_enough") as refused:
        await lobby.do("note_dossier", "08:01", visit, "H17-20")
    assert refused.value.facts == {"most": 20}


async def test_a_wrong_scan_is_taken_back(pool: Pool, owner: Connection) -> None:
    lobby = await usual(pool)
    visit = await served(lobby, "08:00")
    await lobby.do("note_dossier", "08:01", visit, "RIGHT-1")
    await lobby.do("note_dossier", "08:01", visit, "WRONG-1", key="scan")
    await lobby.do("undo", "08:02", "scan")
    assert await noted(owner, lobby) == [("RIGHT-1", "1")]


async def test_after_thirty_days_it_is_forgotten(pool: Pool, owner: Connection) -> None:
    lobby = await usual(pool)
    visit = await served(lobby, "08:00")
    await lobby.do("note_dossier", "08:01", visit, CODE)
    await commands.forget(pool, lobby.office.office_id, lobby.office.at("23:59", 29), 100)
    assert len(await noted(owner, lobby)) == 1
    gone = await commands.forget(pool, lobby.office.office_id, lobby.office.at("00:01", 30), 100)
    assert gone["dossiers"] == 1
    assert await noted(owner, lobby) == []
