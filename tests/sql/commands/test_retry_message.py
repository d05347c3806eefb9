"""A message that could not be sent is tried again by somebody of the staff."""

from uuid import UUID, uuid4

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby
from tests.sql.scenes import claim, events, message_state, sending, sent, usual

pytestmark = pytest.mark.anyio


async def dead(lobby: Lobby) -> UUID:
    message_id = await sending(lobby)
    mine = (lobby.pool, lobby.office.office_id, lobby.at("08:00"), message_id, 1)
    await commands.end_sending(*mine, "permanent", "", "21614")
    await commands.finish_job(*mine, "dead", None, "21614")
    return message_id


async def retry(lobby: Lobby, message_id: UUID) -> None:
    await commands.retry_message(
        lobby.pool, lobby.office.office_id, lobby.at("08:10"), "operator:An", message_id
    )


async def test_a_dead_message_goes_out_again_and_who_asked_is_noted(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool)
    message_id = await dead(lobby)
    assert await claim(lobby, "08:09") == []
    await retry(lobby, message_id)
    assert await message_state(owner, lobby, message_id) == "sending"
    [job] = await claim(lobby, "08:10")
    assert job["job_id"] == str(message_id)
    outcome = await owner.fetchval(
        "select outcome from queue.sending where message_id = $1", message_id
    )
    assert outcome == "forgiven"  # so that its carrier is asked again
    assert await events(owner, lobby, "message tried again") == [{"kind": "answer"}]


async def test_only_a_dead_message_is_tried_again(pool: Pool) -> None:
    lobby, other = await usual(pool), await usual(pool)
    message_id = await sent(lobby)
    with pytest.raises(Refused, match="not_dead"):
        await retry(lobby, message_id)
    with pytest.raises(Refused, match="no_such_message"):
        await retry(lobby, uuid4())
    with pytest.raises(Refused, match="no_such_message"):
        await retry(other, await dead(lobby))
    assert await claim(lobby, "08:10") == []


async def test_whose_phone_is_forgotten_is_not_tried_again(pool: Pool) -> None:
    lobby = await usual(pool)
    message_id = await dead(lobby)
    lobby.days = 31
    await commands.forget(pool, lobby.office.office_id, lobby.at("08:05"), 1000)
    with pytest.raises(Refused, match="not_dead"):
        await retry(lobby, message_id)
