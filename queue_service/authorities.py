"""`queue-service authority`: who offices belong to, a province or a bank, and which are theirs."""

import argparse
import asyncio
import sys
from pathlib import Path

from queue_service import commands, db, offices, reads, tokens
from queue_service.offices import catalogue
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
    table = acts.add_parser("catalogue", help="nhập danh mục thủ tục / take in a catalogue")
    table.add_argument("authority", metavar="ID")
    table.add_argument("file", type=Path, metavar="FILE.csv|FILE.xlsx")
    table.add_argument("--yes", action="store_true", help="không hỏi lại / do not ask")
    acts.add_parser("list", help="xem / all of them")


def command(args: argparse.Namespace, settings: Settings) -> int:
    with db.database(settings) as database:
        return asyncio.run(_run(args, settings, database))


async def _run(args: argparse.Namespace, settings: Settings, database: db.Database) -> int:
    async with db.opened(database, settings) as (pool, clock):
        if args.act == "list":
            for row in await reads.authorities(pool):
                names = f"{row['name_vi']} / {row['name_en']}"
                print(f"{row['authority_id']:<20}  {names}  ({row['offices']})")
            return 0
        try:
            if args.act == "add":
                names = args.name_vi, args.name_en or args.name_vi
                await commands.keep_authority(pool, clock.at(), ACTOR, args.authority, *names)
                return 0
            if args.act == "catalogue":
                return await _take_in(args, pool, clock)
            return await _place(args, pool, clock)
        except db.Refused as refused:
            print(REFUSED.get(refused.code, refused.code), file=sys.stderr)
            return 1


async def _take_in(args: argparse.Namespace, pool: db.Pool, clock: db.Clock) -> int:
    """The difference first; nothing changes at any office before it is passed on."""
    try:
        rows = catalogue.read(args.file.read_bytes(), str(args.file))
    except OSError as error:
        print(f"{args.file}: {error.strerror}", file=sys.stderr)
        return 1
    except offices.FileError as error:
        print(error, file=sys.stderr)
        return 1
    told = await commands.keep_procedures(pool, clock.at(), ACTOR, args.authority, rows, False)
    for line in told["lines"]:
        print(f"  {'+' if line['added'] else '~'} {line['national_code']} {line['name_vi']}")
        for name, value in () if line["added"] else line["after"].items():
            print(f"      {name}: {line['before'].get(name)} → {value}")
    print(f"  + {told['added']}, ~ {told['changed']}")
    if not (told["added"] or told["changed"]):
        print("  Không có gì thay đổi. / Nothing changes.")
        return 0
    if not (args.yes or not sys.stdin.isatty() or offices.asked()):
        print("  Không nhập. / Not imported.")
        return 1
    await commands.keep_procedures(pool, clock.at(), ACTOR, args.authority, rows)
    print("  Đã nhập; xin áp dụng cho các nơi. / Imported; now pass it on to the offices.")
    return 0


async def _place(args: argparse.Namespace, pool: db.Pool, clock: db.Clock) -> int:
    numbers = await reads.office_numbers(pool)
    unknown = [slug for slug in args.office if slug not in numbers]
    if unknown:
        known = ", ".join(sorted(numbers)) or "–"
        tokens.complain(
            f"Không có {unknown[0]}; có: {known}", f"No {unknown[0]}; there are: {known}"
        )
        return 1
    authority = args.authority if args.act == "place" else None
    for slug in args.office:
        await commands.place_office(pool, numbers[slug], clock.at(), ACTOR, authority)
    return 0


REFUSED = {
    "bad_authority": "tên chỉ gồm a-z, 0-9 và dấu gạch nối / only a-z, 0-9 and dashes",
    "no_such_authority": "không có cơ quan chủ quản này / there is no such authority",
    "belongs_to_hub": "việc này làm ở máy chủ trung tâm / this is done at the hub",
}
