"""What a command reads does not grow with what an office has behind it, nor with what is booked."""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from itertools import islice
from typing import TypeVar, cast

import pytest

from queue_service import db
from queue_service.db import Pool
from tests.fairness import fair
from tests.floors import empty_database
from tests.lobby import Lobby
from tests.offices import make_office

pytestmark = pytest.mark.anyio

T = TypeVar("T")

GROUP = 50  # phones that book together
BOOKED, PAST = 600, 120_000
PHONES = [f"+8491{n:07}" for n in range(1, BOOKED + 1)]  # each has one of those bookings

# Few bookings are open beside all that is over, and nearly all of them at one office: taken
# together the planner holds them for none at all.
PAST_VISITS = """
insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, channel, booked,
  starts_at, ends_at, party_size, booked_party, queue_id, area_id, phone, created_at, over_at)
select case when n % 94 = 0 then $1 else 1000 + n % 94 end, gen_random_uuid(),
  case when n % 9 = 0 then 'missed' else 'done' end, o.at, o.at::date, lpad(n::text, 10, '7'),
  uuid_send(gen_random_uuid()), 'web', true, o.at, o.at + interval '5 minutes', 1, 1, 'justice',
  'hall', '+8490' || lpad((n % 40000)::text, 7, '0'), o.at, o.at
from generate_series(1, $3::integer) as n
cross join lateral (select $2::timestamptz - make_interval(days => 40 + n % 900) as at) as o
"""
OPEN_VISITS = """
insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, channel, booked,
  starts_at, ends_at, party_size, booked_party, queue_id, area_id, phone, created_at)
select $1, gen_random_uuid(), 'booked', $2, o.at::date, lpad(n::text, 10, '8'),
  uuid_send(gen_random_uuid()), case n % 3 when 0 then 'text' else 'web' end, true, o.at,
  o.at + interval '5 minutes', 1, 1, 'justice', 'hall', '+8491' || lpad(n::text, 7, '0'), $2
from generate_series(1, $3::integer) as n
cross join lateral (
  select $2::timestamptz + make_interval(days => 8, mins => 5 * (n % 90)) as at) as o
"""
READ = """
select relname as name, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as rows
from pg_stat_xact_user_tables where schemaname in ('queue', 'ops')
"""


@pytest.fixture(scope="module")
async def full(
    database: db.Database, anyio_backend: object
) -> AsyncGenerator[tuple[db.Database, Lobby], None]:
    """A database of its own: years of visits at 94 offices, and one with hundreds of bookings."""
    async with empty_database(database) as mine, db.connect(mine.app_url, 2) as pool:
        office = await make_office(
            pool,
            area_cap=None,
            planned=100,
            change=fair(prove_phone=True),
            rules={"bookings_per_phone": 2},
        )
        lobby = Lobby(pool, office)
        async with db.owner(mine.owner_url) as owner:
            at = lobby.at("07:00")
            await owner.execute(PAST_VISITS, office.office_id, at, PAST)
            await owner.execute(OPEN_VISITS, office.office_id, at, BOOKED)
            await owner.execute("analyze queue.visit")
        await lobby.settle("06:59")
        yield mine, lobby


@pytest.fixture(scope="module")
async def busy(full: tuple[db.Database, Lobby]) -> tuple[db.Database, Lobby]:
    """In the same database, an office with caps on its room and its hours, and as many bookings."""
    mine, other = full
    async with db.connect(mine.app_url, 1) as pool, db.owner(mine.owner_url) as owner:
        office = await make_office(pool, hour_cap=10, hour_rule="any-60-minutes")
        lobby = Lobby(other.pool, office)
        await owner.execute(OPEN_VISITS, office.office_id, lobby.at("07:00"), BOOKED)
        await owner.execute("analyze queue.visit")
    await lobby.settle("06:59")
    return mine, lobby


async def rows_read(
    mine: db.Database, command: Callable[[Pool], Awaitable[T]]
) -> tuple[T, Counter[str]]:
    """What a command answers, and how many rows of each table it read for it; it is taken back."""
    async with db.owner(mine.owner_url) as owner:
        await owner.execute("begin")
        answer = await command(cast("Pool", owner))
        rows = await owner.fetch(READ)
        await owner.execute("rollback")
        return answer, Counter({row["name"]: row["rows"] for row in rows})


@pytest.mark.parametrize("channel", ["hotline", "web", "text"])
async def test_a_group_reads_the_bookings_of_its_phones_and_nobody_elses(
    full: tuple[db.Database, Lobby], channel: str
) -> None:
    mine, lobby = full
    wishes = [
        lobby.request("09:00", phone=phone, channel=channel, proof="123456")
        for phone in islice(PHONES, GROUP)
    ]

    async def book(pool: Pool) -> Counter[str]:
        told = await Lobby(pool, lobby.office).book_group(wishes)
        return Counter(outcome for outcome, _ in told)

    outcomes, read = await rows_read(mine, book)
    assert set(outcomes) == ({"booked", "one_by_text"} if channel == "text" else {"booked"})
    assert read["visit"] <= 3 * GROUP, read
    assert sum(read.values()) <= 10 * GROUP, read


async def test_a_code_that_is_free_is_found_without_reading_what_has_passed(
    full: tuple[db.Database, Lobby],
) -> None:
    mine, lobby = full
    wishes = [lobby.request("09:00", channel="hotline", digits=4711) for _ in range(5)]

    async def book(pool: Pool) -> list[str]:
        told = await Lobby(pool, lobby.office).book_group(wishes)
        return [facts["code"] for _, facts in told]

    codes, read = await rows_read(mine, book)
    assert len(set(codes)) == 5
    assert read["visit"] <= 10, read


async def test_how_many_bookings_a_phone_has_is_read_from_its_own(
    full: tuple[db.Database, Lobby],
) -> None:
    mine, lobby = full
    phones = list(islice(PHONES, GROUP))

    async def count(pool: Pool) -> list[int]:
        said = "select queue._active($1, phone) as active from unnest($2::text[]) as phone"
        return [row["active"] for row in await pool.fetch(said, lobby.office.office_id, phones)]

    active, read = await rows_read(mine, count)
    assert active == [1] * GROUP
    assert read["visit"] <= 3 * GROUP, read


async def test_a_command_of_the_floor_reads_who_is_there_and_not_what_is_booked(
    busy: tuple[db.Database, Lobby],
) -> None:
    mine, lobby = busy
    visits: dict[str, int] = {}

    async def morning(pool: Pool) -> None:
        here = Lobby(pool, lobby.office)

        async def counted(name: str, command: Awaitable[T]) -> T:
            before = await visits_read(pool)
            answer = await command
            visits[name] = await visits_read(pool) - before
            return answer

        booked = await here.book("08:00", phone=PHONES[0])
        await counted("open a counter", here.do("open_counter", "07:50", "1"))
        walked = await counted("walk in", here.walk_in("07:52"))
        await counted("slip", here.do("slip", "07:52", walked, "printed"))
        await counted("arrive", here.arrive("07:55", booked))
        await counted("call the next", here.do("call_next", "08:01", "1"))
        await counted("serve", here.do("serve", "08:02", booked))
        await counted("finish", here.do("finish", "08:03", booked))
        await counted("leave", here.do("leave", "08:04", walked))
        await counted("an hour later", here.settle("09:04"))

    await rows_read(mine, morning)
    assert max(visits.values()) <= BOOKED / 10, visits


async def visits_read(pool: Pool) -> int:
    return next(row["rows"] for row in await pool.fetch(READ) if row["name"] == "visit")
