"""Every board that is open hears of a change, whoever made it and whatever was lost on the way."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from queue_service import commands, db, events, reads
from queue_service.events import CHANNEL, Hub
from queue_service.lifespan import service
from queue_service.metrics import Counts
from queue_service.settings import Settings
from tests.offices import Office, make_office
from tests.times import Still

pytestmark = pytest.mark.anyio


class Process:
    """What of a web process shows boards, in a test that has several of them."""

    def __init__(self, database: db.Database, pool: db.Pool, at: Any) -> None:
        self.clock = Still(at)
        self.counts = Counts()
        self.hub = Hub(pool, self.clock, self.counts)
        self.listener = db.Listener(
            database.app_url, CHANNEL, self.hub.heard, lambda: self.hub.heard("")
        )
        self.pool = pool


@contextlib.asynccontextmanager
async def process(
    database: db.Database, pool: db.Pool, office: Office, *, hears: bool = True, looks: bool = True
) -> AsyncGenerator[Process, None]:
    it = Process(database, pool, office.at("09:00"))
    tasks = [asyncio.create_task(it.hub.keep_telling(pool))]
    if hears:
        tasks.append(asyncio.create_task(it.listener.run()))
    if looks:
        tasks.append(asyncio.create_task(it.hub.keep_glancing()))
    try:
        async with asyncio.timeout(30):
            while hears and not it.listener.connected:
                await asyncio.sleep(0.01)
        yield it
    finally:
        it.hub.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def state(stream: AsyncIterator[bytes], within: float = 20) -> dict[str, Any]:
    """The next whole state; comments are passed over."""
    async with asyncio.timeout(within):
        async for chunk in stream:
            if b"data: " in chunk:
                head, _, body = chunk.partition(b"data: ")
                board = msgspec.json.decode(body)
                assert head == b"id: %d\n" % board["version"]
                assert chunk.endswith(b"\n\n")
                return board
    raise AssertionError("the stream ended")


async def open_counter(process: Process, office: Office, counter: str = "1") -> None:
    await process.hub.run(commands.open_counter, office.office_id, "clerk:test", None, counter)


async def test_a_new_board_gets_the_whole_state_at_once(
    database: db.Database, pool: db.Pool
) -> None:
    office = await make_office(pool)
    async with process(database, pool, office) as here:
        board = await state(here.hub.stream(office.office_id))
        assert board["office"]["slug"] == office.slug
        assert board["areas"][0]["area"] == "hall"


async def test_a_process_that_may_be_off_sends_no_command(pool: db.Pool) -> None:
    office = await make_office(pool)
    set_by = timedelta()
    clock = db.Clock(wall=lambda: datetime.now(UTC) + set_by)
    await clock.measure(pool)
    hub = Hub(pool, clock, Counts())
    set_by = timedelta(seconds=3)
    with pytest.raises(db.Refused, match="not_ready"):
        await hub.run(commands.open_counter, office.office_id, "clerk:test", None, "1")
    counter = await reads.counter(pool, office.office_id, office.at("09:00"), "1")
    assert counter is not None
    assert counter["state"] == "closed"


async def test_a_command_reaches_the_boards_of_its_own_process(
    database: db.Database, pool: db.Pool
) -> None:
    office = await make_office(pool)
    async with process(database, pool, office, hears=False, looks=False) as here:
        stream = here.hub.stream(office.office_id)
        before = await state(stream)
        await open_counter(here, office)
        after = await state(stream)
        assert after["version"] > before["version"]


async def test_a_command_reaches_the_boards_of_every_other_process(
    database: db.Database, pool: db.Pool
) -> None:
    office = await make_office(pool)
    async with (
        process(database, pool, office) as here,
        process(database, pool, office, looks=False) as there,
    ):
        stream = there.hub.stream(office.office_id)
        before = await state(stream)
        await open_counter(here, office)
        assert (await state(stream))["version"] > before["version"]


async def test_a_change_nobody_told_is_seen_by_the_look_at_the_versions(
    database: db.Database, pool: db.Pool
) -> None:
    office = await make_office(pool)
    async with process(database, pool, office, hears=False) as here:
        stream = here.hub.stream(office.office_id)
        before = await state(stream)
        await commands.open_counter(
            pool, office.office_id, office.at("09:00"), "clerk:test", None, "1"
        )
        assert (await state(stream, within=20))["version"] > before["version"]


async def test_what_was_missed_while_the_listener_was_away_is_made_up(
    database: db.Database, pool: db.Pool, owner: db.Connection
) -> None:
    office = await make_office(pool)
    async with process(database, pool, office, looks=False) as here:
        stream = here.hub.stream(office.office_id)
        before = await state(stream)
        await owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where query ilike 'listen %' and datname = current_database()"
        )
        await commands.open_counter(
            pool, office.office_id, office.at("09:00"), "clerk:test", None, "1"
        )
        assert (await state(stream))["version"] > before["version"]


async def test_an_office_is_read_once_for_all_its_boards(
    database: db.Database, pool: db.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = await make_office(pool)
    read = 0
    really = events.reads.board

    async def counted(*asked: Any) -> Any:
        nonlocal read
        read += 1
        return await really(*asked)

    monkeypatch.setattr(events.reads, "board", counted)
    async with process(database, pool, office) as here:
        streams = [here.hub.stream(office.office_id) for _ in range(50)]
        await asyncio.gather(*(state(stream) for stream in streams))
        assert here.hub.streams_open() == 50
        before = read
        await open_counter(here, office)
        await asyncio.gather(*(state(stream) for stream in streams))
        assert read == before + 1


async def test_a_slow_board_gets_the_latest_state_and_not_all_between(
    database: db.Database, pool: db.Pool
) -> None:
    office = await make_office(pool)
    async with process(database, pool, office) as here:
        slow, quick = (here.hub.stream(office.office_id) for _ in range(2))
        await state(slow)
        await state(quick)
        for counter in ("1", "2", "3"):
            await open_counter(here, office, counter)
            last = await state(quick)
        assert (await state(slow))["version"] == last["version"]


async def test_a_quiet_board_is_told_the_time_again(
    database: db.Database, pool: db.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PULSE", 0.1)
    monkeypatch.setattr(events, "GLANCE", 0.05)
    office = await make_office(pool)
    async with process(database, pool, office) as here:
        stream = here.hub.stream(office.office_id)
        first = await state(stream)
        here.clock.moment = office.at("09:01")
        again = await state(stream)
        while again["at"] == first["at"]:
            again = await state(stream)
        assert again["version"] == first["version"]


async def test_streams_end_when_the_process_closes_and_leave_nothing_behind(
    database: db.Database, pool: db.Pool
) -> None:
    office = await make_office(pool)
    async with process(database, pool, office) as here:
        stream = here.hub.stream(office.office_id)
        await state(stream)
        here.hub.close()
        async with asyncio.timeout(20):
            assert [chunk async for chunk in stream if b"data: " in chunk] == []
        assert here.hub.streams_open() == 0


async def test_a_refusal_is_counted_and_wakes_nobody(database: db.Database, pool: db.Pool) -> None:
    office = await make_office(pool)
    async with process(database, pool, office, looks=False) as here:
        stream = here.hub.stream(office.office_id)
        await state(stream)
        with pytest.raises(db.Refused, match="counter_closed"):
            await here.hub.run(commands.call_next, office.office_id, "clerk:test", None, "1")
        with pytest.raises(TimeoutError):
            await state(stream, within=0.3)
        assert here.counts.take() == {
            office.office_id: [{"command": "call_next", "code": "counter_closed", "count": 1}]
        }


async def test_a_decision_is_counted_by_its_reason_or_else_by_its_name(
    database: db.Database, pool: db.Pool
) -> None:
    office = await make_office(pool)
    async with process(database, pool, office, looks=False) as here:
        arrive = (commands.arrive, office.office_id, "kiosk:door", None)
        for code in ("0" * 10, f"{office.office_id:04d}000000"):
            await here.hub.run(*arrive, code=code)
        visit = await here.hub.run(
            commands.walk_in,
            office.office_id,
            "kiosk:door",
            None,
            visit_id=uuid4(),
            services=[{"service": "copy", "quantity": 1}],
            party_size=1,
            priority="",
            needs=[],
            name="",
            phone="",
            language="vi",
            channel="kiosk",
            token="ab" * 16,
            digits=7,
        )
        assert visit["decision"] == "enter"
        counted = here.counts.take()[office.office_id]
        assert {(one["command"], one["code"], one["count"]) for one in counted} == {
            ("arrive", "unknown", 2),
            ("walk_in", "enter", 1),
        }


async def test_a_running_process_writes_its_counts_and_a_stopped_one_the_last_of_them(
    database: db.Database, pool: db.Pool, owner: db.Connection, tmp_path: Path
) -> None:
    office = await make_office(pool)
    settings = Settings(database_url=database.app_url, data_dir=tmp_path)

    async def written() -> int:
        return await owner.fetchval(
            "select coalesce(sum(count), 0)::integer from queue.tally "
            "where office_id = $1 and command = 'call_next' and code = 'counter_closed'",
            office.office_id,
        )

    async def refused(hub: Hub) -> None:
        with pytest.raises(db.Refused, match="counter_closed"):
            await hub.run(commands.call_next, office.office_id, "clerk:test", None, "1")

    async with service(settings) as state:
        await refused(state["hub"])
        await refused(state["hub"])
        async with asyncio.timeout(30):
            while await written() < 2:
                await asyncio.sleep(0.05)
        await refused(state["hub"])
    assert await written() == 3


async def told(watch: AsyncIterator[bytes], within: float) -> bool:
    """Whether the watch says within so many seconds that something has changed."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            async for chunk in watch:
                if chunk == b"data: changed\n\n":
                    return True
    return False


@pytest.mark.parametrize("hears", [True, False])
async def test_a_watch_is_told_of_its_own_offices_alone_even_if_the_word_is_lost(
    database: db.Database, pool: db.Pool, hears: bool
) -> None:
    office, other = await make_office(pool), await make_office(pool)
    async with (
        process(database, pool, office, hears=hears) as here,
        process(database, pool, office) as there,
    ):
        watch = here.hub.changes([office.office_id])
        assert await told(watch, 3)  # the first glance finds everything new
        await there.hub.run(commands.open_counter, office.office_id, "clerk:An", None, "1")
        assert await told(watch, 3)
        if hears:
            await told(watch, 3)  # the glance says it once more
        else:
            await there.hub.run(commands.open_counter, other.office_id, "clerk:An", None, "1")
            assert not await told(watch, 3)
