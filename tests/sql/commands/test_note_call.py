"""What an operator did in a call is found again by the call."""

from typing import Any
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool, Refused
from tests.floors import Box
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


async def test_what_a_caller_said_is_read_at_the_counter_of_a_box(box: Box) -> None:
    early, late = await box.hub.book("08:00"), await box.hub.book("08:30")
    await note(box.hub_pool, box.office, visit_id=early["visit_id"], note="xe lăn")
    await box.begin("07:15")
    assert (await box.floor.visit(early))["note"] == "xe lăn"
    await note(box.hub_pool, box.office, "07:20", visit_id=late["visit_id"], note="khó nghe")
    await box.floor.arrive("07:50", early)
    # the operator writes again of somebody who is in the room by now
    await note(box.hub_pool, box.office, "07:51", visit_id=early["visit_id"], note="có người dìu")
    await box.heal("07:52")
    assert (await box.floor.visit(late))["note"] == "khó nghe"
    seen = await box.floor.visit(early)
    assert (seen["note"], seen["state"]) == ("có người dìu", "inside")
    await box.agree("07:53")


async def test_a_note_does_not_wait_for_a_box_longer_than_notes_are_kept(
    box: Box, owner: Connection
) -> None:
    await box.begin("07:15")
    visit = await box.hub.book("08:30")
    await note(box.hub_pool, box.office, visit_id=visit["visit_id"], note="khó nghe")
    waiting = "select body::text from queue.floor_entry where office_id = $1 and kind = 'notes'"
    assert "khó nghe" in await owner.fetchval(waiting, box.office.office_id)
    box.hub.days = 60
    await commands.forget(box.hub_pool, box.office.office_id, box.at("08:00"), 100)
    assert await owner.fetchval(waiting, box.office.office_id) == "[]"
    await box.heal("08:01")
    assert await box.hub.differences("08:02") == []


async def test_what_no_operator_does_is_not_kept(pool: Pool) -> None:
    office = await make_office(pool)
    with pytest.raises(Refused, match="unknown_word"):
        await note(pool, office, did="stolen")
    with pytest.raises(Refused, match="no_such_office"):
        await commands.note_call(pool, 9999, Lobby(pool, office).at("07:10"), "operator:Lan", {})
