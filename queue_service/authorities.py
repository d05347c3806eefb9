"""`queue-service authority`: who offices belong to, a province or a bank, and which are theirs."""

import argparse
import asyncio
import sys
from datetime import timedelta

from queue_service import commands, db, reads, tokens
from queue_service.settings import Settings

ACTOR = "command line"


def arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    keep = acts.add_parser("add", help="thêm, đổi tên / register, or give another name")
    keep.add_argument("authority", metavar="ID")
    keep.add_argument("--name-vi", required=True)
    keep.add_argument("--name-en", default="")
    place = acts.add_parser("place", help="đưa các nơi về / put offices under it")
    place.add_argument("authority", metavar="ID")
    free = acts.add_parser("release", help="đưa các nơi ra / let offices stand alone again")
    for one in (place, free):
        one.add_argument("--office", action="append", metavar="SLUG", required=True)
    acts.add_parser("list", help="xem / all of them")


def command(args: argparse.Namespace, settings: Settings) -> int:
    with db.database(settings) as database:
        return asyncio.run(_run(args, settings, database))


async def _run(args: argparse.Namespace, settings: Settings, database: db.Database) -> int:
    async with db.connect(database.app_url, size=1) as pool:
        clock = db.Clock(timedelta(seconds=settings.clock_shift))
        await clock.measure(pool)
        if args.act == "list":
            for row in await reads.authorities(pool):
                names = f"{row['name_vi']} / {row['name_en']}"
                print(f"{row['authority_id']:<20}  {names}  ({row['offices']})")
            return 0
        try:
            if args.act == "add":
                names = args.name_vi, args.name_en or args.name_vi
                await commands.keep_authority(pool, clock.now(), ACTOR, args.authority, *names)
                return 0
            return await _place(args, pool, clock)
        except db.Refused as refused:
            print(REFUSED.get(refused.code, refused.code), file=sys.stderr)
            return 1


async def _place(args: argparse.Namespace, pool: db.Pool, clock: db.Clock) -> int:
    numbers = {row["slug"]: row["office_id"] for row in await reads.directory(pool)}
    unknown = [slug for slug in args.office if slug not in numbers]
    if unknown:
        known = ", ".join(sorted(numbers)) or "–"
        tokens.complain(
            f"Không có {unknown[0]}; có: {known}", f"No {unknown[0]}; there are: {known}"
        )
        return 1
    authority = args.authority if args.act == "place" else None
    for slug in args.office:
        await commands.place_office(pool, numbers[slug], clock.now(), ACTOR, authority)
    return 0


REFUSED = {
    "bad_authority": "tên chỉ gồm a-z, 0-9 và dấu gạch nối / only a-z, 0-9 and dashes",
    "no_such_authority": "không có cơ quan chủ quản này / there is no such authority",
    "belongs_to_hub": "việc này làm ở máy chủ trung tâm / this is done at the hub",
}
