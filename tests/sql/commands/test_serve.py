"""Service begins, and may last."""

import pytest

from queue_service import reads
from queue_service.db import Pool
from tests.lobby import Lobby, id_of
from tests.offices import make_office
from tests.sql.scenes import served

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
