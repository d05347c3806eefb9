"""`check` counts again from the ledger; tampering by whoever owns the database is found."""

import argparse
import asyncio
import dataclasses
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from queue_service import check, commands, db, reads
from queue_service.settings import Settings
from tests.bookings import booking
from tests.offices import Office, make_office

pytestmark = pytest.mark.anyio


@pytest.fixture
async def office(pool: db.Pool) -> Office:
    """Two visitors inside, one of them a party of three."""
    office = await make_office(pool)
    for party in (1, 3):
        await commands.walk_in(
            pool,
            office.office_id,
            office.at("08:00"),
            "kiosk:door",
            None,
            uuid4(),
            [{"service": "copy", "quantity": 1}],
            party,
            "",
            [],
            "",
            "",
            "vi",
            "kiosk",
            uuid4().hex,
            party,
        )
    return office


async def differences(pool: db.Pool, office: Office, at: datetime | None = None) -> list[str]:
    rows = await reads.check_office(pool, office.office_id, at or office.at("08:01"))
    return [what.split()[0] for what, _, _ in rows]


async def test_an_untouched_office_agrees(pool: db.Pool, office: Office) -> None:
    assert await differences(pool, office) == []


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        (
            "update queue.usage set taken = 9 where office_id = $1 and scope like 'queue:%'",
            "usage",
        ),
        ("delete from queue.usage where office_id = $1", "usage"),
        (
            "update queue.visit set state = 'serving', counter_id = '1' where office_id = $1",
            "visit",
        ),
        ("update queue.visit set party_size = 5 where office_id = $1 and party_size = 3", "visit"),
        ("update queue.stay set ended_at = started_at where office_id = $1 and heads = 3", "visit"),
        ("update queue.stay set present = false where office_id = $1 and heads = 3", "visit"),
        ("update queue.number set last = last + 1 where office_id = $1", "numbers"),
        ("delete from queue.visit_service where office_id = $1", "services"),
        (
            "update queue.stay set started_at = '2026-03-31' where office_id = $1 and stay_no = 2",
            "stays",
        ),
    ],
)
async def test_tampering_is_found(
    pool: db.Pool, owner: db.Connection, office: Office, tampering: str, found: str
) -> None:
    await owner.execute(tampering, office.office_id)
    assert found in await differences(pool, office)


def test_the_command_names_the_office_that_differs(
    database: db.Database, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = dataclasses.replace(
        Settings(), database_url=database.app_url, database_owner_url=database.owner_url
    )
    slug = make_one(database, tampered=False)
    assert run(settings, "--office", slug) == 0
    assert f"{slug}: khớp với sổ / agrees" in capsys.readouterr().out
    slug = make_one(database, tampered=True)
    assert run(settings, "--office", slug) == 1
    assert f"{slug}: khác sổ / differs" in capsys.readouterr().out


def test_it_first_writes_what_time_has_decided_by_the_clock_of_the_installation(
    database: db.Database,
) -> None:
    office, visit_id = asyncio.run(book_one(database))

    def state_at(clock: str) -> str:
        shift = round((office.at(clock) - datetime.now(UTC)).total_seconds())
        settings = Settings(database_url=database.app_url, clock_shift=shift)
        assert run(settings, "--office", office.slug) == 0
        return asyncio.run(state_of(database, visit_id))

    assert state_at("09:05") == "booked"
    assert state_at("09:15") == "missed"


async def book_one(database: db.Database) -> tuple[Office, UUID]:
    async with db.connect(database.app_url, size=1) as pool:
        office = await make_office(pool)
        asked = booking(office.at("09:00"))
        [(_, outcome, facts)] = await commands.book_slots(
            pool, office.office_id, office.at("07:00"), [asked]
        )
        assert outcome == "booked"
        return office, UUID(facts["visit_id"])


async def state_of(database: db.Database, visit_id: UUID) -> str:
    async with db.owner(database.owner_url) as owner:
        return await owner.fetchval("select state from queue.visit where visit_id = $1", visit_id)


def test_an_unknown_office_is_named(
    database: db.Database, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = dataclasses.replace(Settings(), database_url=database.app_url)
    assert run(settings, "--office", "nowhere") == 2
    assert "nowhere" in capsys.readouterr().err


def make_one(database: db.Database, *, tampered: bool) -> str:
    async def make() -> str:
        async with (
            db.connect(database.app_url, size=1) as pool,
            db.owner(database.owner_url) as owner,
        ):
            office = await make_office(pool)
            if tampered:
                await owner.execute(
                    "insert into queue.number (office_id, day, queue_id, last) "
                    "values ($1, '2026-03-31', 'justice', 1)",
                    office.office_id,
                )
            return office.slug

    return asyncio.run(make())


def run(settings: Settings, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    check.arguments(parser)
    return check.command(parser.parse_args(arguments), settings)
