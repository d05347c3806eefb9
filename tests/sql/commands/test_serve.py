"""Service begins, and may last."""

import pytest

from queue_service import reads
from queue_service.db import Pool, Refused
from tests.lobby import Lobby, id_of
from tests.offices import make_office
from tests.sql.scenes import called, opened, served

pytestmark = pytest.mark.anyio


async def test_serving_for_very_long_is_asked_about_and_never_ended(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await served(lobby, "08:00")  # five minutes
    office_id = lobby.office.office_id
    assert (await reads.queue(pool, office_id, lobby.at("08:15")))["overdue"] == []
    await lobby.settle("11:00")
    [overdue] = (await reads.queue(pool, office_id, lobby.at("08:16")))["overdue"]
    assert overdue["visit_id"] == str(id_of(visit))
    assert await lobby.state(visit) == "serving"


async def test_who_is_called_is_served_at_the_same_counter_once(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await called(lobby, "08:00")
    now = await lobby.do("serve", "08:01", visit)
    assert (now["state"], now["counter"], now["number"]) == ("serving", "1", "A001")
    with pytest.raises(Refused, match="not_called") as refused:
        await lobby.do("serve", "08:02", visit)
    assert refused.value.facts == {"state": "serving"}
    with pytest.raises(Refused, match="not_called"):
        await lobby.do("serve", "08:02", await lobby.walk_in("08:02"))
    assert await lobby.differences() == []


async def test_a_slip_nobody_had_confirmed_has_proved_itself_at_the_counter(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.do("call_number", "08:01", "1", "A001")
    assert (await lobby.visit(visit, "08:01"))["slip"] == "unconfirmed"
    assert (await lobby.do("serve", "08:02", visit))["slip"] == "printed"
