"""`queue-service retention`: removes names and phones that were kept long enough; so does a worker.

What an office may still know of its visitors is said by its file (`retention_days`) and decided by
sql/commands/forget.sql, a few rows at a time: an office is never locked for long, and rests at
least as long as it took.
"""

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator

import structlog

from queue_service import commands, db, reads
from queue_service.settings import Settings

log = structlog.get_logger()

AT_ONCE = 200  # rows of a kind, under one lock of the office
EVERY = 3600.0  # seconds; the day on which a name goes is exact, its hour is not
SHORTEST_REST = 0.02

# What is removed, in the words of the command line.
KINDS = {
    "visits": "lượt / visits",
    "messages": "tin nhắn / messages",
    "jobs": "việc đã xong / jobs done",
    "requests": "yêu cầu đã nhớ / remembered requests",
    "proofs": "mã xác nhận / codes for phones",
    "questions": "câu hỏi qua tin / questions by text",
    "people": "người lấy số / holders of numbers",
    "claims": "suất theo người / claims of persons",
    "waiting": "danh sách chờ / waiting lists",
    "call_backs": "hẹn gọi lại / call-backs",
    "notes": "ghi chú tổng đài / notes of the hotline",
    "dossiers": "mã hồ sơ / dossier codes",
    "leaves": "ngày nghỉ phép / leave of staff",
    "duties": "lịch trực / duties of staff",
    "staff": "người đã nghỉ việc / staff who left",
    "texts": "tin đến / texts received",
    "entries": "tin của máy tại chỗ / entries of a box",
}


async def forget(pool: db.Pool, clock: db.Clock, office_id: int) -> Counter[str]:
    """Everything of an office that is due to go; says how much of each kind went."""
    gone: Counter[str] = Counter()
    while True:
        started = time.monotonic()
        answer = await commands.forget(pool, office_id, clock.at(), AT_ONCE)
        gone.update({kind: answer[kind] for kind in KINDS})
        if not answer["more"]:
            return gone
        await asyncio.sleep(max(SHORTEST_REST, time.monotonic() - started))


async def forget_texts(pool: db.Pool, clock: db.Clock) -> None:
    more = True
    while more:
        more = (await commands.forget_texts(pool, clock.at(), AT_ONCE))["more"]
        await asyncio.sleep(SHORTEST_REST)


async def forget_all(
    pool: db.Pool, clock: db.Clock
) -> AsyncGenerator[tuple[str, Counter[str]], None]:
    """Office by office, then what belongs to none. An office that cannot now does not keep the
    names of those after it: it is logged, and asked again in the next round."""
    for row in await reads.directory(pool):
        try:
            gone = await forget(pool, clock, row["office_id"])
        except Exception as error:
            log.error("names not removed", office=row["slug"], error=type(error).__name__)
        else:
            yield row["slug"], gone
    await forget_texts(pool, clock)


async def keep_forgetting(pool: db.Pool, clock: db.Clock, every: float = EVERY) -> None:
    """What a worker does beside its jobs. Two workers at it do no harm: they take turns."""
    while True:
        try:
            async for slug, gone in forget_all(pool, clock):
                if gone.total():
                    log.info("names removed", office=slug, **gone)
        except (db.Unavailable, db.Refused):
            await asyncio.sleep(min(every, 10.0))  # the database is away, or the clock is off
            continue
        except Exception as error:
            log.error("retention did not end", error=type(error).__name__)
        await asyncio.sleep(every)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--office", metavar="SLUG", help="một nơi / one office alone")
    parser.add_argument(
        "--dry-run", action="store_true", help="chỉ cho biết sẽ xóa gì / only say what would go"
    )


def command(args: argparse.Namespace, settings: Settings) -> int:
    with db.database(settings) as database:
        return asyncio.run(_run(args, settings, database))


async def _run(args: argparse.Namespace, settings: Settings, database: db.Database) -> int:
    async with db.opened(database, settings) as (pool, clock):
        numbers = await reads.office_numbers(pool)
        if args.office and args.office not in numbers:
            print(f"{args.office}: không có cơ sở này / no such office", file=sys.stderr)
            return 2
        for slug in [args.office] if args.office else sorted(numbers):
            rules = await reads.retention(pool, numbers[slug], clock.now())
            gone = rules if args.dry_run else await forget(pool, clock, numbers[slug])
            print(_line(slug, rules, Counter({kind: gone[kind] for kind in KINDS}), args.dry_run))
        if not args.office and not args.dry_run:
            await forget_texts(pool, clock)
    return 0


def _line(slug: str, rules: dict[str, object], gone: Counter[str], dry_run: bool) -> str:
    days, since = rules["retention_days"], rules["named_from"]
    said = "sẽ xóa / would go" if dry_run else "đã xóa / removed"
    told = ", ".join(f"{count} {KINDS[kind]}" for kind, count in gone.items() if count)
    return f"{slug} ({days} ngày / days, {since}): {said}: {told or '0'}"
