"""plpgsql_check looks into every stored function, where that extension can be had."""

import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from queue_service import db, migrate
from tests.conftest import postgres

pytestmark = pytest.mark.anyio

QUERY = """
select p.oid::regprocedure::text as function,
  c.lineno, c.level, c.sqlstate, c.message, c.detail, c.hint
from pg_proc as p
join pg_language as l on l.oid = p.prolang and l.lanname = 'plpgsql'
cross join lateral plpgsql_check_function_tb(
  p.oid, fatal_errors => false, performance_warnings => false) as c
where p.pronamespace in ('api'::regnamespace, 'queue'::regnamespace)
  and p.prorettype <> 'trigger'::regtype
order by 1, c.lineno
"""


def folder_with_the_extension() -> str:
    """Debian keeps programs and extensions apart; ours stand in one folder."""
    chosen = os.environ.get("TEST_POSTGRES_BIN", "")
    for found in sorted(Path("/usr/share/postgresql").glob("*/extension/plpgsql_check.control")):
        programs = Path("/usr/lib/postgresql") / found.parts[4] / "bin"
        if (programs / "postgres").exists() and chosen in ("", str(programs)):
            return str(programs)
    return ""


@pytest.fixture
async def checked(anyio_backend: object) -> AsyncGenerator[db.Connection, None]:
    programs = folder_with_the_extension()
    if not programs:
        pytest.skip("plpgsql_check is not here (apt: postgresql-15-plpgsql-check)")
    with postgres(f"check-{os.getpid()}", programs) as held:
        await migrate.migrate(held.url())
        async with db.owner(held.url()) as connection:
            await connection.execute("create extension plpgsql_check")
            yield connection


async def test_no_function_has_a_fault_that_shows_only_when_it_runs(
    checked: db.Connection,
) -> None:
    rows = await checked.fetch(QUERY)
    found = [" ".join(str(value) for value in row.values() if value) for row in rows]
    assert not found, "\n".join(found)
