"""Feeds a queue machine's export through the real commands, at the export's own times."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import Progress

from queue_service import commands, db, offices, queue_machine
from queue_service.db import Pool
from queue_service.migrate import migrate
from queue_service.queue_machine import Export, NotAnExport
from queue_service.replay.playing import Replay, rooms_of
from queue_service.replay.report import Report, describe
from queue_service.settings import Settings

OFFICE = 9  # of its own scratch database, so any number would do


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, help="tệp máy lấy số xuất ra / the machine's export, CSV"
    )
    parser.add_argument(
        "--office", type=Path, required=True, help="tệp TOML của cơ sở / the office's TOML file"
    )
    parser.add_argument(
        "--area-cap",
        type=int,
        metavar="N",
        help="thử mức tối đa N người trong mỗi khu vực / try a cap of N people in each area",
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        help="máy chủ để tạo cơ sở dữ liệu tạm / the server for the scratch database",
    )


def command(args: argparse.Namespace, settings: Settings) -> int:
    if args.area_cap is not None and args.area_cap < 1:
        complain(f"--area-cap {args.area_cap}: ít nhất 1 / at least 1")
        return 2
    if args.database:
        settings = replace(settings, database_url=args.database, database_owner_url="")
    try:
        export, file = read(args.file, args.office, args.area_cap)
    except OSError as error:
        complain(f"{error.filename}: không đọc được / cannot be read ({error.strerror})")
        return 2
    except (NotAnExport, offices.FileError) as error:
        complain(str(error))
        return 2
    if not export.tickets:
        complain(f"{args.file}: không có phiếu nào / holds no ticket")
        return 2
    report, seconds = asyncio.run(_run(settings, file, export))
    for line in describe(export, report, args.area_cap, seconds):
        print(line)
    return 0 if report.held else 1


def complain(text: str) -> None:
    print(text, file=sys.stderr)


def read(path: Path, office: Path, cap: int | None) -> tuple[Export, dict[str, Any]]:
    """The export and the document of the office as it was on the export's first day."""
    if not office.exists() and offices.model(office.stem).exists():
        office = offices.model(office.stem)
    now = offices.read(office, datetime.now(UTC).date()).document
    export = queue_machine.read(path, rooms_of(now), ZoneInfo(now["office"]["time_zone"]))
    then = offices.read(office, export.days[0]).document if export.tickets else now
    return export, capped(then, cap)


def capped(file: dict[str, Any], cap: int | None) -> dict[str, Any]:
    """Without planned staff, whom no export knows; each area with the cap to be tried."""
    file["plans"] = [plan for plan in file["plans"] if not plan["scope"].startswith("staff:")]
    if cap is not None:
        areas = {f"area:{area['area_id']}" for area in file["areas"]}
        file["caps"] = [row for row in file["caps"] if row["scope"] not in areas]
        file["caps"] += [
            {
                "cap_id": f"replay-{scope}",
                "kind": "present",
                "scope": scope,
                "maximum": cap,
                "binds": "everyone",
                "hour_rule": "clock",
                "valid_from": "-infinity",
                "valid_to": "infinity",
            }
            for scope in sorted(areas)
        ]
    return file


async def _run(settings: Settings, file: Mapping[str, Any], export: Export) -> tuple[Report, float]:
    with db.database(settings) as given:
        scratch = given.named(f"queue_replay_{os.getpid()}")
        try:
            await migrate(scratch.owner_url)
            async with db.connect(_hurried(scratch.app_url), size=1) as pool:
                return await play(pool, file, export, progress=True)
        finally:
            await db.drop_database(scratch.owner_url)


def _hurried(url: str) -> str:
    """A scratch database need not survive a power cut, so no commit waits for the disk."""
    return f"{url}{'&' if '?' in url else '?'}synchronous_commit=off"


async def play(
    pool: Pool, file: Mapping[str, Any], export: Export, *, progress: bool = False
) -> tuple[Report, float]:
    """Import the office the day before the export begins, and feed it; with the seconds it took."""
    zone = ZoneInfo(file["office"]["time_zone"])
    before = datetime.combine(export.days[0], datetime.min.time(), zone) - timedelta(days=1)
    await commands.import_office(pool, OFFICE, before, "admin:replay", file)
    total = sum(max(1, len(ticket.legs)) for ticket in export.tickets)
    started = time.monotonic()
    with Progress(console=Console(stderr=True), transient=True, disable=not progress) as bar:
        task = bar.add_task("Phát lại / Replaying", total=total)
        report = await Replay(pool, OFFICE, file, lambda: bar.advance(task)).run(export)
    return report, time.monotonic() - started
