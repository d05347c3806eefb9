"""A job ends, comes back later, or is given up."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool, Refused
from tests.lobby import Answer, Lobby, id_of, moment
from tests.sql.scenes import ELDERS, claim, leave_text, message_state, sending, usual

pytestmark = pytest.mark.anyio


async def finish(
    lobby: Lobby,
    at: datetime,
    job_id: UUID,
    attempt: int,
    outcome: str,
    not_before: datetime | None = None,
    error: str = "",
) -> Answer:
    office = (lobby.pool, lobby.office.office_id)
    return await commands.finish_job(*office, at, job_id, attempt, outcome, not_before, error)


async def test_a_job_that_is_done_is_over_and_forgets_whom_it_was_for(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool)
    message_id = await sending(lobby)
    ended = await finish(lobby, lobby.at("08:01"), message_id, 1, "done")
    assert (ended["outcome"], moment(ended["ended_at"])) == ("done", lobby.at("08:01"))
    assert await message_state(owner, lobby, message_id) == "sent"
    facts = await owner.fetchval("select facts from queue.job where job_id = $1", message_id)
    assert facts == {"language": "vi"}
    assert await claim(lobby, "09:00") == []


async def test_a_job_ends_once_and_only_for_who_holds_it(pool: Pool) -> None:
    lobby = await usual(pool)
    message_id = await leave_text(lobby)
    at = lobby.at("08:01")
    with pytest.raises(Refused, match="not_mine"):
        await finish(lobby, at, message_id, 1, "done")  # nobody has claimed it
    await claim(lobby, "08:00")
    await finish(lobby, at, message_id, 1, "done")
    with pytest.raises(Refused, match="not_mine"):
        await finish(lobby, at, message_id, 1, "retry")
    with pytest.raises(Refused, match="not_mine"):
        await finish(lobby, at, uuid4(), 1, "done")


async def test_the_pause_doubles_with_each_failure_and_the_tenth_is_the_last(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool)
    message_id = await leave_text(lobby)
    at, pauses, ended = lobby.at("08:00"), list[float](), Answer()
    for attempt in range(1, 11):
        [job] = await commands.claim_jobs(pool, lobby.office.office_id, at, 1)
        assert job["attempts"] == attempt
        ended = await finish(lobby, at, message_id, attempt, "retry", None, "no line")
        if attempt < 10:
            pauses.append((moment(ended["due_at"]) - at).total_seconds())
            at = moment(ended["due_at"])
    assert pauses == [20, 40, 80, 160, 320, 640, 1280, 2560, 5120]
    assert ended["outcome"] == "dead"
    assert await claim(lobby, "17:00") == []


async def test_a_carrier_that_says_when_is_not_asked_before(pool: Pool) -> None:
    lobby = await usual(pool)
    message_id = await leave_text(lobby)
    await claim(lobby, "08:00")
    later = lobby.at("08:00") + timedelta(minutes=30)
    ended = await finish(lobby, lobby.at("08:00"), message_id, 1, "retry", later)
    assert moment(ended["due_at"]) == later
    assert await claim(lobby, "08:29") == []
    assert len(await claim(lobby, "08:30")) == 1


async def test_what_waits_has_not_failed(pool: Pool, owner: Connection) -> None:
    lobby = await usual(pool)
    message_id = await leave_text(lobby)
    for attempt in range(1, 13):  # more than the failures that end a job
        now = f"{7 + attempt:02}:00"
        await claim(lobby, now)
        ended = await finish(lobby, lobby.at(now), message_id, attempt, "wait")
        assert (ended["outcome"], ended["ended_at"]) == ("wait", None)


async def test_after_the_confirmation_the_reminders_are_left_for_a_booking_that_stands(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool)
    stands = await lobby.book("16:00", phone=ELDERS)
    gone = await lobby.book("16:05", phone="+84905123457")
    jobs = await claim(lobby, "07:01")
    await lobby.do("cancel", "07:01", gone)
    for job in jobs:
        await finish(lobby, lobby.at("07:02"), UUID(job["job_id"]), 1, "no_carrier")
    left = await owner.fetch(
        "select visit_id from queue.job where office_id = $1 and kind = 'hour_before'",
        lobby.office.office_id,
    )
    assert [row["visit_id"] for row in left] == [id_of(stands)]
