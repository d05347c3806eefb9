"""Ten million past visits in a database of their own: what the pages take, and how fast one books.

    python -m bench.history                     # makes it, measures and removes it
    python -m bench.history --keep FOLDER       # makes it there once; the next time only measures

Three years at 94 offices, written straight into the ledger. The days of five offices are thought
out and counted by the very command the worker uses; the others have the same days, visit by visit,
and so the same figures, which `check` counts again for some of them. Bookings a second are measured
there and in an empty database of the same server, in turns.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import httpx2

from bench.__main__ import load, open_for_an_hour, prepare, serving, tomorrow
from queue_service import commands, db, embedded, migrate, reads, tokens
from tests.offices import LONG_AGO, Office, make_office

T = TypeVar("T")

OFFICES = 94
STORMS = 3  # of them: take thousands of bookings a second besides
MODELS = 4  # whose days the others have, too
LAST_DAY = date(2026, 10, 31)
DAYS = 1096
WEEKS = DAYS // 7
AT_ONCE = 2
ASKED = 7  # offices, each asked once for every page
LEAST_FREE = 25 << 30
# Nothing is lost if the power goes while it is made: it is made again.
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "autovacuum": "off",
    "maintenance_work_mem": "512MB",
    "max_parallel_maintenance_workers": "2",
}

# The visits of one office, as few columns as they can be told from.
MADE = """
create unlogged table public.made (office_id int, visit_id uuid, day date, service text,
  queue text, counter text, channel text, party int, outside bool, missed bool,
  came timestamptz, goes_in timestamptz, called timestamptz, serves timestamptz, done timestamptz)
"""
VISITS = """
insert into public.made
select $office, gen_random_uuid(), d.day, v.service,
  case v.service when 'permit' then 'permits' else 'justice' end,
  case v.service when 'permit' then '3' else (1 + (n % 2))::text end,
  v.channel, v.party, v.outside, v.missed, v.came,
  v.came + make_interval(secs => case when v.outside then v.wait / 2 else 0 end),
  v.came + make_interval(secs => v.wait), v.came + make_interval(secs => v.wait + 20),
  v.came + make_interval(secs => v.wait + 20 + v.takes)
from (select g::date as day from generate_series(date '$last' - $days, date '$last', '1 day') as g
      where extract(isodow from g) < 7) as d
cross join generate_series(1, $n) as n
cross join lateral (
  select (array['copy', 'record', 'permit'])[1 + floor(random() * 3 + 0 * n)::integer] as service,
    (array['web', 'web', 'kiosk', 'helper', 'hotline', 'text'])[1 + floor(random() * 6)::integer]
      as channel,
    1 + (random() < 0.15)::integer as party, random() < 0.06 as missed, random() < 0.1 as outside,
    (d.day + time '07:30' + make_interval(secs => random() * 30000)) at time zone
      'Asia/Ho_Chi_Minh' as came,
    -ln(1 - random()) * 700 as wait, 120 + random() * 900 as takes) as v
"""
# Whoever has the days of another: {theirs}, {mine}.
SAME = """
insert into public.made
select {mine}, gen_random_uuid(), day, service, queue, counter, channel, party, outside, missed,
  came, goes_in, called, serves, done
from public.made where office_id = {theirs}
"""
SAME_FIGURES = """
insert into queue.{table} select one.* from queue.{table} as f
cross join lateral jsonb_populate_record(f, '{{"office_id": {mine}}}') as one
where f.office_id = {theirs}
"""
FIGURES = ("day_figure", "month_figure", "day_answer", "counted")
# Into tables emptied in the same transaction nothing is written twice (wal_level minimal).
LEDGER = (
    """
truncate queue.visit, queue.visit_service;
insert into queue.visit (office_id, visit_id, state, state_at, day, code, token, channel, booked,
  starts_at, party_size, booked_party, queue_id, area_id, arrived_at, created_at, over_at)
select office_id, visit_id, case when missed then 'missed' else 'done' end,
  case when missed then came else done end, day, lpad((random() * 1e9)::bigint::text, 10, '0'),
  uuid_send(gen_random_uuid()), channel, channel not in ('kiosk', 'helper'),
  case when channel not in ('kiosk', 'helper') then came end,
  party, party, queue, 'hall', case when not missed then came end, came - interval '1 day',
  done + interval '2 minutes'
from public.made;
insert into queue.visit_service (office_id, visit_id, service_no, service_id, queue_id, minutes,
  state)
select office_id, visit_id, 1, service, queue, 10, case when missed then 'waiting' else 'done' end
from public.made""",
    """
truncate queue.stay, queue.tally;
insert into queue.stay (office_id, visit_id, stay_no, state, present, area_id, queue_id, counter_id,
  heads, place, started_at, ended_at, actor)
select office_id, visit_id, s.no, s.state, s.state not in ('missed', 'arrived'), 'hall', queue,
  case when s.state in ('called', 'serving') then counter end, party, s.state = 'called',
  s.from_at, s.to_at, 'made'
from public.made cross join lateral (values (1, 'arrived', came, goes_in),
  (2, 'inside', goes_in, called), (3, 'called', called, serves), (4, 'serving', serves, done),
  (5, 'done', done, done + interval '2 minutes'), (1, 'missed', came, came))
  as s (no, state, from_at, to_at)
where missed = (s.state = 'missed') and (outside or s.state <> 'arrived');
insert into queue.tally (office_id, minute, command, code, count)
select office_id, date_trunc('minute', came), c.command, c.code, count(*) from public.made
cross join (values ('book', 'slot_full'), ('arrive', 'wait_outside')) as c (command, code)
where outside group by 1, 2, 3, 4;
insert into queue.event (office_id, event_no, at, actor, kind, facts)
select office_id, 1000 + row_number() over (partition by office_id order by e.at), e.at, 'made',
  e.kind, jsonb_build_object('counter', c.counter, 'area', 'hall', 'reason', 'made', 'known', 10,
    'counted', 11, 'present', 21, 'cap', 20)
from (select distinct office_id, day from public.made) as d
cross join unnest(array['1', '2', '3']) as c (counter)
cross join lateral (values ('counter open', time '07:30'), ('counter closed', time '17:30'),
  ('excess', time '10:00'), ('recount', time '11:00')) as k (kind, clock)
cross join lateral (select k.kind, (d.day + k.clock) at time zone 'Asia/Ho_Chi_Minh' as at) as e
where k.kind like 'counter%' or c.counter = '1';
update queue.office_state set last_event = 100000""",
)
# Built after the rows are in, as pg_restore does.
LATER = """
select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
  format('alter table %s add constraint %I %s', conrelid::regclass, conname,
    pg_get_constraintdef(oid)) as make, conrelid::regclass::text as of
from pg_constraint where contype = 'p'
  and conrelid in ('queue.visit'::regclass, 'queue.visit_service'::regclass, 'queue.stay'::regclass)
union all
select format('drop index queue.%I', indexname), indexdef, 'queue.' || tablename
from pg_indexes where schemaname = 'queue' and tablename in ('visit', 'visit_service', 'stay')
  and indexname not like '%_pkey'
"""
SPANS = (("30 days", 30), ("a year", 365), ("three years", DAYS))


def pages() -> list[tuple[str, str]]:
    """Every page that shows figures, and what it is asked for."""
    asked: list[tuple[str, str]] = []
    for name, days in SPANS:
        span = f"from={LAST_DAY - timedelta(days=days - 1)}&to={LAST_DAY}"
        for who, base in (("one office", "/manage/{slug}"), (f"{OFFICES} offices", "/manage")):
            asked += [
                (f"{who}, {name}", f"{base}/statistics?{span}"),
                (f"{who}, {name}, XLSX", f"{base}/statistics/all.xlsx?{span}"),
                (f"{who}, {name}, CSV", f"{base}/statistics/days.csv?{span}"),
            ]
    return [
        *asked,
        ("live view of one office", "/manage/{slug}/live"),
        (f"live view of {OFFICES} offices", "/manage/live"),
        ("public page of an office, first reader", "/o/{slug}/now"),
        ("the office itself", "/o/{slug}"),
    ]


def main() -> int:
    parser = argparse.ArgumentParser("bench.history", description=__doc__)
    parser.add_argument("--keep", type=Path, help="make it in this folder, and leave it there")
    parser.add_argument("--visits", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement of bookings")
    parser.add_argument("--only", choices=["pages", "bookings"], help="measure no more than this")
    args = parser.parse_args()
    with kept(args.keep) as folder:
        made = folder / "made"
        if not made.exists():
            with server(folder, QUICK) as (full, _empty):
                asyncio.run(make(full, folder, args.visits))
            made.touch()
        os.sync()  # what is still to be written would slow down what is measured
        with server(folder, {}) as (full, empty):
            if args.only != "bookings":
                measure_pages(full)
            if args.only != "pages":
                measure_bookings(full, empty, args.seconds)
    return 0


@contextlib.contextmanager
def kept(folder: Path | None) -> Generator[Path, None, None]:
    if folder is not None:
        folder.mkdir(mode=0o711, exist_ok=True)
        yield folder
        return
    made = Path(tempfile.mkdtemp(prefix="bench-history-"))
    made.chmod(0o711)  # the database may run as another user
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextlib.contextmanager
def server(
    folder: Path, options: dict[str, str]
) -> Generator[tuple[db.Database, db.Database], None, None]:
    with embedded.held(folder / "db", "", options) as held:
        yield (
            db.Database(held.url("postgres", "history"), held.url(db.APP_ROLE, "history")),
            db.Database(held.url("postgres", "empty"), held.url(db.APP_ROLE, "empty")),
        )


async def make(database: db.Database, folder: Path, visits: int) -> None:
    said = Stopwatch()
    storms = await prepare(database, STORMS)
    async with db.connect(database.app_url) as pool:
        usual = [await make_office(pool, staff=3, hour_cap=10) for _ in range(OFFICES - STORMS)]
    models = [*usual[:MODELS], storms[0]]
    others = [(one.office_id, models[n % MODELS].office_id) for n, one in enumerate(usual)]
    others = others[MODELS:] + [(one.office_id, models[-1].office_id) for one in storms[1:]]
    working = sum((LAST_DAY - timedelta(days=n)).isoweekday() < 7 for n in range(DAYS))
    rows = {"last": str(LAST_DAY), "days": str(DAYS - 1)}
    rows["n"] = str(round(visits / OFFICES / working))

    async def run(statement: str) -> None:
        enough_room(folder)
        async with db.owner(database.owner_url) as owner, owner.transaction():
            await owner.execute(statement)

    async def think(office: Office) -> None:
        text = VISITS
        for name, value in {**rows, "office": str(office.office_id)}.items():
            text = text.replace(f"${name}", value)
        await run(text)

    async def repeat(pair: tuple[int, int]) -> None:
        await run(SAME.format(mine=pair[0], theirs=pair[1]))

    async def repeat_figures(table: str) -> None:
        for mine, theirs in others:
            await run(SAME_FIGURES.format(table=table, mine=mine, theirs=theirs))

    async with db.owner(database.owner_url) as owner:
        await owner.execute(MADE)
        later = await owner.fetch(LATER)
        for one in later:
            await owner.execute(one["drop"])
    await each(models, think)
    await run("create index on public.made (office_id); analyze public.made")
    await each(others, repeat)
    said.tell("visits thought out")
    await each(LEDGER, run)
    said.tell("written into the ledger")
    await run("drop table public.made")
    await each([one["make"] for one in later], run)
    async with db.owner(database.owner_url) as owner:
        await owner.execute("vacuum analyze")
        found = await owner.fetchval("select count(*) from queue.visit")
        size = await owner.fetchval("select pg_size_pretty(pg_database_size(current_database()))")
    said.tell(f"indexes built: {found:,} visits, {size}")
    days = await count(database, models)
    said.tell(f"{days:,} days of {len(models)} offices counted by the worker's command")
    await each(FIGURES, repeat_figures)
    async with db.owner(database.owner_url) as owner:
        await owner.execute("vacuum analyze")
    said.tell("figures of the others")
    await compare(database, [usual[0], usual[-1], storms[-1]])
    said.tell("40 days of three offices counted again: they agree")


async def compare(database: db.Database, offices: Sequence[Office]) -> None:
    async with db.connect(database.app_url, 1) as pool:
        for one in offices:
            at = datetime.combine(LAST_DAY, datetime.min.time(), one.zone) + timedelta(days=3)
            if wrong := await reads.check_days(pool, one.office_id, at, 40):
                raise SystemExit(f"check does not agree: {wrong[0]}")


async def count(database: db.Database, offices: Sequence[Office]) -> int:
    async with db.connect(database.app_url, AT_ONCE) as pool:

        async def of(office: Office) -> int:
            at = datetime.combine(LAST_DAY, datetime.min.time(), office.zone) + timedelta(hours=20)
            days, more = 0, True
            while more:
                answer = await commands.count_days(pool, office.office_id, at, 31)
                days, more = days + answer["days"], answer["more"]
            return days

        return sum(await each(offices, of))


async def each(things: Sequence[T], work: Callable[[T], Awaitable[int | None]]) -> list[int]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(thing: T) -> int:
        async with places:
            return await work(thing) or 0

    return await asyncio.gather(*[one(thing) for thing in things])


def enough_room(folder: Path) -> None:
    if (free := shutil.disk_usage(folder).free) < LEAST_FREE:
        raise SystemExit(f"only {free >> 30} GB of disk are left: stopped")


class Stopwatch:
    def __init__(self) -> None:
        self._last = time.perf_counter()

    def tell(self, what: str) -> None:
        now = time.perf_counter()
        print(f"{now - self._last:>6.0f} s  {what}", flush=True)
        self._last = now


def measure_pages(database: db.Database) -> None:
    slugs, token = asyncio.run(ask_as_manager(database))
    print(f"\n{'page (ms)':<42}{'first':>7}{'median':>8}{'slowest':>9}{'kB':>7}")
    with (
        serving("group", database, 8) as url,
        httpx2.Client(base_url=url, cookies={"token": token}, timeout=60) as client,
    ):
        for name, path in pages():
            took: list[float] = []
            size = 0
            for slug in slugs:
                begun = time.perf_counter()
                answer = client.get(path.format(slug=slug))
                took.append((time.perf_counter() - begun) * 1000)
                size = len(answer.content) // 1024
                if answer.status_code != 200:
                    raise SystemExit(f"{path}: {answer.status_code} {answer.text[:300]}")
            print(
                f"{name:<42}{took[0]:>7.0f}{statistics.median(took):>8.0f}{max(took):>9.0f}{size:>7}",
                flush=True,
            )


async def ask_as_manager(database: db.Database) -> tuple[list[str], str]:
    """The offices asked for, and a manager of all."""
    await migrate.migrate(database.owner_url)
    async with db.connect(database.app_url, 1) as pool, db.owner(database.owner_url) as owner:
        token = await tokens.make(pool, LONG_AGO, "manager", None, "bench")
        rows = await owner.fetch(
            "select slug from queue.office order by office_id desc limit $1", ASKED
        )
        return [row["slug"] for row in rows], token


def measure_bookings(full: db.Database, empty: db.Database, seconds: int) -> None:
    """In turns, so that the machine's other work slows down both alike."""
    fresh = asyncio.run(prepare(empty, STORMS))
    busy = asyncio.run(storms_of(full))
    starts_at = asyncio.run(tomorrow(empty))
    for database, offices in ((empty, fresh), (full, busy)):
        asyncio.run(open_for_an_hour(database, starts_at, offices))

    def per_second(database: db.Database, office: Office) -> float:
        with serving("group", database, 8) as url:
            load(url, starts_at, [office], 1)  # what is cold at the first call is not measured
            measured = load(url, starts_at, [office], seconds)
        if measured.refused:
            raise SystemExit(f"{measured.refused} bookings were refused")
        return measured.per_second

    print(f"\n{'bookings a second, all on one slot':<42}{'empty':>8}{'full':>8}{'ratio':>8}")
    ratios: list[float] = []
    for turn, (mine, theirs) in enumerate(zip(fresh, busy, strict=True)):
        asked = [(empty, mine), (full, theirs)]
        found = [per_second(*one) for one in (reversed(asked) if turn % 2 else asked)]
        without, beside = reversed(found) if turn % 2 else found
        ratios.append(beside / without)
        print(f"{'':<42}{without:>8.0f}{beside:>8.0f}{ratios[-1]:>8.2f}", flush=True)
    print(f"{'the median':<58}{statistics.median(ratios):>8.2f}")


async def storms_of(database: db.Database) -> list[Office]:
    """The offices that were made to take a storm: no others have so many counters."""
    await migrate.migrate(database.owner_url)
    async with db.owner(database.owner_url) as owner:
        rows = await owner.fetch(
            "select o.office_id, o.slug, o.time_zone from queue.office as o where exists ("
            "select from queue.plan as p where p.office_id = o.office_id and p.amount > 100000)"
        )
    return [Office(r["office_id"], r["slug"], ZoneInfo(r["time_zone"]), {}) for r in rows]


if __name__ == "__main__":
    sys.exit(main())
