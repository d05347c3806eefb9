"""An installation of an earlier day is brought up to date: what it holds stays, and goes on."""

from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from queue_service import commands, db, migrate, reads
from tests.lobby import Lobby
from tests.offices import Office, make_office
from tests.times import ZONE

pytestmark = pytest.mark.anyio

PLAYED = Path(__file__).parent / "data" / "played-0012.sql"
LAST = "0012"  # what came later was not there when the data was made
OFFICE = 3434
TOKEN = "90a3623c3c0dfdfbb1a0ebfb886cbea3"  # of the booking at 10:30


@pytest.fixture
async def old(server: db.Database, anyio_backend: object) -> AsyncGenerator[db.Database, None]:
    """The tables as they were, with the data of that day and none of today's functions."""
    mine = server.named(f"upgrade_{uuid4().hex}")
    await db.create_database(mine.owner_url)
    folder = migrate.sql_folder()
    async with db.owner(mine.owner_url) as owner:
        await owner.execute((folder / "runner" / "record.sql").read_text("utf-8"))
        for path in migrate.table_files(folder):
            if path.name[:4] <= LAST:
                text = path.read_text("utf-8")
                await owner.execute(text)
                await owner.execute(
                    "insert into ops.migration (name, sha) values ($1, $2)",
                    path.name,
                    migrate.sha(text),
                )
        await owner.execute(PLAYED.read_text("utf-8"))
    yield mine
    await db.drop_database(mine.owner_url)


async def test_what_was_booked_before_the_upgrade_is_served_after_it(old: db.Database) -> None:
    pending = await migrate.pending(old.owner_url)
    assert pending
    assert all(name[:4] > LAST for name in pending if name != migrate.FUNCTIONS)
    assert await migrate.migrate(old.owner_url) == pending

    async with db.connect(old.app_url, 2) as pool:
        slug = {row["office_id"]: row["slug"] for row in await reads.directory(pool)}[OFFICE]
        lobby = Lobby(pool, Office(OFFICE, slug, ZONE, {}))
        assert await lobby.differences("09:20") == []
        ticket = await reads.ticket(pool, OFFICE, lobby.at("09:20"), bytes.fromhex(TOKEN))
        assert ticket is not None
        assert (ticket["state"], ticket["name"]) == ("booked", "Nguyễn Văn An")

        booked = {"visit_id": ticket["visit_id"]}
        came = await lobby.arrive("10:25", booked)
        assert came["decision"] == "enter"
        called = await lobby.do("call_number", "10:30", "1", came["number"])
        assert UUID(called["visit_id"]) == UUID(ticket["visit_id"])
        await lobby.book("14:00", phone="+84905999000", now="10:31")
        # What is new holds for what is old.
        assert (await reads.retention(pool, OFFICE, lobby.at("10:31")))["retention_days"] == 30
        gone = await commands.forget(pool, OFFICE, lobby.office.at("00:01", 31), 200)
        assert gone["visits"] == 7
        assert await lobby.differences() == []
        await make_office(pool)


async def test_a_program_that_is_older_than_its_database_does_not_start_on_it(
    old: db.Database, tmp_path: Path
) -> None:
    """A roll-back of the program alone is refused in words, before anything is changed."""
    await migrate.migrate(old.owner_url)
    older = tmp_path / "sql"
    for path in migrate.sql_folder().rglob("*.sql"):
        if path.parent.name != "tables" or path.name[:4] <= LAST:
            copy = older / path.relative_to(migrate.sql_folder())
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(path.read_text("utf-8"), "utf-8")
    with pytest.raises(migrate.MigrationError, match="newer than this program"):
        await migrate.migrate(old.owner_url, older)
    assert await migrate.pending(old.owner_url) == []
