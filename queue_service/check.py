"""Counts presence, usage, numbers, jobs and figures again from the ledger; prints differences."""

import argparse
import asyncio
import sys

from queue_service import commands, db, reads
from queue_service.db import Clock, Pool
from queue_service.settings import Settings

Difference = tuple[str, str, str]

DAYS = 40  # whose figures are counted again too


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--office", metavar="SLUG", help="chỉ một cơ sở / one office alone")


def command(args: argparse.Namespace, settings: Settings) -> int:
    return asyncio.run(_run(args.office, settings))


async def _run(slug: str | None, settings: Settings) -> int:
    with db.database(settings) as database:
        async with db.opened(database, settings) as (pool, clock):
            offices = await reads.office_numbers(pool)
            if slug is not None and slug not in offices:
                print(f"{slug}: không có cơ sở này / no such office", file=sys.stderr)
                return 2
            chosen = offices if slug is None else {slug: offices[slug]}
            found = {name: await check(pool, clock, number) for name, number in chosen.items()}
    for name, differences in found.items():
        print(f"{name}: " + ("khác sổ / differs" if differences else "khớp với sổ / agrees"))
        for what, expected, there in differences:
            print(f"  {what}: đúng ra / expected {expected}, thấy / found {there}")
    return 1 if any(found.values()) else 0


async def check(pool: Pool, clock: Clock, office_id: int) -> list[Difference]:
    """What time alone has decided is written first, as every command does."""
    now = clock.at()
    await commands.settle(pool, office_id, now)
    days = await reads.check_days(pool, office_id, now, DAYS)
    return [*await reads.check_office(pool, office_id, now), *days]
