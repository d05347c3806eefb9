"""Prints the table: bookings a second, durable, with every rule on, as ratios of one run."""

import argparse
import asyncio
import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from bench import boards
from queue_service import commands, db, embedded, migrate, reads
from queue_service.group_commit import BookRequest, Wanted
from queue_service.processes import listen
from tests.offices import ALWAYS, Office, make_office

HERE = Path(__file__).parent
CLIENTS = 256
POOLS = (1, 2, 4, 8, 32)
ROUNDS = 5  # the machine's neighbours come and go: floor and service take turns
OFFICES = 100


@dataclass(frozen=True)
class Measured:
    per_second: float
    refused: int
    p50: str
    p99: str


def main() -> int:
    parser = argparse.ArgumentParser("bench", description=__doc__)
    # A slot of one office takes all bookings: longer, and they would use up its 90,000 codes.
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--quick", action="store_true", help="without the pools, for profiling")
    parser.add_argument("--boards", action="store_true", help="only the thousand boards")
    parser.add_argument("--postgres-bin", default="", help="programs of another PostgreSQL")
    args = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is missing: apt-get install wrk")
        return 1
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o711)  # the database may run as another user
    try:
        with embedded.held(folder / "db", args.postgres_bin) as server:
            database = db.Database(
                server.url("postgres", "bench"), server.url(db.APP_ROLE, "bench")
            )
            print(f"PostgreSQL, durable; {os.cpu_count()} cores; {args.seconds} s each", flush=True)
            if args.boards:
                return measure_boards(database)
            return measure(database, args.seconds, () if args.quick else POOLS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(database: db.Database, seconds: int, pools: Sequence[int]) -> int:
    offices = asyncio.run(prepare(database, ROUNDS + len(pools)))
    hot, singles = offices[:ROUNDS], offices[ROUNDS:]
    many = asyncio.run(prepare(database, OFFICES))
    starts_at = asyncio.run(tomorrow(database))
    asyncio.run(open_for_an_hour(database, starts_at, [*offices, *many]))

    def run(kind: str, offices: Sequence[Office], pool: int = 8) -> Measured:
        with serving(kind, database, pool) as url:
            load(url, starts_at, offices, 1)  # what is cold at the first call is not measured
            return load(url, starts_at, offices, seconds)

    pairs: list[tuple[Measured, Measured]] = []
    for number, office in enumerate(hot):
        kinds = ("empty", "group") if number % 2 == 0 else ("group", "empty")
        found = {kind: run(kind, [office]) for kind in kinds}
        pairs.append((found["group"], found["empty"]))
        show("empty handler", found["empty"], found["empty"])
        show("all on one slot", *pairs[-1])
    ratios = sorted(one.per_second / floor.per_second for one, floor in pairs)
    together = sum(one.per_second for one, _ in pairs) / sum(floor.per_second for _, floor in pairs)
    print(
        f"one slot beside the empty handler, all rounds together: {together:.2f}"
        f" ({ratios[0]:.2f} to {ratios[-1]:.2f}, median {ratios[ROUNDS // 2]:.2f})",
        flush=True,
    )
    grouped, empty = sorted(pairs, key=lambda pair: pair[0].per_second / pair[1].per_second)[
        ROUNDS // 2
    ]
    spread = run("group", many)
    show(f"over {OFFICES} offices", spread, empty)
    best = 0.0
    for pool, office in zip(pools, singles, strict=True):
        single = run("one-by-one", [office], pool)
        best = max(best, single.per_second)
        show(f"one per transaction, pool of {pool}", single, empty)
    if best:
        print(f"one slot beside the best pool: {grouped.per_second / best:.2f}")
    measure_boards(database)
    wrong = asyncio.run(check(database, [*offices, *many[:5]]))
    print("check: " + ("agrees" if not wrong else f"{wrong} differences"))
    return 1 if wrong else 0


def measure_boards(database: db.Database) -> int:
    asyncio.run(migrate.migrate(database.owner_url))
    with serving("group", database, 8) as url:
        boards.report(*asyncio.run(boards.measure(url, database)))
    return 0


def show(name: str, measured: Measured, empty: Measured) -> None:
    ratio = measured.per_second / empty.per_second
    print(
        f"{name:<36} {measured.per_second:>8.0f}/s {ratio:>6.2f}"
        f"   p50 {measured.p50:>9} p99 {measured.p99:>9}   refused {measured.refused}",
        flush=True,
    )


async def prepare(database: db.Database, count: int) -> list[Office]:
    """Offices with every kind of cap, wide enough for a storm."""
    await migrate.migrate(database.owner_url)
    async with db.connect(database.app_url) as pool:
        return [
            await make_office(
                pool,
                area_cap=500_000,
                hour_cap=10,
                hour_rule="any-60-minutes",
                planned=200_000,
                hours=ALWAYS,
                rules={"booking_days": 6},
            )
            for _ in range(count)
        ]


async def open_for_an_hour(
    database: db.Database, starts_at: str, offices: Sequence[Office]
) -> None:
    """A first wave of bookings, and the planner's statistics, which come by themselves later on."""
    async with db.connect(database.app_url) as pool, db.owner(database.owner_url) as owner:
        at = datetime.fromisoformat(starts_at) - timedelta(days=1)
        for office in offices:
            wave = [wanted(starts_at, n) for n in range(200 // len(offices) + 20)]
            await commands.book_slots(pool, office.office_id, at, wave)
        await owner.execute("analyze")


def wanted(starts_at: str, number: int) -> BookRequest:
    return BookRequest(
        booking_id=uuid4(),
        actor="web",
        services=(Wanted("copy"),),
        starts_at=datetime.fromisoformat(starts_at),
        name="Nguyễn Thị Ánh",
        phone=f"+8480{number:07d}",
        token=secrets.token_hex(16),
        digits=secrets.randbelow(90_000),
    )


async def tomorrow(database: db.Database) -> str:
    clock = db.Clock()
    async with db.connect(database.app_url, 1) as pool:
        await clock.measure(pool)
    start = (clock.now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    if start.hour == 16:  # 23:00 in Viet Nam: a booking would meet the end of the day
        start += timedelta(hours=2)
    return start.isoformat()


async def check(database: db.Database, offices: Sequence[Office]) -> int:
    clock = db.Clock()
    async with db.connect(database.app_url) as pool:
        await clock.measure(pool)
        wrong = 0
        for office in offices:
            await commands.settle(pool, office.office_id, clock.now())
            for row in await reads.check_office(pool, office.office_id, clock.now()):
                print(office.slug, *row)
                wrong += 1
        return wrong


@contextlib.contextmanager
def serving(kind: str, database: db.Database, pool: int) -> Generator[str, None, None]:
    with listen("127.0.0.1", 0) as found:
        port = found.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": database.app_url,
        "DATABASE_POOL": str(pool),
        "PORT": str(port),
        "TICKET_SECRET": "bench bench bench bench bench bench",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.server", kind],
        env=environment,
        stderr=subprocess.DEVNULL if "BENCH_LOG" not in os.environ else None,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(1200):  # a minute: the machine may be busy
            try:
                with urllib.request.urlopen(f"{url}/api/v1/offices", timeout=5):
                    break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


def load(url: str, starts_at: str, offices: Sequence[Office], seconds: int) -> Measured:
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--latency", "--timeout", "20s"]
    command += ["-s", str(HERE / "book.lua"), url, "--", starts_at]
    command += [office.slug for office in offices]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def found(pattern: str) -> str:
        match = re.search(pattern, said)
        return match[1] if match else ""

    return Measured(
        float(found(r"Requests/sec:\s+([\d.]+)")),
        int(found(r"Non-2xx or 3xx responses: (\d+)") or 0),
        found(r"\n\s+50%\s+(\S+)"),
        found(r"\n\s+99%\s+(\S+)"),
    )


if __name__ == "__main__":
    sys.exit(main())
