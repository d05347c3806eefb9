"""A booking waits for its group: quick together, fair to every office, and nobody is lost."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest

from queue_service import commands, db, reads
from queue_service.db import Refused
from queue_service.group_commit import Groups
from queue_service.settings import Settings
from tests.bookings import booking
from tests.offices import Office, make_office
from tests.times import Still

pytestmark = pytest.mark.anyio


async def wide_office(pool: db.Pool) -> Office:
    """Room for thousands, and nothing left to be decided by time alone."""
    office = await make_office(pool, area_cap=5000, planned=5000)
    await commands.settle(pool, office.office_id, office.at("07:00"))
    return office


def groups_of(pool: db.Pool, office: Office, settings: Settings | None = None) -> Groups:
    return Groups(pool, Still(office.at("07:00")), settings or Settings())


async def version(pool: db.Pool, office: Office) -> int:
    rows = {row["office_id"]: row["version"] for row in await reads.versions(pool)}
    return rows[office.office_id]


async def held_locked(owner: db.Connection, offices: Sequence[Office]) -> None:
    """The office is held, as a slow command would; the caller's transaction lets it go."""
    await owner.execute(
        "select from queue.office_state where office_id = any($1) for update",
        [office.office_id for office in offices],
    )


async def waiting(owner: db.Connection, least: int = 1) -> None:
    """Until somebody waits for a lock that we hold."""
    while True:
        count = await owner.fetchval(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' "
            "and pg_backend_pid() = any(pg_blocking_pids(pid))"
        )
        if count >= least:
            return
        await asyncio.sleep(0.01)


async def test_a_booking_alone_is_a_group_of_one(pool: db.Pool) -> None:
    office = await make_office(pool)
    request = booking(office.at("09:00"))
    visit = await groups_of(pool, office).book(office.office_id, request)
    assert visit["visit_id"] == str(request.booking_id)
    assert visit["state"] == "booked"
    assert visit["token"] == request.token


async def test_those_who_come_meanwhile_go_together_into_the_next_transaction(
    pool: db.Pool, owner: db.Connection
) -> None:
    office = await wide_office(pool)
    groups = groups_of(pool, office)
    before = await version(pool, office)
    async with owner.transaction():
        await held_locked(owner, [office])
        first = asyncio.create_task(groups.book(office.office_id, booking(office.at("09:00"))))
        await waiting(owner)
        others = [
            asyncio.create_task(groups.book(office.office_id, booking(office.at("09:00"))))
            for _ in range(50)
        ]
    visits = await asyncio.gather(first, *others)
    assert len({visit["code"] for visit in visits}) == 51
    assert await version(pool, office) == before + 2


async def test_the_last_places_go_to_those_who_came_first(
    pool: db.Pool, owner: db.Connection
) -> None:
    office = await make_office(pool, planned={"justice": 3})
    groups = groups_of(pool, office)
    async with owner.transaction():
        await held_locked(owner, [office])
        asked = [
            asyncio.create_task(groups.book(office.office_id, booking(office.at("09:00"))))
            for _ in range(8)
        ]
        await waiting(owner)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(answer, dict) for answer in answers[:3])
    for answer in answers[3:]:
        assert isinstance(answer, Refused)
        assert (answer.code, answer.status, answer.facts["left"]) == ("slot_full", 409, 0)


async def test_the_same_booking_twice_at_once_is_one_visit(pool: db.Pool) -> None:
    office = await make_office(pool)
    groups = groups_of(pool, office)
    request = booking(office.at("09:00"))
    first, second = await asyncio.gather(
        groups.book(office.office_id, request), groups.book(office.office_id, request)
    )
    assert first["code"] == second["code"]
    assert await commands.cancel(
        pool, office.office_id, office.at("07:00"), "web", None, request.booking_id
    )


async def test_who_goes_away_cancels_nobody(pool: db.Pool, owner: db.Connection) -> None:
    office = await make_office(pool)
    groups = groups_of(pool, office)
    async with owner.transaction():
        await held_locked(owner, [office])
        goes = asyncio.create_task(groups.book(office.office_id, booking(office.at("09:00"))))
        await waiting(owner)
        stays = asyncio.create_task(groups.book(office.office_id, booking(office.at("09:05"))))
        goes_too = asyncio.create_task(groups.book(office.office_id, booking(office.at("09:05"))))
        await asyncio.sleep(0)
        goes.cancel()
        goes_too.cancel()
    assert (await stays)["state"] == "booked"


async def test_an_office_held_up_keeps_no_other_waiting(
    pool: db.Pool, owner: db.Connection
) -> None:
    slow, quick = await make_office(pool), await make_office(pool)
    groups = groups_of(pool, slow)
    async with owner.transaction():
        await held_locked(owner, [slow])
        waits = asyncio.create_task(groups.book(slow.office_id, booking(slow.at("09:00"))))
        await waiting(owner)
        async with asyncio.timeout(20):
            visit = await groups.book(quick.office_id, booking(quick.at("09:00")))
        assert visit["state"] == "booked"
        assert not waits.done()
    assert (await waits)["state"] == "booked"


async def test_a_line_too_long_is_told_to_come_back(pool: db.Pool, owner: db.Connection) -> None:
    office = await wide_office(pool)
    groups = groups_of(pool, office, Settings(line_limit=3))
    async with owner.transaction():
        await held_locked(owner, [office])
        first = asyncio.create_task(groups.book(office.office_id, booking(office.at("09:00"))))
        await waiting(owner)
        line = [
            asyncio.create_task(groups.book(office.office_id, booking(office.at("09:00"))))
            for _ in range(3)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Refused, match="busy") as refusal:
            await groups.book(office.office_id, booking(office.at("09:00")))
        assert refusal.value.status == 503
        assert refusal.value.facts["retry_after"] >= 1
    assert len(await asyncio.gather(first, *line)) == 4


async def test_who_waited_too_long_is_told_to_come_back(
    pool: db.Pool, owner: db.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queue_service.group_commit.PATIENCE", 0.05)
    office = await make_office(pool)
    groups = groups_of(pool, office)
    async with owner.transaction():
        await held_locked(owner, [office])
        first = asyncio.create_task(groups.book(office.office_id, booking(office.at("09:00"))))
        await waiting(owner)
        late = asyncio.create_task(groups.book(office.office_id, booking(office.at("09:00"))))
        await asyncio.sleep(0.1)
    assert (await first)["state"] == "booked"
    with pytest.raises(Refused, match="busy"):
        await late


async def test_a_group_is_never_larger_than_its_limit(pool: db.Pool) -> None:
    office = await wide_office(pool)
    groups = groups_of(pool, office, Settings(group_limit=4))
    before = await version(pool, office)
    await asyncio.gather(
        *(groups.book(office.office_id, booking(office.at("09:00"))) for _ in range(10))
    )
    assert await version(pool, office) == before + 3


async def test_one_that_breaks_the_command_spoils_it_for_no_other(pool: db.Pool) -> None:
    office = await make_office(pool)
    groups = groups_of(pool, office)
    broken = booking(office.at("09:00"), name="\0")  # PostgreSQL's text cannot hold it
    good = [booking(office.at("09:00")), booking(office.at("09:05"))]
    answers = await asyncio.gather(
        *(groups.book(office.office_id, one) for one in (good[0], broken, good[1])),
        return_exceptions=True,
    )
    assert isinstance(answers[0], dict)
    assert isinstance(answers[1], Exception)
    assert not isinstance(answers[1], Refused)
    assert isinstance(answers[2], dict)


async def test_a_connection_lost_on_the_way_books_everybody_once(
    pool: db.Pool, owner: db.Connection
) -> None:
    office = await wide_office(pool)
    groups = groups_of(pool, office)
    async with owner.transaction():
        await held_locked(owner, [office])
        asked = [
            asyncio.create_task(groups.book(office.office_id, booking(office.at("09:00"))))
            for _ in range(20)
        ]
        await waiting(owner)
        await owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where pg_backend_pid() = any(pg_blocking_pids(pid))"
        )
    visits = await asyncio.gather(*asked)
    assert len({visit["code"] for visit in visits}) == 20
    booked = await owner.fetchval(
        "select count(*) from queue.visit where office_id = $1", office.office_id
    )
    assert booked == 20


async def test_a_repeat_after_the_answer_was_lost_gets_the_same_visit(pool: db.Pool) -> None:
    office = await make_office(pool)
    request = booking(office.at("09:00"))
    first = await groups_of(pool, office).book(office.office_id, request)
    again = await groups_of(pool, office).book(office.office_id, request)
    assert (again["visit_id"], again["code"]) == (first["visit_id"], first["code"])


async def test_the_same_id_with_another_body_is_refused(pool: db.Pool) -> None:
    office = await make_office(pool)
    groups, same = groups_of(pool, office), uuid4()
    await groups.book(office.office_id, booking(office.at("09:00"), booking_id=same))
    with pytest.raises(Refused, match="id_reused"):
        await groups.book(office.office_id, booking(office.at("09:05"), booking_id=same))


async def test_an_office_that_is_not_there_is_said_to_be_missing(pool: db.Pool) -> None:
    office = await make_office(pool)
    with pytest.raises(Refused, match="no_such_office"):
        await groups_of(pool, office).book(99_999, booking(office.at("09:00")))


async def test_a_clock_that_is_not_known_yet_books_nobody(pool: db.Pool) -> None:
    office = await make_office(pool)
    with pytest.raises(Refused, match="not_ready"):
        await Groups(pool, db.Clock(), Settings()).book(
            office.office_id, booking(office.at("09:00"))
        )
