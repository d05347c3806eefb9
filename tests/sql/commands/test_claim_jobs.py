"""A worker takes on what is due: no job is held by two, and a dead worker's come back."""

import asyncio

import pytest

from queue_service import commands
from queue_service.db import Pool, Refused
from tests.floors import Box
from tests.sql.scenes import ELDERS, claim, leave_text, usual

pytestmark = pytest.mark.anyio


async def test_what_is_due_is_claimed_once_with_its_words(pool: Pool) -> None:
    lobby = await usual(pool)
    message_id = await leave_text(lobby, "08:00", "Đã có giấy")
    assert await claim(lobby, "07:59") == []
    [job] = await claim(lobby, "08:00")
    assert (job["job_id"], job["kind"], job["attempts"]) == (str(message_id), "answer", 1)
    assert job["facts"] == {"phone": ELDERS, "language": "vi", "text": "Đã có giấy"}
    assert await claim(lobby, "08:04") == []


async def test_a_worker_that_died_loses_its_jobs_after_five_minutes(pool: Pool) -> None:
    lobby = await usual(pool)
    message_id = await leave_text(lobby)
    await claim(lobby, "08:00")
    [again] = await claim(lobby, "08:06")
    assert again["attempts"] == 2
    late = (pool, lobby.office.office_id, lobby.at("08:06"), message_id)
    with pytest.raises(Refused, match="not_mine"):
        await commands.finish_job(*late, 1, "done")
    assert (await commands.finish_job(*late, 2, "done"))["outcome"] == "done"


async def test_what_somebody_waits_for_now_comes_first_and_never_more_than_asked(
    pool: Pool,
) -> None:
    lobby = await usual(pool)
    await lobby.book("09:00", phone=ELDERS)
    visit = await lobby.walk_in("08:00", phone="+84905123457")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:00", "1")
    [first] = await claim(lobby, "08:01", 1)
    assert (first["kind"], first["visit_id"]) == ("called", visit["visit"]["visit_id"])
    assert [job["kind"] for job in await claim(lobby, "08:01")] == ["confirmation"]


async def test_of_many_workers_none_holds_the_job_of_another(pool: Pool) -> None:
    lobby = await usual(pool)
    wanted = {str(await leave_text(lobby)) for _ in range(12)}
    taken = await asyncio.gather(*(claim(lobby, "08:00", 3) for _ in range(6)))
    ids = [job["job_id"] for jobs in taken for job in jobs]
    assert len(ids) == len(set(ids))
    assert set(ids) | {job["job_id"] for job in await claim(lobby, "08:00")} == wanted


async def test_one_office_does_not_see_the_jobs_of_another(pool: Pool) -> None:
    here, there = await usual(pool), await usual(pool)
    await leave_text(there)
    assert await claim(here, "08:00") == []


async def test_a_box_leaves_all_jobs_to_the_hub(pool: Pool, box_pool: Pool) -> None:
    lobby = await usual(pool)
    box = Box(pool, box_pool, lobby.office)
    await box.begin("07:00")
    await box.floor.walk_in("08:00", phone=ELDERS)
    await box.floor.do("open_counter", "08:00", "1")
    await box.floor.do("call_next", "08:01", "1")
    assert await claim(box.floor, "08:02") == []
    await box.heal("08:02")
    assert "called" in [job["kind"] for job in await claim(box.hub, "08:02")]
