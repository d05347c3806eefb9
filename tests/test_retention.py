"""After the days an office keeps its visitors' names, nobody can tell who came; the counts stay."""

import argparse
import asyncio
import dataclasses
import hashlib
from collections import Counter
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID, uuid4

import pytest

from queue_service import commands, db, reads, retention
from queue_service.settings import Settings
from tests.fairness import fair, wait
from tests.floors import empty_database
from tests.lobby import Lobby
from tests.offices import make_office
from tests.test_sender import Mail, Post
from tests.times import Still

pytestmark = pytest.mark.anyio

NAME = "Huỳnh Thị Thử"
PHONE = "+84905777123"
# As people write them, and as a table may hide them.
TRACES = [NAME, NAME.encode().hex(), "0905777123", "905777123", PHONE.encode().hex()]

TABLES = """
select format('%I.%I', n.nspname, c.relname) as name
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname in ('queue', 'ops') order by 1
"""


async def traces(owner: db.Connection, *wanted: str) -> Counter[str]:
    """In which tables, of all there are, one of these words is found, and in how many rows."""
    found: Counter[str] = Counter()
    for table in await owner.fetch(TABLES):
        for row in await owner.fetch(f"select t::text as row from {table['name']} as t"):
            if any(word in row["row"] for word in wanted or TRACES):
                found[table["name"]] += 1
    return found


@pytest.fixture
async def alone(
    database: db.Database, anyio_backend: object
) -> AsyncGenerator[tuple[db.Pool, db.Connection], None]:
    """A database without anybody else's names."""
    async with (
        empty_database(database) as mine,
        db.connect(mine.app_url, 4) as pool,
        db.owner(mine.owner_url) as owner,
    ):
        yield pool, owner


async def everything(pool: db.Pool, owner: db.Connection) -> Lobby:
    """One person leaves name and phone wherever the service takes them."""
    office = await make_office(
        pool, change=fair("permit", prove_phone=True, codes_per_hour=9), planned=9
    )
    lobby, post = Lobby(pool, office), Post()
    mine = {"name": NAME, "phone": PHONE}
    at, number = lobby.at, office.office_id

    # A proven booking, one that lapses unproven, a scarce one, one over the limit of a phone.
    booked = await lobby.book("10:00", **mine, proof="482913")
    await lobby.do("prove_phone", "07:01", booked, "482913", actor="web")
    await lobby.book("10:30", **mine, proof="482914")
    person = hashlib.sha256(NAME.encode()).hexdigest()
    scarce = await lobby.book("11:00", "permit", **mine, proof="482915", person=person)
    await lobby.do("prove_phone", "07:01", scarce, "482915", actor="web")
    for _ in range(3):
        why = f"Bà {NAME} đi cùng mẹ, gọi 0905.777 123"
        await lobby.book("09:00", **mine, actor="operator:Lan", channel="hotline", reason=why)
    mail = Mail(lobby, post)
    assert ("confirmation", "done") in await mail.go("07:02")

    # Waiting for an earlier time, with a booking and without; asked to be called back.
    moved = await wait(lobby, "07:03", PHONE, visit_id=booked["visit_id"])
    await lobby.do("leave_waiting_list", "07:04", UUID(moved["waiting_id"]), actor="web")
    until = {"until_at": at("10:00").isoformat(), "person": person}
    lone = await wait(lobby, "07:03", PHONE, name=NAME, **until)
    back = uuid4()
    await commands.call_back_later(
        pool, number, at("07:05"), "operator:Lan", None, back, "copy", NAME, PHONE, note=NAME
    )
    await commands.called_back(pool, number, at("07:06"), "operator:Lan", None, back, "done")
    await lobby.do("leave_waiting_list", "07:07", UUID(lone["waiting_id"]), actor="web")

    # Texts: a question that waits, one answered by a rule, one by an operator.
    asked = {"name": NAME, "options": ["copy", "permit"]}
    await commands.ask_text(pool, number, at("07:08"), PHONE, asked, 60)
    known = hashlib.sha256(b"one text").digest()
    await commands.take_text(pool, known, at("07:09"))
    await commands.end_text(pool, known, f"{NAME}: 10:00", understood=True)
    kept = await commands.keep_text(pool, at("07:10"), PHONE, "gateway", "1", f"Tôi là {NAME}")
    answer = f"Chào bà {NAME}"
    await commands.answer_inbox(
        pool, number, at("07:11"), "operator:Lan", UUID(kept["inbox_id"]), answer
    )
    stray = await commands.keep_text(pool, at("07:10"), "+84905777124", "gateway", "2", NAME)
    await commands.answer_inbox(
        pool, number, at("07:11"), "operator:Lan", UUID(stray["inbox_id"]), ""
    )
    await mail.go("07:12")

    # At the door and the counter: one comes, one is cancelled with a reason that names her.
    key = str(uuid4())
    await commands.arrive(
        pool, number, at("09:55"), "kiosk:door", key, visit_id=UUID(booked["visit_id"])
    )
    later = await lobby.book("13:30", **mine, actor="operator:Lan", channel="hotline", reason=NAME)
    await lobby.do("cancel", "09:56", later, f"{NAME} (0905 777 123) báo bận")
    await lobby.walk_in("10:00", phone=PHONE)
    await lobby.do("open_counter", "10:01", "1")
    await lobby.do("call_next", "10:02", "1")
    await lobby.do("serve", "10:03", booked)
    await lobby.do("note_dossier", "10:04", booked, "H17.18-1")
    await lobby.do("finish", "10:09", booked)
    entry = {"entry_id": str(uuid4()), "call": "", "did": "waits", "service": "copy", "note": NAME}
    await commands.note_call(pool, number, at("10:10"), "operator:Lan", entry)
    await lobby.settle("18:30")
    await owner.execute(
        "insert into queue.floor_late (office_id, epoch, seq, kind, body, at) "
        "values ($1, 1, 1, 'visit', $2, $3)",
        number,
        {"visit": {"name": NAME, "phone": PHONE}},
        at("12:00"),
    )
    return lobby


async def test_after_its_days_no_name_and_no_phone_is_found_anywhere(
    alone: tuple[db.Pool, db.Connection],
) -> None:
    pool, owner = alone
    lobby = await everything(pool, owner)
    number = lobby.office.office_id
    before = await traces(owner)
    assert set(before) >= {
        "queue.visit",
        "queue.stay",
        "queue.event",
        "queue.message",
        "queue.waiting",
        "queue.call_back",
        "queue.text_question",
        "queue.phone_proof",
        "queue.floor_late",
        "ops.inbox",
        "ops.text_answer",
    }
    counted = await counts(owner)
    last_day = Still(lobby.office.at("23:59", 30))
    await retention.forget(pool, last_day, number)
    assert (await traces(owner))["queue.visit"] == before["queue.visit"], "kept for 30 days"

    next_day = Still(lobby.office.at("00:01", 31))
    async for _ in retention.forget_all(pool, next_day):
        pass
    assert await traces(owner) == Counter()
    assert await owner.fetchval("select count(*) from ops.person_booking") == 0
    assert await owner.fetchval("select count(*) from queue.visit where person is not null") == 0
    assert await counts(owner) == counted
    assert await lobby.differences() == []


async def counts(owner: db.Connection) -> list[Any]:
    """What statistics are made of."""
    tables = "visit", "visit_service", "stay", "event", "usage", "number", "message", "waiting"
    rows = [await owner.fetchval(f"select count(*) from queue.{table}") for table in tables]
    return [
        *rows,
        await owner.fetch("select state, count(*) from queue.visit group by 1 order by 1"),
    ]


async def test_it_goes_in_small_pieces_until_all_is_gone(
    pool: db.Pool, owner: db.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=None, planned=40))
    for start in ("08:00", "09:00", "10:00"):
        requests = [lobby.request(start, phone=f"+849{start[:2]}00{n:04}") for n in range(10)]
        assert {outcome for outcome, _ in await lobby.book_group(requests)} == {"booked"}
    await lobby.settle("18:30")
    monkeypatch.setattr(retention, "AT_ONCE", 7)
    at = Still(lobby.office.at("08:00", 40))
    foretold = await reads.retention(pool, lobby.office.office_id, at.now())
    gone = await retention.forget(pool, at, lobby.office.office_id)
    assert gone["visits"] == 30
    assert {kind: foretold[kind] for kind in gone} == dict(gone)
    named = "select count(*) from queue.visit where office_id = $1 and name || phone <> ''"
    assert await owner.fetchval(named, lobby.office.office_id) == 0
    again = await retention.forget(pool, at, lobby.office.office_id)
    assert again.total() == 0


# --- The command and the worker ---------------------------------------------------------------


def test_the_command_says_what_would_go_and_takes_it_only_when_told(
    database: db.Database, capsys: pytest.CaptureFixture[str]
) -> None:
    slug, number = asyncio.run(_an_old_visit(database))
    settings = dataclasses.replace(
        Settings(), database_url=database.app_url, database_owner_url=database.owner_url
    )
    parser = argparse.ArgumentParser()
    retention.arguments(parser)
    for arguments, said, left in (
        (["--dry-run"], "sẽ xóa / would go: 1 lượt / visits", 1),
        ([], "đã xóa / removed: 1 lượt / visits", 0),
        (["--dry-run"], "would go: 0", 0),
    ):
        assert retention.command(parser.parse_args(["--office", slug, *arguments]), settings) == 0
        assert said in capsys.readouterr().out
        assert asyncio.run(_named(database, number)) == left
    assert retention.command(parser.parse_args(["--office", "nowhere"]), settings) == 2


async def _an_old_visit(database: db.Database) -> tuple[str, int]:
    async with db.connect(database.app_url, 1) as pool:
        lobby = Lobby(pool, await make_office(pool))
        await lobby.book("09:00")
        return lobby.office.slug, lobby.office.office_id


async def _named(database: db.Database, number: int) -> int:
    async with db.owner(database.owner_url) as owner:
        return await _names(owner, number)


async def test_a_worker_does_it_by_itself_and_an_office_in_trouble_does_not_stop_it(
    alone: tuple[db.Pool, db.Connection],
) -> None:
    pool, owner = alone
    lobbies = [Lobby(pool, await make_office(pool)) for _ in range(2)]
    for lobby in lobbies:
        await lobby.book("09:00")
    first, second = sorted(lobbies, key=lambda lobby: lobby.office.slug)
    clock = Still(first.office.at("08:00", 31))
    zone = "update queue.office set time_zone = $2 where office_id = $1"
    await owner.execute(zone, first.office.office_id, "Nowhere/At_All")
    task = asyncio.create_task(retention.keep_forgetting(pool, clock, every=0.05))
    try:
        async with asyncio.timeout(60):
            await _until_nobody_is_named(owner, second)
            assert await _names(owner, first.office.office_id) == 1
            await owner.execute(zone, first.office.office_id, "Asia/Ho_Chi_Minh")
            await _until_nobody_is_named(owner, first)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _until_nobody_is_named(owner: db.Connection, lobby: Lobby) -> None:
    while await _names(owner, lobby.office.office_id):
        await asyncio.sleep(0.05)


async def _names(owner: db.Connection, office_id: int) -> int:
    rows = await owner.fetch(
        "select from queue.visit where office_id = $1 and name <> ''", office_id
    )
    return len(rows)
