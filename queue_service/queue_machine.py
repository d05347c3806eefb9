"""Reads a queue machine's export: tickets and their legs, and by line what in it makes no sense."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from itertools import pairwise
from pathlib import Path

COLUMNS = ("QDate", "Queue No", "index", "Counter", "QTime", "Start", "End", "Valid")

# Why a line is not what it should be, and what is made of it: repaired and played, or left out.
REPAIRED = {
    "dropped_at_once": (
        "số bị hủy ngay khi lấy: phiếu được coi là chưa phát",
        "cancelled the moment it was given: the slip counts as not taken",
    ),
    "called_in_vain": (
        "phòng gọi rồi hủy: coi là đã gọi mà vắng mặt",
        "called by a room and cancelled there: counts as absent",
    ),
    "left_unserved": (
        "đóng mà không phòng nào gọi: coi là bỏ về lúc đó",
        "closed without a room: counts as having left then",
    ),
    "sent_on_unserved": (
        "đóng mà không phòng nào gọi, sau đó có chặng khác: coi là chuyển đi",
        "closed without a room, another leg follows: counts as sent on from the line",
    ),
    "begins_before_asked": (
        "bắt đầu trước khi lấy số: lấy lúc muộn hơn",
        "begins before it was asked for: the later of the two is taken",
    ),
    "entered_again": (
        "cùng một số được nhập lại từ đầu: coi là chặng tiếp theo",
        "the same number entered anew: counts as the next leg",
    ),
    "two_lines_at_once": (
        "đứng ở hai hàng cùng lúc: theo thứ tự được phục vụ",
        "in two lines at once: taken in the order of being served",
    ),
}
LEFT_OUT = {
    "unreadable": ("không đọc được", "cannot be read"),
    "unknown_room": ("phòng không có trong cơ sở này", "a room this office does not have"),
    "ends_before_begin": ("kết thúc trước khi bắt đầu", "ends before it begins"),
    "never_begun": ("không có giờ bắt đầu hoặc kết thúc", "has no begin or no end"),
    "sent_back_at_once": (
        "chuyển đi rồi hủy ngay, không phòng nào gọi",
        "sent on and cancelled at once, called by no room",
    ),
    "said_twice": ("lặp lại một dòng khác", "repeats another line"),
}


@dataclass(frozen=True, slots=True)
class Note:
    line: int
    kind: str
    about: str = ""


@dataclass(slots=True)
class Leg:
    """One stay in the line of one room; without a room the line alone."""

    line: int
    index: int
    room: str
    asked: datetime
    begins: datetime
    ends: datetime
    valid: bool


@dataclass(slots=True)
class Ticket:
    """One number of one day, given at `asked`; `void` if it was cancelled at once.

    A ticket without a leg that can be played still came, and was gone at `gone` if that is known.
    """

    day: date
    name: str
    asked: datetime
    legs: list[Leg] = field(default_factory=list[Leg])
    void: bool = False
    gone: datetime | None = None


@dataclass(slots=True)
class Export:
    rows: int
    tickets: list[Ticket]
    notes: list[Note]

    @property
    def days(self) -> list[date]:
        return sorted({ticket.day for ticket in self.tickets})

    def kinds(self) -> Counter[str]:
        return Counter(note.kind for note in self.notes)


@dataclass(slots=True)
class _Row:
    line: int
    day: date
    name: str
    index: int
    room: str
    asked: datetime
    begins: datetime | None
    ends: datetime | None
    valid: bool


class NotAnExport(Exception):
    """The file as a whole is not a queue machine's export; the message says why."""


def read(path: Path, rooms: Iterable[str], zone: tzinfo) -> Export:
    """Every row becomes part of a ticket or a note, many of them both."""
    known = set(rooms)
    notes: list[Note] = []
    rows: list[_Row] = []
    count = 0
    seen: dict[tuple[str, ...], int] = {}
    for line, cells in _lines(path):
        count += 1
        try:
            row = _row(line, cells, zone)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            notes.append(Note(line, "unreadable", str(error)))
            continue
        same = seen.setdefault(tuple(cells[column] for column in COLUMNS), line)
        if same != line:
            notes.append(Note(line, "said_twice", str(same)))
        else:
            rows.append(row)
    grouped: dict[tuple[date, str], list[_Row]] = {}
    for row in rows:
        grouped.setdefault((row.day, row.name), []).append(row)
    tickets = [_ticket(key, group, known, notes) for key, group in grouped.items()]
    tickets.sort(key=lambda ticket: ticket.asked)
    return Export(count, tickets, sorted(notes, key=lambda note: note.line))


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            columns = ", ".join(missing)
            raise NotAnExport(
                f"{path}: không phải tệp xuất của máy lấy số, thiếu cột: {columns}\n"
                f"  not the export of a queue machine, these columns are missing: {columns}"
            )
        for cells in reader:
            yield reader.line_num, cells


def _row(line: int, cells: Mapping[str, str], zone: tzinfo) -> _Row:
    day = _day(cells["QDate"])
    name = cells["Queue No"].strip()
    if not name:
        raise ValueError("Queue No")
    if cells["Valid"].strip() not in ("Y", "N"):
        raise ValueError(f"Valid: {cells['Valid']!r}")
    asked = _moment(day, cells["QTime"], zone)
    if asked is None:
        raise ValueError("QTime")
    return _Row(
        line=line,
        day=day,
        name=name,
        index=int(cells["index"]),
        room=cells["Counter"].strip(),
        asked=asked,
        begins=_moment(day, cells["Start"], zone),
        ends=_moment(day, cells["End"], zone),
        valid=cells["Valid"].strip() == "Y",
    )


MONTHS: Sequence[str] = [
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
]


def _day(text: str) -> date:
    # Not strptime: its month names follow the locale, the machine's do not.
    parts = text.strip().split("-")
    if len(parts) != 3:
        raise ValueError(f"QDate: {text!r}")
    if len(parts[0]) == 4:
        return date.fromisoformat(text.strip())
    if parts[1].lower() not in MONTHS:
        raise ValueError(f"QDate: {text!r}")
    year = int(parts[2])
    return date(
        year + 2000 if year < 100 else year, MONTHS.index(parts[1].lower()) + 1, int(parts[0])
    )


def _moment(day: date, text: str, zone: tzinfo) -> datetime | None:
    if not text.strip():
        return None
    parts = text.strip().split(":")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        raise ValueError(repr(text))
    hour, minute, second = map(int, parts)
    return datetime.combine(day, time(hour, minute, second), zone)


def _ticket(key: tuple[date, str], rows: list[_Row], rooms: set[str], notes: list[Note]) -> Ticket:
    ticket = Ticket(key[0], key[1], min(row.asked for row in rows))
    legs: list[Leg] = []
    for position, row in enumerate(rows):
        if position and row.index == 0:
            notes.append(Note(row.line, "entered_again"))
        leg = _leg(row, rooms, notes)
        if leg is not None:
            legs.append(leg)
        elif position == 0 and not row.valid and not row.room:
            ticket.void = True
            notes[-1] = Note(row.line, "dropped_at_once")
    _in_one_line_at_a_time(legs, notes)
    for leg in legs:
        if not leg.room:
            kind = "left_unserved" if leg is legs[-1] else "sent_on_unserved"
            notes.append(Note(leg.line, kind))
        elif not leg.valid:
            notes.append(Note(leg.line, "called_in_vain"))
    ticket.legs = legs
    ticket.gone = max(
        (row.ends for row in rows if row.ends and row.ends >= row.asked), default=None
    )
    return ticket


def _leg(row: _Row, rooms: set[str], notes: list[Note]) -> Leg | None:
    """The row as a leg, or None with a note why not."""
    why = _left_out(row, rooms)
    if why:
        notes.append(Note(row.line, why, row.room if why == "unknown_room" else ""))
        return None
    assert row.begins is not None
    assert row.ends is not None
    begins = row.begins
    if begins < row.asked:
        notes.append(Note(row.line, "begins_before_asked", str(row.asked - begins)))
        begins = row.asked
    return Leg(row.line, row.index, row.room, row.asked, begins, row.ends, row.valid)


def _left_out(row: _Row, rooms: set[str]) -> str:
    if row.room and row.room not in rooms:
        return "unknown_room"
    if not row.valid and not row.room:
        return "sent_back_at_once"
    if row.begins is None or row.ends is None:
        return "never_begun"
    if row.ends < max(row.begins, row.asked):
        return "ends_before_begin"
    return ""


def _in_one_line_at_a_time(legs: list[Leg], notes: list[Note]) -> None:
    """Asked for in one line while it stood in another: one room after the other."""
    for leg, following in pairwise(legs):
        if following.asked < leg.ends:
            notes.append(Note(following.line, "two_lines_at_once"))
    legs.sort(key=lambda leg: leg.begins)
    for leg, following in pairwise(legs):
        following.asked = max(following.asked, leg.ends)
        following.begins = max(following.begins, following.asked)
