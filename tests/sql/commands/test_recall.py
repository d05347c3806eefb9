"""A number is called again."""

from typing import Any

import pytest

from queue_service import reads
from queue_service.db import Pool, Refused
from tests.lobby import moment
from tests.sql.scenes import called, opened

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


async def test_a_recall_keeps_the_call_and_only_a_called_visitor_has_one(pool: Pool) -> None:
    lobby = await opened(pool)
    visit = await called(lobby, "08:00")
    again = await lobby.do("recall", "08:02", visit)
    assert (again["state"], again["counter"]) == ("called", "1")
    assert moment(again["state_at"]) == lobby.at("08:00")  # since when it is called
    await lobby.do("serve", "08:03", visit)
    with pytest.raises(Refused, match="not_called") as refused:
        await lobby.do("recall", "08:04", visit)
    assert refused.value.facts == {"state": "serving"}
    assert await lobby.differences() == []
