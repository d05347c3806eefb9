"""`queue-service floor`: where each office's floor is; takes one back from a box that is broken."""

import argparse
import asyncio
import sys

from queue_service import commands, db, reads
from queue_service.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--office", metavar="SLUG", help="một nơi / one office alone")
    parser.add_argument(
        "--take-back",
        metavar="REASON",
        help="máy đã tắt, lấy lại việc tại chỗ / the box is switched off: take its floor back",
    )


def command(args: argparse.Namespace, settings: Settings) -> int:
    if args.take_back is not None and not args.office:
        print("Hãy ghi --office SLUG. / Name the office.", file=sys.stderr)
        return 2
    with db.database(settings) as database:
        return asyncio.run(_run(args, settings, database))


async def _run(args: argparse.Namespace, settings: Settings, database: db.Database) -> int:
    async with db.opened(database, settings) as (pool, clock):
        numbers = await reads.office_numbers(pool)
        if args.office and args.office not in numbers:
            print(f"{args.office}: không có / no such office", file=sys.stderr)
            return 2
        chosen = [args.office] if args.office else sorted(numbers)
        if args.take_back is not None:
            try:
                await commands.take_back_floor(
                    pool, numbers[args.office], clock.at(), "command line", args.take_back
                )
            except db.Refused as refused:
                print(f"{args.office}: {refused.code}", file=sys.stderr)
                return 1
            print("Hãy đếm lại từng phòng trước khi mời vào. / Count each room before anyone.")
        for slug in chosen:
            print(_line(slug, await reads.floor(pool, numbers[slug], clock.now())))
    return 0


def _line(slug: str, floor: dict[str, object] | None) -> str:
    if floor is None or not floor["at_box"]:
        return f"{slug}: ở đây / here"
    if floor["side"] == "box":
        return f"{slug}: máy này / this box, {floor['trouble'] or floor['stopped'] or 'ok'}"
    silent = "im lặng từ / silent since" if floor["silent"] else "tin lúc / heard at"
    return f"{slug}: {floor['box']}, {silent} {floor['heard_at']}"
