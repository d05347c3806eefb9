"""What an operator did in a call is found again by the call."""

from typing import Any
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.lobby import Lobby
from tests.offices import Office, make_office

pytestmark = pytest.mark.anyio


async def note(pool: Pool, office: Office, now: str = "07:10", **entry: Any) -> None:
    lobby = Lobby(pool, office)
    entry = {"entry_id": str(uuid4()), "call": "", "did": "booked", "note": "", **entry}
    await commands.note_call(pool, office.office_id, lobby.at(now), "operator:Lan", entry)


async def test_what_was_done_in_a_call_is_kept_once_with_its_note(pool: Pool) -> None:
    office = await make_office(pool)
    lobby = Lobby(pool, office)
    visit = await lobby.book("08:00")
    call, entry_id = f"call-{uuid4().hex}", str(uuid4())
    for _ in range(2):  # pressed twice
        await note(
            pool, office, entry_id=entry_id, call=call, visit_id=visit["visit_id"], note="xe lăn"
        )
    await note(pool, office, "07:11", call=call, did="link", service="copy")
    await note(pool, office, call="another", did="sent", visit_id=visit["visit_id"])
    done = await reads.call_entries(pool, [office.office_id], call)
    assert [(row["did"], row["note"]) for row in done] == [("booked", "xe lăn"), ("link", "")]
    assert done[0]["code"] == visit["code"]
    assert (await lobby.visit(visit))["note"] == "xe lăn"  # as the counter reads it
    elsewhere = await make_office(pool)
    assert await reads.call_entries(pool, [elsewhere.office_id], call) == []
    assert await reads.call_entries(pool, [office.office_id], "") == []


async def test_what_no_operator_does_is_not_kept(pool: Pool) -> None:
    office = await make_office(pool)
    with pytest.raises(Refused, match="unknown_word"):
        await note(pool, office, did="stolen")
    with pytest.raises(Refused, match="no_such_office"):
        await commands.note_call(pool, 9999, Lobby(pool, office).at("07:10"), "operator:Lan", {})
