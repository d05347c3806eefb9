"""A leave that was entered by mistake is taken back."""

import pytest

from queue_service import commands
from queue_service.db import Pool, Refused
from tests.changes import MANAGER
from tests.rota import Rota, day, make_rota

pytestmark = pytest.mark.anyio


async def drop(rota: Rota, name: str, first: int) -> None:
    at = rota.lobby.at("06:00")
    await commands.drop_leave(rota.pool, rota.office_id, at, MANAGER, rota.people[name], day(first))


async def test_whose_leave_is_taken_back_can_be_planned_again(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.leave("An", 0, 2)
    await drop(rota, "An", 0)
    await rota.turns()
    assert await rota.there() == ["An", "Bình"]


async def test_a_leave_that_is_not_there_cannot_be_taken_back(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.leave("An", 0, 2)
    with pytest.raises(Refused, match="no_such_staff"):
        await drop(rota, "An", 1)
