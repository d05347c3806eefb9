"""Migrations: once, in order, one at a time, and never quietly different from the files."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from queue_service import db, migrate

pytestmark = pytest.mark.anyio


@pytest.fixture
async def empty(server: db.Database, anyio_backend: object) -> AsyncGenerator[db.Database, None]:
    """The address of a database that does not exist yet."""
    mine = server.named(f"migrate_{uuid4().hex}")
    yield mine
    await db.drop_database(mine.owner_url)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small set of files of our own, beside the real runner's."""
    shutil.copytree(migrate.sql_folder() / "runner", tmp_path / "sql" / "runner")
    for name, text in {
        "tables/0001_room.sql": "create schema if not exists queue; "
        "create table queue.room (n int);",
        "internal/_twice.sql": "create or replace function queue._twice(n int) returns int "
        "language sql immutable set search_path = '' as $$ select n * 2 $$;",
        "commands/grow.sql": "create or replace function api.grow(n int) returns int language "
        "plpgsql security definer set search_path = '' as $$ begin insert into queue.room "
        "values (queue._twice(n)); return (select count(*) from queue.room); end $$;",
        "roles.sql": "comment on schema api is 'what the application may call';",
    }.items():
        path = tmp_path / "sql" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path / "sql"


async def test_an_empty_server_gets_the_database_with_everything(empty: db.Database) -> None:
    applied = await migrate.migrate(empty.owner_url)
    assert applied == list(migrate.expected())
    assert await migrate.migrate(empty.owner_url) == []
    assert await migrate.pending(empty.owner_url) == []


async def test_the_application_can_ask_what_was_applied(pool: db.Pool) -> None:
    rows = await db.call(pool, "applied_migrations")
    assert migrate.missing({row["name"]: row["sha"] for row in rows}) == []


async def test_of_two_at_once_one_applies_and_the_other_waits(
    empty: db.Database, folder: Path
) -> None:
    done = await asyncio.gather(*(migrate.migrate(empty.owner_url, folder) for _ in range(3)))
    assert sorted(map(len, done)) == [0, 0, 2]


async def test_changed_functions_replace_the_whole_set_and_data_stays(
    empty: db.Database, folder: Path
) -> None:
    await migrate.migrate(empty.owner_url, folder)
    async with db.connect(empty.app_url, size=1) as pool:
        assert (await db.call(pool, "grow", 1))[0][0] == 1
        (folder / "commands" / "grow.sql").rename(folder / "commands" / "swell.sql")
        path = folder / "commands" / "swell.sql"
        path.write_text(path.read_text().replace("api.grow", "api.swell"))
        assert await migrate.pending(empty.owner_url, folder) == [migrate.FUNCTIONS]
        assert await migrate.migrate(empty.owner_url, folder) == [migrate.FUNCTIONS]
        assert (await db.call(pool, "swell", 1))[0][0] == 2
        with pytest.raises(asyncpg.UndefinedFunctionError):
            await db.call(pool, "grow", 1)


async def test_a_faulty_function_leaves_the_old_set_in_force(
    empty: db.Database, folder: Path
) -> None:
    await migrate.migrate(empty.owner_url, folder)
    (folder / "reads").mkdir()
    faulty = folder / "reads" / "faulty.sql"
    faulty.write_text(
        "create or replace function api.faulty() returns int language sql stable "
        "as $$ select no_such_column from queue.room $$;"
    )
    with pytest.raises(asyncpg.UndefinedColumnError, match=r"api\.faulty"):
        await migrate.migrate(empty.owner_url, folder)
    async with db.connect(empty.app_url, size=1) as pool:
        assert (await db.call(pool, "grow", 1))[0][0] == 1


async def test_an_internal_function_cannot_be_called_by_the_application(
    empty: db.Database, folder: Path
) -> None:
    await migrate.migrate(empty.owner_url, folder)
    async with db.connect(empty.app_url, size=1) as pool:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.fetchval("select queue._twice(1)")


async def test_an_edited_migration_is_refused(empty: db.Database, folder: Path) -> None:
    await migrate.migrate(empty.owner_url, folder)
    path = folder / "tables" / "0001_room.sql"
    path.write_text(path.read_text() + " -- changed")
    with pytest.raises(migrate.MigrationError, match="edited"):
        await migrate.migrate(empty.owner_url, folder)


async def test_a_migration_that_comes_too_late_in_order_is_refused(
    empty: db.Database, folder: Path
) -> None:
    await migrate.migrate(empty.owner_url, folder)
    (folder / "tables" / "0000_before.sql").write_text("select 1")
    with pytest.raises(migrate.MigrationError, match="comes before"):
        await migrate.migrate(empty.owner_url, folder)


async def test_an_owner_who_is_no_superuser_is_enough(server: db.Database, folder: Path) -> None:
    if "TEST_DATABASE_URL" in os.environ:
        pytest.skip("a foreign server may not let in a role without a password")
    name = f"owner_{uuid4().hex}"
    parts = urlsplit(server.named(name).owner_url)
    mine = parts._replace(netloc=f"{name}@").geturl()
    async with db.owner(server.owner_url) as connection:
        await connection.execute(f"create role {name} login createrole createdb")
        await connection.execute(f"grant queue_app to {name} with admin option")
    try:
        await migrate.migrate(mine, folder)
        async with db.connect(mine, size=1) as pool:
            assert await pool.fetchval("select current_user") == db.APP_ROLE
            assert (await db.call(pool, "grow", 1))[0][0] == 1
    finally:
        await db.drop_database(mine)


async def test_a_program_older_than_its_database_is_refused(
    empty: db.Database, folder: Path
) -> None:
    (folder / "tables" / "0002_more.sql").write_text("create table queue.more (n int)")
    await migrate.migrate(empty.owner_url, folder)
    (folder / "tables" / "0002_more.sql").unlink()
    with pytest.raises(migrate.MigrationError, match="newer"):
        await migrate.migrate(empty.owner_url, folder)


async def test_a_failing_migration_leaves_nothing_behind(empty: db.Database, folder: Path) -> None:
    await migrate.migrate(empty.owner_url, folder)
    (folder / "tables" / "0002_more.sql").write_text("create table queue.more (n int); select 1/0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate.migrate(empty.owner_url, folder)
    async with db.owner(empty.owner_url) as connection:
        assert await connection.fetchval("select to_regclass('queue.more')") is None
    assert await migrate.pending(empty.owner_url, folder) == ["0002_more.sql"]


async def test_an_index_may_be_built_outside_of_a_transaction(
    empty: db.Database, folder: Path
) -> None:
    (folder / "tables" / "0002_index.sql").write_text(
        "-- no-transaction\ncreate index concurrently room_n on queue.room (n)"
    )
    done = await asyncio.gather(*(migrate.migrate(empty.owner_url, folder) for _ in range(2)))
    assert sorted(map(len, done)) == [0, 3]


def test_a_database_is_named_in_its_address(server: db.Database) -> None:
    assert urlsplit(server.named("a b").owner_url).path == "/a%20b"
