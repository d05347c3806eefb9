"""An invited visitor says by the own page that they are inside."""

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Answer, Lobby
from tests.offices import import_again
from tests.sql.scenes import small

pytestmark = pytest.mark.anyio


async def invited(lobby: Lobby) -> Answer:
    """One is fetched from outside at 08:02, into a room for one."""
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01", channel="kiosk")
    await lobby.do("leave", "08:02", first)
    assert await lobby.state(second) == "invited"
    return second


async def test_an_invited_visitor_is_inside_by_the_own_page(pool: Pool) -> None:
    lobby = await small(pool, 1)
    visit = await invited(lobby)
    came = await lobby.do("come_in", "08:03", visit, actor="web")
    assert (came["state"], came["slip"]) == ("inside", "printed")  # the page shows the number
    await lobby.settle("08:10")
    assert (await lobby.state(visit), await lobby.present("08:10")) == ("inside", 1)
    again = await lobby.do("come_in", "08:11", visit, actor="web")
    assert again["state"] == "inside"
    assert await lobby.differences() == []


async def test_who_is_not_invited_does_not_let_themselves_in(pool: Pool) -> None:
    lobby = await small(pool, 1)
    visit = await invited(lobby)
    outside = await lobby.walk_in("08:03")
    for who in (outside, await lobby.book("09:00", now="08:03")):
        with pytest.raises(Refused, match="not_invited"):
            await lobby.do("come_in", "08:03", who, actor="web")
    with pytest.raises(Refused, match="not_invited") as late:  # the next was asked at 08:05
        await lobby.do("come_in", "08:05", visit, actor="web")
    assert late.value.facts == {"state": "arrived"}
    await lobby.settle("08:30")
    assert await lobby.state(visit) == "left"
    with pytest.raises(Refused, match="not_invited"):
        await lobby.do("come_in", "08:30", visit, actor="web")
    assert await lobby.differences() == []


async def test_where_the_entry_is_checked_nobody_checks_themselves(pool: Pool) -> None:
    lobby = await small(pool, 1)
    visit = await invited(lobby)
    usual = {"one_number": False, "question_vi": "", "question_en": ""}
    lobby.office.file["door"] = {"entry_check": True, **usual}
    await import_again(pool, lobby.office, lobby.at("08:02"))
    with pytest.raises(Refused, match="check_needed"):
        await lobby.do("come_in", "08:03", visit, actor="web")
    await lobby.do("enter", "08:03", visit, True)
    assert (await lobby.do("come_in", "08:04", visit, actor="web"))["state"] == "inside"
