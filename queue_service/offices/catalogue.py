"""A catalogue of services as CSV or XLSX, by national code; every mistake with its line.

A table has a head in Vietnamese or English. What a column leaves empty says nothing: there the
word of each office holds.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from queue_service.offices import sheet
from queue_service.offices.problems import FileError, Problem

Row = dict[str, Any]

CODE = re.compile(r"[0-9]\.[0-9]{6}(\.[0-9A-Z.]+)?")
URL = re.compile(r"https?://[^\s/?#]+\S*")
MOST_ROWS = 20_000
MOST_SAID = 100  # mistakes told of at once
LONGEST = 500

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
    table = sheet.rows(data, name)
    problems: list[Problem] = []
    columns, first = sheet.head(table, HEADS, ("national_code", "name_vi"))
    if not first:
        vi = "thiếu dòng tiêu đề có cột “Mã thủ tục” và “Tên thủ tục”"
        en = "there is no head with the columns “code” and “name”"
        raise FileError(name, [Problem(1, vi, en)])
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
            said = sheet.yes(text)
            row[column] = bool(said)
            if said is None:
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
