"""Brings a database up to `sql/`: tables once and in order, functions whenever changed."""

import argparse
import asyncio
import hashlib
import importlib.resources
from pathlib import Path

from queue_service import db
from queue_service.settings import Settings

LOCK = 5_124_088
FUNCTIONS = "functions"
FOLDERS = ("internal", "commands", "reads")
NO_TRANSACTION = "-- no-transaction"


class MigrationError(Exception):
    """The database and the files do not fit together."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """`migrate` takes no arguments."""


def command(_args: argparse.Namespace, settings: Settings) -> int:
    with db.database(settings) as database:
        applied = asyncio.run(migrate(database.owner_url))
    for name in applied:
        print(f"+ {name}")
    print("Cơ sở dữ liệu đã sẵn sàng. / The database is up to date.")
    return 0


def sql_folder() -> Path:
    """Where the SQL lies: in a checkout beside the package, installed inside of it."""
    beside = Path(__file__).resolve().parent.parent / "sql"
    if (beside / "tables").is_dir():
        return beside
    return Path(str(importlib.resources.files("queue_service"))) / "sql"


def table_files(folder: Path) -> list[Path]:
    return sorted((folder / "tables").glob("*.sql"))


def function_files(folder: Path) -> list[Path]:
    files = [path for name in FOLDERS for path in sorted((folder / name).glob("*.sql"))]
    return [*files, folder / "roles.sql"] if (folder / "roles.sql").exists() else files


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def functions_sha(folder: Path) -> str:
    files = [*function_files(folder), *sorted((folder / "runner").glob("*.sql"))]
    return sha("\0".join(f"{path.name}\n{path.read_text('utf-8')}" for path in files))


def expected(folder: Path | None = None) -> dict[str, str]:
    """What a migrated database has on record: name and hash."""
    folder = folder or sql_folder()
    found = {path.name: sha(path.read_text("utf-8")) for path in table_files(folder)}
    return found | {FUNCTIONS: functions_sha(folder)}


async def migrate(url: str, folder: Path | None = None) -> list[str]:
    """Applies what is missing and names it. Two at once: one waits and finds nothing to do."""
    folder = folder or sql_folder()
    await db.create_database(url)
    async with db.owner(url) as connection:
        # The blocking call would deadlock with an index built concurrently by the other one.
        while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        try:
            await connection.execute((folder / "runner" / "record.sql").read_text("utf-8"))
            await connection.execute("set lock_timeout = '20s'")
            return await _apply(connection, folder)
        finally:
            if not connection.is_closed():
                await connection.execute("reset lock_timeout")
                await connection.fetchval("select pg_advisory_unlock($1)", LOCK)


async def pending(url: str, folder: Path | None = None) -> list[str]:
    """What `migrate` would do now, asked as the owner."""
    async with db.owner(url) as connection:
        there = await connection.fetchval("select to_regclass('ops.migration') is not null")
        rows = await connection.fetch("select name, sha from ops.migration") if there else []
    return missing({row["name"]: row["sha"] for row in rows}, folder)


def missing(applied: dict[str, str], folder: Path | None = None) -> list[str]:
    return [name for name, sha in expected(folder).items() if applied.get(name) != sha]


async def _apply(connection: db.Connection, folder: Path) -> list[str]:
    rows = await connection.fetch("select name, sha from ops.migration")
    done: dict[str, str] = {row["name"]: row["sha"] for row in rows}
    files = table_files(folder)
    names = {path.name for path in files}
    if unknown := sorted(set(done) - names - {FUNCTIONS}):
        raise MigrationError(f"the database is newer than this program: it has {unknown[-1]}")
    applied: list[str] = []
    for path in files:
        text = path.read_text("utf-8")
        if path.name in done:
            if done[path.name] != sha(text):
                raise MigrationError(f"{path.name} was edited after it was applied")
            continue
        if applied_later := [name for name in done if name > path.name and name != FUNCTIONS]:
            raise MigrationError(f"{path.name} comes before {max(applied_later)}, applied already")
        if text.startswith(NO_TRANSACTION):
            await connection.execute(text)
            await _record(connection, path.name, sha(text))
        else:
            async with connection.transaction():
                await connection.execute(text)
                await _record(connection, path.name, sha(text))
        applied.append(path.name)
    wanted = functions_sha(folder)
    if done.get(FUNCTIONS) != wanted:
        async with connection.transaction():
            await _replace_functions(connection, folder)
            await _record(connection, FUNCTIONS, wanted)
        applied.append(FUNCTIONS)
    return applied


async def _replace_functions(connection: db.Connection, folder: Path) -> None:
    """All at once, in one transaction: callers see either the old set or the new one."""
    runner = folder / "runner"
    for path in (runner / "begin.sql", *function_files(folder), runner / "end.sql"):
        try:
            await connection.execute(path.read_text("utf-8"))
        except Exception as error:
            error.add_note(f"in {path}")
            raise


async def _record(connection: db.Connection, name: str, sha: str) -> None:
    await connection.execute(
        "insert into ops.migration (name, sha) values ($1, $2) "
        "on conflict (name) do update set sha = excluded.sha, at = now()",
        name,
        sha,
    )
