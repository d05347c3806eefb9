"""Who was given another time by the office says yes to it, chooses another or cancels."""

from uuid import UUID

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.changes import closed, confirm, draft
from tests.lobby import Lobby, moment
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def test_who_is_asked_may_say_yes_choose_another_time_or_cancel(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    tomorrow = Lobby(pool, lobby.office, days=1)
    agrees, chooses, cancels, says_nothing = [
        await lobby.book(at, phone=f"+8490512345{n}")
        for n, at in enumerate(("09:00", "09:10", "09:20", "09:30"))
    ]
    drafted = await draft(lobby, "07:10", closed("2026-03-31"))
    await confirm(lobby, "07:11", drafted)
    await lobby.do("answer_change", "07:20", agrees, actor="web")
    await lobby.do("reschedule", "07:20", chooses, tomorrow.at("15:00"), actor="web")
    await lobby.do("cancel", "07:20", cancels, actor="web")
    change = await reads.office_change(pool, lobby.office.office_id, UUID(drafted["change_id"]))
    assert change is not None
    answers = {move["visit_id"]: move["answer"] for move in change["moves"]}
    told = [answers[one["visit_id"]] for one in (agrees, chooses, cancels, says_nothing)]
    assert told == ["accepted", "moved", "cancelled", ""]
    kept = await lobby.visit(says_nothing)
    assert (kept["state"], moment(kept["starts_at"])) == ("booked", tomorrow.at("09:30"))
    came = await commands.arrive(
        pool,
        lobby.office.office_id,
        tomorrow.at("09:25"),
        "kiosk:door",
        None,
        code=says_nothing["code"],
    )
    assert came["decision"] == "enter"
    assert await tomorrow.differences("09:26") == []


async def test_there_is_nothing_to_answer_where_nothing_was_changed(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("09:00")
    with pytest.raises(Refused, match="not_moved"):
        await lobby.do("answer_change", "07:20", booked, actor="web")
