"""A number is called again."""

from typing import Any

import pytest

from queue_service import reads
from queue_service.db import Pool
from tests.lobby import moment
from tests.sql.scenes import opened

pytestmark = pytest.mark.anyio


async def test_the_visitors_own_page_knows_the_call_and_its_recall(pool: Pool) -> None:
    lobby = await opened(pool)
    token = "5e" * 16
    booked = await lobby.book("08:00", token=token)
    await lobby.arrive("07:55", booked)
    await lobby.do("slip", "07:55", booked, "phone")
    await lobby.do("call_next", "08:00", "1")

    async def shown() -> Any:
        return await reads.ticket(
            pool, lobby.office.office_id, lobby.at("08:05"), bytes.fromhex(token)
        )

    assert (await shown())["recalled_at"] is None
    await lobby.do("recall", "08:02", booked)
    assert moment((await shown())["recalled_at"]) == lobby.at("08:02")
