"""What a carrier says became of a message it took."""

from uuid import UUID, uuid4

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby
from tests.sql.scenes import claim, message_state, sending, sent, usual

pytestmark = pytest.mark.anyio


async def note(
    lobby: Lobby, now: str, message_id: UUID, status: str, carrier_id: str = "SM1"
) -> str:
    office_id, at = lobby.office.office_id, lobby.at(now)
    said = await commands.note_delivery(
        lobby.pool, office_id, at, message_id, "post", carrier_id, status, "30003"
    )
    return said["state"]


async def test_delivered_is_the_last_word(pool: Pool, owner: Connection) -> None:
    lobby = await usual(pool)
    message_id = await sent(lobby)
    assert await note(lobby, "08:02", message_id, "sent") == "sent"
    assert await note(lobby, "08:03", message_id, "delivered") == "delivered"
    assert await note(lobby, "08:04", message_id, "failed") == "delivered"
    assert await message_state(owner, lobby, message_id) == "delivered"
    assert await claim(lobby, "08:05") == []


async def test_what_failed_goes_to_the_next_carrier_at_once(pool: Pool, owner: Connection) -> None:
    lobby = await usual(pool)
    message_id = await sent(lobby)
    assert await note(lobby, "08:02", message_id, "failed") == "sending"
    assert await message_state(owner, lobby, message_id) == "sending"
    [job] = await claim(lobby, "08:02")
    assert job["job_id"] == str(message_id)
    assert await note(lobby, "08:02", message_id, "failed") == "sending"  # said twice


async def test_a_call_nobody_answers_is_made_again_in_ten_minutes_three_times_at_most(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool)
    message_id = await sent(lobby, "08:00", "CA1")
    times = [("08:00", "08:09", "08:10"), ("08:10", "08:19", "08:20"), ("08:20", "08:29", "08:30")]
    for n, (now, not_yet, again) in enumerate(times, 1):
        assert await note(lobby, now, message_id, "unanswered", f"CA{n}") == "sending"
        assert await claim(lobby, not_yet) == []
        [job] = await claim(lobby, again)
        mine = (pool, lobby.office.office_id, lobby.at(again), message_id)
        number = (await commands.begin_sending(*mine, job["attempts"], "post"))["sending_no"]
        await commands.end_sending(*mine, number, "accepted", f"CA{n + 1}")
        await commands.finish_job(*mine, job["attempts"], "done")
    assert await note(lobby, "08:30", message_id, "unanswered", "CA4") == "dead"
    assert await message_state(owner, lobby, message_id) == "dead"
    assert await claim(lobby, "09:00") == []


async def test_the_word_may_come_before_the_answer_to_the_call_it_speaks_of(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool)
    message_id = await sending(lobby)
    assert await note(lobby, "08:01", message_id, "delivered", "SM9") == "delivered"
    [kept] = await owner.fetch(
        "select outcome, carrier_id from queue.sending where message_id = $1", message_id
    )
    assert tuple(kept) == ("accepted", "SM9")


async def test_a_message_this_carrier_was_not_given_is_not_there(pool: Pool) -> None:
    lobby, other = await usual(pool), await usual(pool)
    message_id = await sent(lobby)
    for of, message, carrier_id in (
        (lobby, uuid4(), "SM1"),
        (lobby, message_id, "SM2"),
        (other, message_id, "SM1"),
    ):
        with pytest.raises(Refused, match="no_such_message"):
            await note(of, "08:02", message, "delivered", carrier_id)
