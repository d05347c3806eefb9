"""A carrier is about to be called, and that is noted before it is."""

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool, Refused
from tests.sql.scenes import claim, leave_text, usual

pytestmark = pytest.mark.anyio


async def test_every_call_of_a_carrier_is_counted_and_open_until_it_ends(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool)
    message_id = await leave_text(lobby)
    await claim(lobby, "08:00")
    mine = (pool, lobby.office.office_id, lobby.at("08:00"), message_id, 1)
    assert (await commands.begin_sending(*mine, "twilio"))["sending_no"] == 1
    assert (await commands.begin_sending(*mine, "gateway"))["sending_no"] == 2
    noted = await owner.fetch(
        "select carrier, outcome from queue.sending where message_id = $1 order by sending_no",
        message_id,
    )
    assert [tuple(row) for row in noted] == [("twilio", "open"), ("gateway", "open")]


async def test_a_worker_that_lost_the_job_calls_no_carrier(pool: Pool, owner: Connection) -> None:
    lobby = await usual(pool)
    message_id = await leave_text(lobby)
    await claim(lobby, "08:00")
    await claim(lobby, "08:06")  # another worker has it since
    with pytest.raises(Refused, match="not_mine"):
        await commands.begin_sending(
            pool, lobby.office.office_id, lobby.at("08:06"), message_id, 1, "twilio"
        )
    assert await owner.fetch("select from queue.sending where message_id = $1", message_id) == []
