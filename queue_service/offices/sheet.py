"""A table as CSV or XLSX: its rows as words, and which column says what."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date

from python_calamine import CalamineError, CalamineWorkbook

from queue_service.offices.problems import FileError, Problem

LARGEST = 60 * 1024 * 1024  # what an XLSX may be unpacked
YES = {"x", "1", "co", "yes", "y", "true"}
NO = {"", "0", "khong", "no", "n", "false"}
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})( 00:00:00)?")
VIETNAMESE_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})()")


def rows(data: bytes, name: str) -> list[list[str]]:
    """Line by line as an editor shows them; `FileError` where it is no table."""
    return _sheet(data, name) if data[:2] == b"PK" else _csv(data, name)


def head(
    table: Sequence[Sequence[str]], heads: Mapping[str, Sequence[str]], needed: Sequence[str]
) -> tuple[dict[str, int], int]:
    """Which column says what, and the first line after the head; 0 where there is no head."""
    for line, cells in enumerate(table[:20]):
        found: dict[str, int] = {}
        for at, cell in enumerate(cells):
            for column, names in heads.items():
                if plain(cell) in names:
                    found.setdefault(column, at)
        if all(column in found for column in needed):
            return found, line + 1
    return {}, 0


def _csv(data: bytes, name: str) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise FileError(name, [Problem(line, "không phải UTF-8", "not UTF-8")]) from None
    head = text.split("\n", 1)[0]
    between = max(";,\t", key=head.count)
    # A field may hold line ends: each row begins where it stands in the file, so that a mistake
    # is told by the line an editor shows.
    lines: list[list[str]] = []
    reader = csv.reader(io.StringIO(text), delimiter=between, strict=True)
    try:
        at = 0
        for cells in reader:
            lines += [[] for _ in range(at - len(lines))] + [cells]
            at = reader.line_num
    except csv.Error as error:
        vi, en = f"không phải CSV: {error}", f"not CSV: {error}"
        raise FileError(name, [Problem(max(1, reader.line_num), vi, en)]) from None
    return lines


def _sheet(data: bytes, name: str) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST:
                raise FileError(name, [Problem(1, "tệp quá lớn", "the file is too large")])
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, zipfile.BadZipFile, IndexError) as error:
        said = type(error).__name__
        vi, en = f"không đọc được bảng tính ({said})", f"the sheet cannot be read ({said})"
        raise FileError(name, [Problem(1, vi, en)]) from None
    return [[_said(cell) for cell in row] for row in rows]


def _said(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def plain(text: str) -> str:
    """Without marks, in small letters, single blanks."""
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())


def yes(text: str) -> bool | None:
    """What a cell to be ticked says; None where it says neither."""
    word = plain(text)
    return True if word in YES else False if word in NO else None


def name(text: str) -> str:
    """As people write a name, with single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def day(text: str) -> date | None:
    """A day as it is written here or in a file of data; None where it is none."""
    try:
        if found := DAY.fullmatch(text):
            return date(*(int(part) for part in found.groups()[:3]))
        if found := VIETNAMESE_DAY.fullmatch(text):
            day_, month, year = (int(part) for part in found.groups()[:3])
            return date(year, month, day_)
    except ValueError:
        pass
    return None
