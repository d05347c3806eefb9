"""Ten million past visits in a database of their own, and what the pages take then.

    python -m bench.history make FOLDER [--visits 10000000]    # once: 12 GB and an hour or two
    python -m bench.history measure FOLDER                     # as often as wanted

The visits are written straight into the tables: a year at 94 offices. Their days are then counted
by the very command the worker uses.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import httpx2

from bench.__main__ import serving
from queue_service import commands, db, embedded, migrate, tokens
from tests.offices import LONG_AGO, Office, make_office

T = TypeVar("T")

OFFICES = 94
LAST_DAY = date(2026, 10, 31)
DAYS = 365
AT_ONCE = 2
# Nothing is lost if the power goes while it is made: it is made again.
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "8GB",
    "autovacuum": "off",
    "maintenance_work_mem": "1GB",
}

# One office: its visits of a year with the stays that a day in the lobby leaves behind.
VISITS = """
create temp table made on commit drop as
select gen_random_uuid() as visit_id, d.day, v.service, q.counter, v.channel, v.party, v.missed,
  v.came, v.came + make_interval(secs => v.wait) as called,
  v.came + make_interval(secs => v.wait + 20) as serves,
  v.came + make_interval(secs => v.wait + 20 + v.takes) as done
from (select g::date as day from generate_series(date '$last' - $days, date '$last', '1 day') as g
      where extract(isodow from g) < 7) as d
cross join generate_series(1, $n) as n
cross join lateral (
  select (array['copy', 'record', 'permit'])[1 + floor(random() * 3 + 0 * n)::integer] as service,
    (array['web', 'web', 'kiosk', 'helper', 'hotline', 'text'])[1 + floor(random() * 6)::integer]
      as channel,
    1 + (random() < 0.15)::integer as party, random() < 0.06 as missed,
    (d.day + time '07:30' + make_interval(secs => random() * 30000)) at time zone
      'Asia/Ho_Chi_Minh' as came,
    -ln(1 - random()) * 700 as wait, 120 + random() * 900 as takes) as v
cross join lateral (
  select case v.service when 'permit' then '3' else (1 + (n % 2))::text end as counter) as q
""".replace("$last", str(LAST_DAY)).replace("$days", str(DAYS))
ROWS = (
    """
insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, channel, booked,
  starts_at, party_size, booked_party, queue_id, area_id, arrived_at, created_at, over_at)
select $1, visit_id, case when missed then 'missed' else 'done' end,
  case when missed then came else done end, day, lpad((random() * 1e9)::bigint::text, 10, '0'),
  decode(replace(gen_random_uuid()::text, '-', ''), 'hex'),
  channel, channel not in ('kiosk', 'helper'),
  case when channel not in ('kiosk', 'helper') then came end,
  party, party, case service when 'permit' then 'permits' else 'justice' end, 'hall',
  case when not missed then came end, came - interval '1 day', done + interval '2 minutes'
from made""",
    """
insert into queue.visit_service (office_id, visit_id, service_no, service_id, queue_id, minutes,
  state)
select $1, visit_id, 1, service, case service when 'permit' then 'permits' else 'justice' end, 10,
  case when missed then 'waiting' else 'done' end
from made""",
    """
insert into queue.stay (office_id, visit_id, stay_no, state, present, area_id, queue_id, counter_id,
  heads, place, started_at, ended_at, actor)
select $1, visit_id, s.no, s.state, s.state <> 'missed', 'hall',
  case service when 'permit' then 'permits' else 'justice' end,
  case when s.state in ('called', 'serving') then counter end, party,
  s.state = 'called', s.from_at, s.to_at, 'made'
from made cross join lateral (values (1, 'inside', came, called), (2, 'called', called, serves),
  (3, 'serving', serves, done), (4, 'done', done, done + interval '2 minutes'),
  (1, 'missed', came, came)) as s (no, state, from_at, to_at)
where missed = (s.state = 'missed')""",
    """
insert into queue.event (office_id, event_no, at, actor, kind, facts)
select $1, 1000 + row_number() over (order by e.at), e.at, 'made', e.kind,
  jsonb_build_object('counter', c.counter, 'area', 'hall', 'reason', 'made', 'known', 10,
    'counted', 11)
from (select distinct day from made) as d
cross join unnest(array['1', '2', '3']) as c (counter)
cross join lateral (values ('counter open', time '07:30'), ('counter closed', time '17:30'),
  ('excess', time '10:00'), ('recount', time '11:00')) as k (kind, clock)
cross join lateral (select k.kind, (d.day + k.clock) at time zone 'Asia/Ho_Chi_Minh' as at) as e
where k.kind like 'counter%' or c.counter = '1'""",
    "update queue.office_state set last_event = 100000 where office_id = $1",
    """
insert into queue.tally (office_id, minute, command, code, count)
select $1, date_trunc('minute', came), 'book', 'slot_full', count(*) from made
group by date_trunc('minute', came)""",
)
# Built after the rows are in, as pg_restore does.
LATER = """
select indexname, indexdef from pg_indexes
where schemaname = 'queue' and tablename in ('visit', 'stay') and indexname not like '%_pkey'
"""
YEAR = f"from={LAST_DAY - timedelta(days=DAYS - 1)}&to={LAST_DAY}"
MONTH = f"from={LAST_DAY - timedelta(days=29)}&to={LAST_DAY}"
PAGES = (
    ("one office, 30 days", f"/manage/{{slug}}/statistics?{MONTH}"),
    ("one office, a year", f"/manage/{{slug}}/statistics?{YEAR}"),
    ("one office, a year, XLSX", f"/manage/{{slug}}/statistics/all.xlsx?{YEAR}"),
    (f"{OFFICES} offices, 30 days", f"/manage/statistics?{MONTH}"),
    (f"{OFFICES} offices, a year", f"/manage/statistics?{YEAR}"),
    (f"{OFFICES} offices, a year, XLSX", f"/manage/statistics/all.xlsx?{YEAR}"),
    ("live view of one office", "/manage/{slug}/live"),
    (f"live view of {OFFICES} offices", "/manage/live"),
    ("public page of an office, first reader", "/o/{slug}/now"),
    ("the office itself", "/o/{slug}"),
)


def main() -> int:
    parser = argparse.ArgumentParser("bench.history", description=__doc__)
    parser.add_argument("what", choices=["make", "measure"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--visits", type=int, default=10_000_000)
    args = parser.parse_args()
    args.folder.mkdir(mode=0o711, exist_ok=True)
    held = embedded.hold(args.folder / "db", "", QUICK if args.what == "make" else {})
    try:
        mine = db.Database(held.url("postgres", "history"), held.url(db.APP_ROLE, "history"))
        return make(mine, args.visits) if args.what == "make" else measure(mine)
    finally:
        held.release()


def make(database: db.Database, visits: int) -> int:
    asyncio.run(_make(database, visits))
    return 0


async def _make(database: db.Database, visits: int) -> None:
    begun = time.perf_counter()
    await migrate.migrate(database.owner_url)
    async with db.connect(database.app_url) as pool:
        offices = [await make_office(pool, staff=3, hour_cap=10) for _ in range(OFFICES)]
    async with db.owner(database.owner_url) as owner:
        later = [(row["indexname"], row["indexdef"]) for row in await owner.fetch(LATER)]
        for name, _ in later:
            await owner.execute(f"drop index queue.{name}")
    a_day = round(visits / OFFICES / (DAYS * 6 / 7))

    async def fill(office: Office) -> None:
        async with db.owner(database.owner_url) as owner, owner.transaction():
            await owner.execute(VISITS.replace("$n", str(a_day)))
            for statement in ROWS:
                await owner.execute(statement.replace("$1", str(office.office_id)))

    await _each(offices, fill)
    async with db.owner(database.owner_url) as owner:
        for _, index in later:
            await owner.execute(index)
        await owner.execute("vacuum analyze")
        found = await owner.fetchval("select count(*) from queue.visit")
        size = await owner.fetchval("select pg_size_pretty(pg_database_size(current_database()))")
    print(f"{found} visits, {size}, after {time.perf_counter() - begun:.0f} s", flush=True)
    await _count(database, offices)


async def _count(database: db.Database, offices: Sequence[Office]) -> None:
    begun = time.perf_counter()
    async with db.connect(database.app_url, AT_ONCE) as pool:

        async def count(office: Office) -> int:
            at = datetime.combine(LAST_DAY, datetime.min.time(), office.zone) + timedelta(hours=20)
            days, more = 0, True
            while more:
                answer = await commands.count_days(pool, office.office_id, at, 7)
                days, more = days + answer["days"], answer["more"]
            return days

        days = sum(await _each(offices, count))
    took = time.perf_counter() - begun
    print(f"{days} days counted in {took:.0f} s: {took * AT_ONCE / days * 1000:.0f} ms a day each")
    async with db.owner(database.owner_url) as owner:
        await owner.execute("vacuum analyze queue.day_figure")


async def _each(offices: Sequence[Office], work: Callable[[Office], Awaitable[T]]) -> list[T]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(office: Office) -> T:
        async with places:
            return await work(office)

    return await asyncio.gather(*[one(office) for office in offices])


def measure(database: db.Database) -> int:
    slugs, token = asyncio.run(_prepare(database))
    with (
        serving("group", database, 8) as url,
        httpx2.Client(base_url=url, cookies={"token": token}, timeout=60) as client,
    ):
        for name, path in PAGES:
            took: list[float] = []
            size = 0
            for slug in slugs:
                begun = time.perf_counter()
                answer = client.get(path.format(slug=slug))
                took.append((time.perf_counter() - begun) * 1000)
                size = len(answer.content) // 1024
                assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
            print(
                f"{name:<40} first {took[0]:>5.0f}  median {statistics.median(took):>5.0f}"
                f"  slowest {max(took):>5.0f} ms  {size:>5} kB",
                flush=True,
            )
    return 0


async def _prepare(database: db.Database) -> tuple[list[str], str]:
    """Seven offices, each asked once for every page, and a manager of all."""
    await migrate.migrate(database.owner_url)
    async with db.connect(database.app_url, 1) as pool, db.owner(database.owner_url) as owner:
        token = await tokens.make(pool, LONG_AGO, "manager", None, "bench")
        rows = await owner.fetch("select slug from queue.office order by office_id limit 7")
        return [row["slug"] for row in rows], token


if __name__ == "__main__":
    sys.exit(main())
