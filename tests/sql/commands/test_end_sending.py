"""What a carrier said of a message."""

from typing import Any
from uuid import UUID

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool
from tests.lobby import Lobby
from tests.sql.scenes import sending, usual

pytestmark = pytest.mark.anyio


async def end(lobby: Lobby, message_id: UUID, outcome: str, *more: str) -> str:
    office_id, at = lobby.office.office_id, lobby.at("08:01")
    said: dict[str, Any] = await commands.end_sending(
        lobby.pool, office_id, at, message_id, 1, outcome, *more
    )
    return said["outcome"]


async def test_what_was_accepted_bears_the_carriers_own_id_and_is_not_unsaid(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool)
    message_id = await sending(lobby)
    assert await end(lobby, message_id, "accepted", "SM1") == "accepted"
    assert await end(lobby, message_id, "permanent", "", "too late") == "accepted"
    [kept] = await owner.fetch(
        "select outcome, carrier_id, error from queue.sending where message_id = $1", message_id
    )
    assert tuple(kept) == ("accepted", "SM1", "")


async def test_silence_may_be_cleared_up_later(pool: Pool) -> None:
    lobby = await usual(pool)
    message_id = await sending(lobby)
    assert await end(lobby, message_id, "unknown", "", "no answer") == "unknown"
    assert await end(lobby, message_id, "lost") == "lost"
    assert await end(lobby, message_id, "accepted", "SM2") == "lost"


async def test_an_id_that_another_message_has_is_not_this_ones(pool: Pool) -> None:
    lobby = await usual(pool)
    first = await sending(lobby, "08:00")
    assert await end(lobby, first, "accepted", "SM1") == "accepted"
    await commands.finish_job(pool, lobby.office.office_id, lobby.at("08:01"), first, 1, "done")
    second = await sending(lobby, "08:01")
    assert await end(lobby, second, "accepted", "SM1") == "lost"
