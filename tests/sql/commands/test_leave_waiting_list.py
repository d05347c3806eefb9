"""Somebody waits no longer, and what was offered goes on."""

from uuid import UUID, uuid4

import pytest

from queue_service import commands
from queue_service.db import Pool, Refused
from tests.fairness import AN, BINH, CHAU, seen, wait
from tests.lobby import id_of, moment
from tests.sql.scenes import full

pytestmark = pytest.mark.anyio


async def test_who_cancels_or_leaves_gives_back_what_was_offered(pool: Pool) -> None:
    lobby, taken = await full(pool)
    late = await lobby.book("16:00", phone=AN)
    mover = await wait(lobby, "07:01", "", visit_id=late["visit_id"])
    second, third = await wait(lobby, "07:01", BINH), await wait(lobby, "07:01", CHAU)
    await lobby.do("cancel", "07:02", taken[0], "")
    await lobby.do("cancel", "07:03", late, "")
    assert (await seen(lobby, "07:03", mover))["state"] == "left"
    offer = (await seen(lobby, "07:03", second))["offer"]
    assert moment(offer["starts_at"]) == lobby.at("08:00")
    await lobby.do("leave_waiting_list", "07:04", id_of({"visit_id": second["waiting_id"]}))
    assert (await seen(lobby, "07:04", second))["state"] == "left"
    # the place at 16:00 went to the third, who is asked about one place at a time
    assert (await seen(lobby, "07:04", third))["state"] == "offered"
    assert await lobby.differences() == []


async def test_whoever_never_waited_has_nothing_to_leave_and_twice_is_once(pool: Pool) -> None:
    lobby, _ = await full(pool)
    office = (pool, lobby.office.office_id, lobby.at("07:05"), "web", None)
    with pytest.raises(Refused, match="no_such_visit"):
        await commands.leave_waiting_list(*office, uuid4())
    waiting = UUID((await wait(lobby, "07:01", AN))["waiting_id"])
    first = await commands.leave_waiting_list(*office, waiting)
    assert await commands.leave_waiting_list(*office, waiting) == first
