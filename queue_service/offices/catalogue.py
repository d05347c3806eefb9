"""A catalogue of services as CSV or XLSX, by national code; every mistake with its line.

A table has a head in Vietnamese or English. What a column leaves empty says nothing: there the
word of each office holds.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from queue_service.offices.reader import FileError, Problem

Row = dict[str, Any]

CODE = re.compile(r"[0-9]\.[0-9]{6}(\.[0-9A-Z.]+)?")
URL = re.compile(r"https?://[^\s/?#]+\S*")
MOST_ROWS = 20_000
MOST_SAID = 100  # mistakes told of at once
LONGEST = 500
LARGEST = 60 * 1024 * 1024  # what an XLSX may be unpacked
YES = {"x", "1", "có", "co", "yes", "y", "true"}
NO = {"", "0", "không", "khong", "no", "n", "false"}

# What the head of a column may say, without marks and in small letters.
HEADS: dict[str, tuple[str, ...]] = {
    "national_code": ("national_code", "code", "ma thu tuc", "ma tthc", "ma so", "ma"),
    "name_vi": ("name_vi", "name", "ten thu tuc", "ten thu tuc hanh chinh", "ten tthc", "ten"),
    "name_en": ("name_en", "english", "ten tieng anh", "tieng anh"),
    "field_vi": ("field_vi", "field", "linh vuc"),
    "field_en": ("field_en", "linh vuc (tieng anh)", "linh vuc tieng anh"),
    "aliases": ("aliases", "alias", "ten thuong goi", "ten goi khac", "ten goi thong thuong"),
    "papers_vi": ("papers_vi", "papers", "thanh phan ho so", "giay to", "giay to can mang"),
    "papers_en": ("papers_en", "giay to (tieng anh)", "giay to tieng anh"),
    "minutes": ("minutes", "so phut", "phut"),
    "urgent": ("urgent", "cap bach", "khan cap"),
    "in_person": ("in_person", "nhan truc tiep", "nhan ket qua truc tiep"),
    "url": ("url", "dia chi", "dia chi nop truc tuyen", "duong dan"),
}
LISTS = ("aliases", "papers_vi", "papers_en")
FLAGS = ("urgent", "in_person")


def read(data: bytes, name: str) -> list[Row]:
    """The procedures, or `FileError` with everything that is wrong."""
    table = _sheet(data, name) if data[:2] == b"PK" else _csv(data, name)
    problems: list[Problem] = []
    columns, first = _head(table, name)
    rows: list[Row] = []
    seen: dict[str, int] = {}
    for line, cells in enumerate(table[first:], first + 1):
        if not any(cell.strip() for cell in cells):
            continue
        row = _row(line, cells, columns, problems)
        code = row["national_code"]
        if code and code in seen:
            where = seen[code]
            vi, en = f"mã {code} đã có ở dòng {where}", f"{code} stands in line {where} already"
            problems.append(Problem(line, vi, en))
        seen.setdefault(code, line)
        rows.append(row)
    if not rows and not problems:
        problems.append(Problem(first, "không có thủ tục nào", "there is no procedure in it"))
    if len(rows) > MOST_ROWS:
        most = MOST_ROWS
        problems.append(Problem(first, f"nhiều hơn {most} thủ tục", f"more than {most} procedures"))
    if problems:
        raise FileError(name, problems[:MOST_SAID])
    return rows


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


def _plain(text: str) -> str:
    """Without marks, in small letters, single blanks."""
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())


def _head(table: Sequence[Sequence[str]], name: str) -> tuple[dict[str, int], int]:
    """Which column says what, and the first line after the head."""
    for line, cells in enumerate(table[:20]):
        found: dict[str, int] = {}
        for at, cell in enumerate(cells):
            for column, heads in HEADS.items():
                if _plain(cell) in heads:
                    found.setdefault(column, at)
        if "national_code" in found and "name_vi" in found:
            return found, line + 1
    vi = "thiếu dòng tiêu đề có cột “Mã thủ tục” và “Tên thủ tục”"
    en = "there is no head with the columns “code” and “name”"
    raise FileError(name, [Problem(1, vi, en)])


def _row(line: int, cells: Sequence[str], columns: dict[str, int], problems: list[Problem]) -> Row:
    row: Row = {}

    def wrong(vi: str, en: str) -> None:
        problems.append(Problem(line, vi, en))

    for column in HEADS:
        at = columns.get(column, len(cells))
        text = unicodedata.normalize("NFC", cells[at] if at < len(cells) else "").strip()
        if column in LISTS:
            row[column] = [
                " ".join(part.split()) for part in re.split(r"[;\n]", text) if part.strip()
            ]
            if any(len(part) > LONGEST for part in row[column]):
                wrong(f"{column} quá dài", f"{column} is too long")
        elif column in FLAGS:
            row[column] = _plain(text) in {_plain(word) for word in YES}
            if text.lower() not in YES | NO:
                wrong(
                    f"{column}: “{text}” không phải x hay để trống", f"{column}: “{text}” is not x"
                )
        else:
            row[column] = " ".join(text.split())
            if len(row[column]) > LONGEST:
                wrong(f"{column} quá dài", f"{column} is too long")
        if any(ord(letter) < 32 and letter not in "\n\r\t" for letter in text):
            wrong(f"{column} có ký tự điều khiển", f"{column} holds a control character")
    if not CODE.fullmatch(row["national_code"]):
        code = row["national_code"][:40]
        wrong(f"“{code}” không phải mã như 1.001193", f"“{code}” is no code such as 1.001193")
    if not row["name_vi"]:
        wrong("thiếu tên thủ tục", "the name is missing")
    if row["url"] and not URL.fullmatch(row["url"]):
        url = row["url"][:60]
        wrong(f"“{url}” không phải địa chỉ web", f"“{url}” is no web address")
    if len(row["papers_vi"]) != len(row["papers_en"]) and row["papers_en"]:
        wrong(
            "giấy tờ phải có đủ hai thứ tiếng, từng mục một",
            "the papers must be listed one by one in both languages",
        )
    minutes = row["minutes"]
    row["minutes"] = None
    if minutes.isascii() and minutes.isdecimal() and 1 <= int(minutes[:5]) <= 480:
        row["minutes"] = int(minutes)
    elif minutes:
        wrong(
            f"“{minutes[:20]}” không phải số phút từ 1 đến 480",
            f"“{minutes[:20]}” is no number of minutes from 1 to 480",
        )
    return row
