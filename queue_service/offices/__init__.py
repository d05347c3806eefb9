"""Offices from TOML files: read, compared with what the database holds, imported."""

import argparse
import asyncio
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from queue_service import commands, db, reads
from queue_service.offices.changes import changes
from queue_service.offices.document import KEYS, Document
from queue_service.offices.hours import WEEKDAYS
from queue_service.offices.problems import FileError, Problem
from queue_service.offices.reader import Read, read, read_text
from queue_service.offices.said import said
from queue_service.offices.writer import dump, write
from queue_service.settings import Settings

__all__ = [
    "FileError",
    "Problem",
    "Read",
    "changes",
    "dump",
    "import_models",
    "model",
    "models",
    "read",
    "read_text",
    "said",
    "write",
]

# The three that `make run` shows; a fourth file, clinic.toml, is for replays.
MODELS = ("da-nang-center", "da-nang-bank", "ward")
YES = ("c", "co", "có", "y", "yes")


@dataclass(frozen=True)
class Import:
    """One file beside what the database holds."""

    office: Read
    changes: list[str]


def model(name: str) -> Path:
    """The file of a model office."""
    return Path(__file__).parent / f"{name}.toml"


def models() -> list[Path]:
    return [model(name) for name in MODELS]


async def import_models(pool: db.Pool, at: datetime) -> list[str]:
    """Imports the model offices that are not there yet; their slugs.

    Those that are there stay as they are: somebody may have changed them meanwhile.
    """
    slugs: list[str] = []
    for path in models():
        office = read(path, at.date())
        if await reads.office_file(pool, office.number) is None:
            await commands.import_office(pool, office.number, at, "demo", office.document)
        slugs.append(office.slug)
    return slugs


async def compare(pool: db.Pool, office: Read, at: datetime) -> Import:
    before = await reads.standing_file(pool, office.number)
    zone = ZoneInfo(office.document["office"]["time_zone"])
    return Import(office, changes(before, office.document, at.astimezone(zone).date()))


def read_all(paths: Sequence[Path], at: datetime) -> list[Read]:
    """Every file, or everything that is wrong with any of them."""
    found: list[Read] = []
    problems: list[FileError] = []
    for path in paths:
        try:
            office = read(path, at.date())
        except FileError as error:
            problems.append(error)
            continue
        for other in found:
            if office.number == other.number or office.slug == other.slug:
                vi = f"trùng số hoặc slug với tệp khác ({other.number}, {other.slug})"
                en = f"another file has this number or slug ({other.number}, {other.slug})"
                problems.append(FileError(str(path), [Problem(1, vi, en)]))
        found.append(office)
    if problems:
        raise ExceptionGroup("files", problems)
    return found


def arguments(parser: argparse.ArgumentParser) -> None:
    choices = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    importing = choices.add_parser("import", help="nhập tệp TOML / import TOML files")
    importing.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE|DIR",
        help="một thư mục: mọi tệp .toml trong đó / a folder: every .toml in it",
    )
    importing.add_argument("--yes", action="store_true", help="không hỏi lại / do not ask")
    exporting = choices.add_parser("export", help="xuất tệp TOML / write the TOML file")
    exporting.add_argument("slug", metavar="SLUG")
    filing = choices.add_parser("filed", help="nhập số hồ sơ không phải đến / handled elsewhere")
    filing.add_argument("slug", metavar="SLUG")
    filing.add_argument("file", type=Path, metavar="FILE.csv|FILE.xlsx")
    choices.add_parser("list", help="liệt kê / list all offices")
    showing = choices.add_parser("show", help="xem một nơi / show one office")
    showing.add_argument("slug", metavar="SLUG")


def command(args: argparse.Namespace, settings: Settings) -> int:
    with db.database(settings) as database:
        try:
            return asyncio.run(_run(args, settings, database))
        except* FileError as group:
            for error in group.exceptions:
                print(error, file=sys.stderr)
        except* db.Refused as group:
            for error in group.exceptions:
                print(_say_refusal(error), file=sys.stderr)
    return 1


async def _run(args: argparse.Namespace, settings: Settings, database: db.Database) -> int:
    async with db.opened(database, settings) as (pool, clock):
        if args.action == "import":
            return await _import(pool, args.files, args.yes, clock.at())
        if args.action == "filed":
            return await _filed(pool, args.slug, args.file, clock.at())
        if args.action == "list":
            return await _list(pool)
        if args.action == "export":
            return await _export(pool, args.slug, clock.now())
        return await _show(pool, args.slug)


def files_of(paths: Sequence[Path]) -> list[Path]:
    """A folder stands for the office files in it; words that they share are no office."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = [one for one in sorted(path.glob("*.toml")) if not _shared_words(one)]
        if not inside:
            vi, en = "không có tệp .toml nào", "there is no .toml file in it"
            raise ExceptionGroup("files", [FileError(str(path), [Problem(1, vi, en)])])
        found += inside
    return found


def _shared_words(path: Path) -> bool:
    try:
        return set(tomllib.loads(path.read_text("utf-8-sig"))) == {"texts"}
    except (OSError, ValueError):
        return False  # what is wrong with it is said when it is read


async def _import(pool: db.Pool, files: Sequence[Path], yes: bool, at: datetime) -> int:
    """One after the other; of a folder the whole difference first, then one question."""
    at_once = any(path.is_dir() for path in files)
    compared = [await compare(pool, office, at) for office in read_all(files_of(files), at)]
    if at_once:
        for one in compared:
            _tell(one)
        changed = sum(1 for one in compared if one.changes)
        print(f"{changed} / {len(compared)} thay đổi. / {changed} of {len(compared)} change.")
        if changed and not (yes or not sys.stdin.isatty() or asked()):
            print("Không nhập. / Not imported.")
            return 1
    for one in compared:
        office = one.office
        if not at_once:
            _tell(one)
        if not one.changes:
            continue
        if not (at_once or yes or not sys.stdin.isatty() or asked()):
            print("  Không nhập. / Not imported.")
            return 1
        try:
            await commands.import_office(pool, office.number, at, "admin", office.document)
        except db.Refused:
            print(f"{office.slug}:", file=sys.stderr)
            raise
        print(f"{office.slug}: đã nhập. / imported." if at_once else "  Đã nhập. / Imported.")
    return 0


async def _filed(pool: db.Pool, slug: str, file: Path, at: datetime) -> int:
    """What was handled without a visit: told again, a day is what was told last."""
    from queue_service.offices import filed

    number, office = await _find(pool, slug)
    if office is None:
        return 1
    try:
        data = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return 1
    today = at.astimezone(ZoneInfo(office["office"]["time_zone"])).date()
    rows = filed.read(data, str(file), office, today)
    told = await commands.keep_filed(pool, number, at, "command line", rows)
    days, changed = told["days"], told["changed"]
    print(f"Đã nhập {days} ngày, {changed} ngày thay đổi.")
    print(f"  Days taken in: {days}, changed: {changed}.")
    return 0


def _tell(one: Import) -> None:
    print(f"{one.office.slug} ({one.office.number:04})")
    for line in one.changes or ["Không có gì thay đổi. / Nothing changes."]:
        print(f"  {line}")


def asked() -> bool:
    return input("  Nhập? / Import? [c/y, không/no] ").strip().lower() in YES


async def _list(pool: db.Pool) -> int:
    for row in await reads.directory(pool):
        office = await reads.office_file(pool, row["office_id"])
        if office is not None:
            name = f"{office['office']['name_vi']} / {office['office']['name_en']}"
            print(f"{row['office_id']:04}  {row['slug']:<20}  {name}")
    return 0


async def _export(pool: db.Pool, slug: str, at: datetime) -> int:
    number, office = await _find(pool, slug)
    if office is None:
        return 1
    print(write(number, office, at.astimezone(ZoneInfo(office["office"]["time_zone"])).date()))
    return 0


async def _show(pool: db.Pool, slug: str) -> int:
    number, office = await _find(pool, slug)
    for line in _described(number, office) if office is not None else ():
        print(line)
    return 0 if office is not None else 1


async def _find(pool: db.Pool, slug: str) -> tuple[int, Document | None]:
    """The number and the document of an office; says which there are where there is no such."""
    numbers = await reads.office_numbers(pool)
    office = await reads.standing_file(pool, numbers[slug]) if slug in numbers else None
    if office is None:
        known = ", ".join(sorted(numbers)) or "–"
        said = f"Không có {slug}; có: {known}\n  There is no {slug}; there are: {known}"
        print(said, file=sys.stderr)
        return 0, None
    return numbers[slug], office


def _described(number: int, office: Document) -> list[str]:
    about = office["office"]
    lines = [f"{number:04} {about['slug']}: {about['name_vi']} / {about['name_en']}"]
    skip = ("slug", "name_vi", "name_en")
    lines += [f"  {name}: {value}" for name, value in about.items() if name not in skip and value]
    for part, keys in KEYS.items():
        rows = _by_scope(office[part]) if part == "plans" else office.get(part, [])
        lines.append(f"{part} ({len(rows)})")
        for row in rows:
            first = " ".join(str(row[key]) for key in keys if key in row)
            rest = [f"{k} {v}" for k, v in row.items() if k not in keys and v not in ("", [], None)]
            lines.append(f"  {first}: {'; '.join(rest)}")
    return lines


def _by_scope(plans: list[Document]) -> list[Document]:
    """One line for all that is planned of a queue, pool or area."""
    scopes: dict[str, Document] = {}
    for row in plans:
        day = WEEKDAYS[int(row["weekday"]) - 1]
        starts, ends = row["starts"][:5], row["ends"][:5]
        scopes.setdefault(row["scope"], {"scope": row["scope"]})[f"{day} {starts}-{ends}"] = row[
            "amount"
        ]
    return list(scopes.values())


def _say_refusal(error: BaseException) -> str:
    code = error.code if isinstance(error, db.Refused) else ""
    facts = error.facts if isinstance(error, db.Refused) else {}
    if code == "slug_taken":
        number = facts["office_id"]
        return f"Slug đã dùng cho nơi số {number}.\n  Office {number} has this slug already."
    if code == "letter_in_use":
        letter, queue = facts["letter"], facts["queue"]
        return (
            f"Hôm nay hàng {queue} đã phát số {letter}; hãy đổi chữ {letter} vào ngày khác.\n"
            f"  Queue {queue} has given numbers {letter} today; change the letter another day."
        )
    return str(error)
