"""A message is kept as it is about to be sent, in the words it was first written in."""

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool, Refused
from tests.sql.scenes import ELDERS, claim, leave_text, usual

pytestmark = pytest.mark.anyio


async def test_the_first_words_are_kept_whoever_tries_again(pool: Pool, owner: Connection) -> None:
    lobby = await usual(pool)
    message_id = await leave_text(lobby)
    for now, attempt, words in (("08:00", 1, "lời đầu"), ("08:06", 2, "lời sau")):
        await claim(lobby, now)
        office = (pool, lobby.office.office_id, lobby.at(now))
        await commands.write_message(*office, message_id, attempt, ELDERS, "vi", words)
    [kept] = await owner.fetch(
        "select kind, phone, language, text, state from queue.message where office_id = $1",
        lobby.office.office_id,
    )
    assert tuple(kept) == ("answer", ELDERS, "vi", "lời đầu", "sending")


async def test_a_worker_that_lost_the_job_writes_nothing(pool: Pool, owner: Connection) -> None:
    lobby = await usual(pool)
    message_id = await leave_text(lobby)
    office = (pool, lobby.office.office_id, lobby.at("08:00"))
    with pytest.raises(Refused, match="not_mine"):
        await commands.write_message(*office, message_id, 1, ELDERS, "vi", "chưa nhận việc")
    kept = await owner.fetch(
        "select from queue.message where office_id = $1", lobby.office.office_id
    )
    assert kept == []
