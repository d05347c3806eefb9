"""The pool, refusals, lost connections, the listener and the clock."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import asyncpg
import pytest

from queue_service import db, migrate
from tests.times import Machine

pytestmark = pytest.mark.anyio

MODEL = """
create or replace function api.test_refuse(n integer) returns text language plpgsql as $$
begin
  raise exception 'slot_full' using errcode = 'QS409', detail = '{"left": 2}';
end $$;
create or replace function api.test_vanish() returns text language sql
security definer as $$
  select 'QS' || pg_terminate_backend(pg_backend_pid())::text
$$;
create or replace function api.test_echo(given jsonb) returns table (answer jsonb)
language sql as $$
  select jsonb_build_object('given', given)
$$;
grant execute on all functions in schema api to queue_app;
"""


@pytest.fixture(scope="module")
async def own(database: db.Database, anyio_backend: object) -> AsyncGenerator[db.Database, None]:
    """A database of this file's own: its functions must not disturb other tests."""
    name = urlsplit(database.owner_url).path[1:] + "_db"
    mine = database.named(name)
    await migrate.migrate(mine.owner_url)
    async with db.owner(mine.owner_url) as connection:
        await connection.execute(MODEL)
    yield mine
    await db.drop_database(mine.owner_url)


@pytest.fixture
async def own_pool(own: db.Database) -> AsyncGenerator[db.Pool, None]:
    async with db.connect(own.app_url, size=3) as pool:
        yield pool


async def test_a_refusal_brings_its_code_its_status_and_its_facts(own_pool: db.Pool) -> None:
    with pytest.raises(db.Refused, match="slot_full") as refusal:
        await db.call(own_pool, "test_refuse", 1)
    assert (refusal.value.code, refusal.value.status) == ("slot_full", 409)
    assert refusal.value.facts == {"left": 2}


async def test_a_document_goes_there_and_back_unchanged(own_pool: db.Pool) -> None:
    given = {"name": "Nguyễn Thị Ánh", "services": [{"quantity": 2}], "nothing": None}
    rows = await db.call(own_pool, "test_echo", given)
    assert rows[0]["answer"] == {"given": given}


async def test_the_application_may_touch_no_table(pool: db.Pool) -> None:
    assert await pool.fetchval("select current_user") == db.APP_ROLE
    for table in ("queue.visit", "ops.token", "ops.migration"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.fetch(f"select * from {table}")


async def test_a_lost_connection_is_said_and_the_next_call_works(own_pool: db.Pool) -> None:
    with pytest.raises(db.Unavailable):
        await db.call(own_pool, "test_vanish")
    rows = await db.call(own_pool, "test_echo", 1)
    assert rows[0]["answer"] == {"given": 1}


async def test_a_wrong_argument_is_our_mistake_and_not_a_lost_database(own_pool: db.Pool) -> None:
    with pytest.raises(asyncpg.DataError):
        await db.call(own_pool, "test_refuse", "one")
    with pytest.raises(asyncpg.UndefinedFunctionError):
        await db.call(own_pool, "test_refuse", 1, 2)


async def test_a_database_that_is_not_there_is_said_to_be_unavailable() -> None:
    with pytest.raises(db.Unavailable):
        async with db.connect("postgresql://nobody@127.0.0.1:9/none"):
            pass


async def test_functions_made_anew_do_not_disturb_a_running_pool(
    own: db.Database, own_pool: db.Pool
) -> None:
    assert (await db.call(own_pool, "test_echo", 1))[0]["answer"] == {"given": 1}
    async with db.owner(own.owner_url) as connection, connection.transaction():
        await connection.execute("drop function api.test_echo")
        await connection.execute(
            "create function api.test_echo(given jsonb) returns table (more integer, answer text) "
            "language sql as $$ select 7, given::text $$;"
            "grant execute on function api.test_echo to queue_app"
        )
    for _ in range(4):
        assert (await db.call(own_pool, "test_echo", 1))[0]["answer"] == "1"
    async with db.owner(own.owner_url) as connection:
        await connection.execute("drop function api.test_echo")
        await connection.execute(MODEL)


async def test_the_listener_hears_and_comes_back_after_its_connection_was_lost(
    own: db.Database, own_pool: db.Pool
) -> None:
    heard: list[str] = []
    resyncs: list[bool] = []
    listener = db.Listener(own.app_url, "office", heard.append, lambda: resyncs.append(True))
    task = asyncio.create_task(listener.run())
    try:
        await _until(lambda: listener.connected)
        await db.notify(own_pool, "office", "7")
        await _until(lambda: heard == ["7"])
        async with db.owner(own.owner_url) as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and query like 'LISTEN%'"
            )
        await _until(lambda: len(resyncs) == 2 and listener.connected)
        await db.notify(own_pool, "office", "8")
        await _until(lambda: heard == ["7", "8"])
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_the_clock_follows_the_database_and_its_shift(pool: db.Pool) -> None:
    clock = db.Clock(timedelta(days=-2000))
    assert not clock.ready
    offset = await clock.measure(pool)
    assert clock.ready
    assert abs(offset) < timedelta(seconds=1)
    assert abs(clock.now() - datetime.now(UTC) + timedelta(days=2000)) < timedelta(seconds=1)


def right(clock: db.Clock) -> bool:
    return abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


async def test_a_machine_whose_clock_is_an_hour_wrong_goes_by_the_database(pool: db.Pool) -> None:
    machine = Machine()
    machine.set_by = timedelta(hours=-1)
    clock = db.Clock(wall=machine.wall, steady=machine.steady)
    offset = await clock.measure(pool)
    assert abs(offset - timedelta(hours=1)) < timedelta(seconds=1)
    assert clock.ready
    assert right(clock)


async def test_setting_the_machines_clock_moves_nobody_and_holds_commands_back(
    pool: db.Pool,
) -> None:
    machine = Machine()
    clock = db.Clock(wall=machine.wall, steady=machine.steady)
    await clock.measure(pool)
    machine.set_by = timedelta(seconds=1.5)
    assert clock.ready
    machine.set_by = timedelta(hours=7)
    assert right(clock)
    assert not clock.ready
    with pytest.raises(db.Refused, match="not_ready"):
        clock.at()
    await clock.measure(pool)
    assert right(clock)
    assert clock.at()


async def test_a_machine_that_slept_sends_no_command_until_two_measurements_agree(
    pool: db.Pool,
) -> None:
    machine = Machine()
    clock = db.Clock(wall=machine.wall, steady=machine.steady)
    await clock.measure(pool)
    machine.sleep(2.5)
    assert not clock.ready
    await clock.measure(pool)
    assert right(clock)
    assert not clock.ready  # it was off a moment ago, and who knows why
    await clock.measure(pool)
    assert right(clock)
    assert clock.ready


async def test_the_clock_is_measured_every_second(pool: db.Pool) -> None:
    machine = Machine()
    clock = db.Clock(wall=machine.wall, steady=machine.steady)
    keeping = asyncio.create_task(clock.keep(pool))
    try:
        await _until(lambda: clock.ready)
        for hours in (1, 2):
            machine.set_by = timedelta(hours=hours)
            assert not clock.ready
            async with asyncio.timeout(20):
                await _until(lambda: clock.ready)
    finally:
        keeping.cancel()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.02)
