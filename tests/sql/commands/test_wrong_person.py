"""Who came is not the person the ticket names."""

from typing import Any
from uuid import UUID

import pytest

from queue_service.db import Connection, Pool, Refused
from tests.lobby import Answer, Lobby
from tests.offices import make_office
from tests.sql.scenes import scarce_office

pytestmark = pytest.mark.anyio

ONE = "11" * 32  # the keyed hash of an identity number


async def called(lobby: Lobby, **more: Any) -> Answer:
    booked = await lobby.book("08:00", **more)
    await lobby.do("open_counter", "07:40", "1")
    await lobby.arrive("07:50", booked)
    await lobby.do("slip", "07:50", booked, "printed")
    return await lobby.do("call_next", "07:55", "1")


async def test_the_wrong_person_at_the_counter_has_no_number_any_more(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await scarce_office(pool, "2.000008"))
    visit = await called(lobby, person=ONE)
    assert visit["named"]
    gone = await lobby.do("wrong_person", "07:56", visit)
    assert (gone["state"], gone["attention"]) == ("void", "wrong_person")
    assert (await lobby.arrive("07:57", visit))["reason"] == "wrong_person"
    await lobby.do("slip", "07:57", visit, "printed")
    with pytest.raises(Refused, match="not_inside"):
        await lobby.do("call_number", "07:58", "1", visit["number"])
    assert await lobby.state(visit) == "void"
    rows = await owner.fetch(
        "select 1 from ops.person_booking where visit_id = $1", UUID(visit["visit_id"])
    )
    assert rows == []
    assert await lobby.differences() == []


async def test_only_a_named_ticket_can_be_the_wrong_person_s(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    with pytest.raises(Refused, match="not_named"):
        await lobby.do("wrong_person", "07:56", await called(lobby))
