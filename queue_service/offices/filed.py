"""What was handled without a visit, as CSV or XLSX: a line for each day, service and way.

Whoever runs the portal, the post or the home service counts it; every mistake is told by its line.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from queue_service.offices import sheet
from queue_service.offices.problems import FileError, Problem

Row = dict[str, Any]

MOST_ROWS = 50_000
MOST_SAID = 100  # mistakes told of at once
LONGEST_COUNT = 6  # digits

# What the head of a column may say, without marks and in small letters.
HEADS: dict[str, tuple[str, ...]] = {
    "day": ("day", "date", "ngay"),
    "service": ("service", "code", "ma thu tuc", "ma tthc", "ma so", "ma", "thu tuc"),
    "way": ("way", "cach", "hinh thuc", "hinh thuc nop"),
    "count": ("count", "so luong", "so ho so"),
}
WAYS = {
    "online": "online", "truc tuyen": "online",
    "post": "post", "buu chinh": "post", "buu chinh cong ich": "post",
    "home": "home", "tai nha": "home",
}  # fmt: skip


def read(data: bytes, name: str, office: Mapping[str, Any], today: date) -> list[Row]:
    """The counts for an office as its file says it, or `FileError` with all that is wrong."""
    table = sheet.rows(data, name)
    columns, first = sheet.head(table, HEADS, tuple(HEADS))
    if not first:
        vi = "thiếu dòng tiêu đề có các cột “Ngày”, “Mã thủ tục”, “Hình thức”, “Số lượng”"
        en = "there is no head with the columns “day”, “service”, “way” and “count”"
        raise FileError(name, [Problem(1, vi, en)])
    services = {row["national_code"]: row["service_id"] for row in office["services"]}
    services |= {row["service_id"]: row["service_id"] for row in office["services"]}
    services.pop("", None)
    problems: list[Problem] = []
    rows: list[Row] = []
    seen: dict[tuple[Any, ...], int] = {}
    for line, cells in enumerate(table[first:], first + 1):
        if not any(cell.strip() for cell in cells):
            continue
        row = _row(line, cells, columns, services, today, problems)
        where = (row["day"], row["service_id"], row["way"])
        if None not in where and where in seen:
            vi = f"ngày, thủ tục và hình thức này đã có ở dòng {seen[where]}"
            en = f"this day, service and way stand in line {seen[where]} already"
            problems.append(Problem(line, vi, en))
        seen.setdefault(where, line)
        rows.append(row)
    if not rows and not problems:
        problems.append(Problem(first, "không có số liệu nào", "there is nothing in it"))
    if len(rows) > MOST_ROWS:
        vi, en = f"nhiều hơn {MOST_ROWS} dòng", f"more than {MOST_ROWS} lines"
        problems.append(Problem(first, vi, en))
    if problems:
        raise FileError(name, problems[:MOST_SAID])
    return rows


def _row(
    line: int,
    cells: Sequence[str],
    columns: Mapping[str, int],
    services: Mapping[str, str],
    today: date,
    problems: list[Problem],
) -> Row:
    said = {
        column: " ".join(cells[at].split())[:60] if at < len(cells) else ""
        for column, at in columns.items()
    }

    def wrong(vi: str, en: str) -> None:
        problems.append(Problem(line, vi, en))

    day = sheet.day(said["day"])
    if day is None:
        text = said["day"]
        wrong(f"“{text}” không phải ngày như 31/12/2026", f"“{text}” is no day such as 2026-12-31")
    elif day >= today:
        wrong(f"ngày {day:%d/%m/%Y} chưa hết", f"{day} is not over yet")
    service, way = services.get(said["service"]), WAYS.get(sheet.plain(said["way"]))
    if service is None:
        text = said["service"]
        wrong(f"không có thủ tục “{text}” ở đây", f"there is no service “{text}” here")
    if way is None:
        text = said["way"]
        wrong(
            f"“{text}” không phải trực tuyến, bưu chính hay tại nhà",
            f"“{text}” is none of online, post, home",
        )
    text, count = said["count"], -1
    if text.isascii() and text.isdecimal() and len(text) <= LONGEST_COUNT:
        count = int(text)
    else:
        wrong(f"“{text}” không phải số lượng", f"“{text}” is no number of them")
    told = day.isoformat() if day else None
    return {"day": told, "service_id": service, "way": way, "count": count}
