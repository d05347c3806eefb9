"""When an office is open, as its file says it: the usual week, and the days that differ."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TypeAlias

import holidays

from queue_service.offices.document import Document, Rows, names
from queue_service.offices.form import Closed, OfficeFile
from queue_service.offices.problems import Where, Wrong

Span: TypeAlias = tuple[int, int]  # minutes of the day
Spans: TypeAlias = list[Span]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY: Span = (0, 24 * 60)
YEARS_OF_HOLIDAYS = 3  # this one and the next two
_SPAN = re.compile(r"\s*(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)\s*")
_CLOCK = re.compile(r"(\d\d):(\d\d)")


class Hours:
    def __init__(self, file: OfficeFile, wrong: Wrong) -> None:
        self._file = file
        self._wrong = wrong
        self._week: dict[int, Spans] = {day: [] for day in range(1, 8)}
        self._special: dict[date, Spans] = {}
        self._read_week()
        self._read_special_days()

    def _read_week(self) -> None:
        for key, texts in self._file.hours.items():
            days = days_in(key, ("hours", key), self._wrong)
            for index, text in enumerate(texts):
                where: Where = ("hours", key, index)
                span = span_in(text, where, self._wrong)
                if span is None:
                    continue
                for day in days:
                    if overlaps(span, self._week[day]):
                        name = WEEKDAYS[day - 1]
                        self._wrong(
                            where,
                            f"giờ mở cửa {text} chồng lên giờ khác ({name})",
                            f"{text} overlaps other hours on {name}",
                        )
                    self._week[day].append(span)
        if not any(self._week.values()) and not any(row.hours for row in self._file.open):
            self._wrong(("hours",), "không mở cửa ngày nào", "the office is never open")

    def _read_special_days(self) -> None:
        for index, row in enumerate(self._file.open):
            if row.day in self._special:
                self._wrong(
                    ("open", index, "day"), f"ngày {row.day} ghi hai lần", f"{row.day} stands twice"
                )
            spans = self._special.setdefault(row.day, [])
            for n, text in enumerate(row.hours):
                where: Where = ("open", index, "hours", n)
                span = span_in(text, where, self._wrong)
                if span is None:
                    continue
                if overlaps(span, spans):
                    self._wrong(
                        where,
                        f"giờ mở cửa {text} chồng lên giờ khác",
                        f"{text} overlaps other hours",
                    )
                spans.append(span)

    def ever_on(self, weekday: int) -> Spans:
        """All hours of that weekday, those of special days among them."""
        special = [span for when, spans in self._special.items() if when.isoweekday() == weekday
                   for span in spans]  # fmt: skip
        return self._week[weekday] + special

    def on(self, day: date) -> Spans:
        """The hours of that day; the whole of it where the file gives none."""
        return self._special.get(day) or self._week[day.isoweekday()] or [WHOLE_DAY]

    def openings(self) -> Rows:
        return [
            {"weekday": day, "opens": clock(start), "closes": clock(end)}
            for day, spans in self._week.items()
            for start, end in sorted(spans)
        ]

    def closures(self, today: date) -> Rows:
        days: dict[date, Document] = {}
        if self._file.office.public_holidays:
            days = public_holidays(today.year)
        days |= closed_days(self._file.closed, self._wrong)
        for index, row in enumerate(self._file.open):
            if days.pop(row.day, None) is None and not row.hours:
                self._wrong(
                    ("open", index),
                    f"ngày {row.day} không phải ngày nghỉ: hãy ghi giờ (hours)",
                    f"{row.day} is no holiday: give it hours",
                )
        return [{"day": day.isoformat(), **days[day]} for day in sorted(days)]

    def special_openings(self) -> Rows:
        return [
            {"day": day.isoformat(), "opens": clock(start), "closes": clock(end)}
            for day in sorted(self._special)
            for start, end in sorted(self._special[day])
        ]


def closed_days(rows: Sequence[Closed], wrong: Wrong) -> dict[date, Document]:
    """Each day of every row by its names; what comes later in the file counts."""
    days: dict[date, Document] = {}
    for index, row in enumerate(rows):
        last = row.until or row.day
        if not row.day <= last <= row.day + timedelta(days=366):
            wrong(
                ("closed", index, "until"),
                "until phải từ ngày day đến một năm sau",
                "until must be between day and a year later",
            )
            continue
        for n in range((last - row.day).days + 1):
            days[row.day + timedelta(days=n)] = names(row.name)
    return days


def days_in(text: str, where: Where, wrong: Wrong) -> list[int]:
    """`mon-fri, sun` as weekdays, Monday is 1."""
    days: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            wrong(
                where,
                f"không hiểu ngày “{text}”: viết như mon-fri hoặc sat",
                f"cannot read the days “{text}”: write them as mon-fri or sat",
            )
            return []
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        days += [(start + n) % 7 + 1 for n in range((end - start) % 7 + 1)]
    return days


def span_in(text: str, where: Where, wrong: Wrong) -> Span | None:
    found = _SPAN.fullmatch(text)
    if found is None:
        wrong(
            where,
            f"không hiểu giờ “{text}”: viết như 07:30-11:30",
            f"cannot read the hours “{text}”: write them as 07:30-11:30",
        )
        return None
    return ordered(f"{found[1]}:{found[2]}", f"{found[3]}:{found[4]}", where, wrong)


def ordered(start: str, end: str, where: Where, wrong: Wrong) -> Span | None:
    from_, to = _minutes(start), _minutes(end)
    if from_ is None or to is None:
        wrong(
            where,
            f"không có giờ {start}-{end}: viết như 07:30",
            f"{start}-{end} is no time of day: write it as 07:30",
        )
        return None
    if to <= from_:
        wrong(where, f"{start}-{end}: giờ cuối phải sau giờ đầu", f"{start}-{end} ends too early")
        return None
    return from_, to


def _minutes(text: str) -> int | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if int(found[2]) < 60 and minutes <= WHOLE_DAY[1] else None


def clock(minutes: int) -> str:
    """As PostgreSQL writes a time."""
    return f"{minutes // 60:02}:{minutes % 60:02}:00"


def overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def union(spans: Spans) -> Iterator[Span]:
    """The same hours without doubles."""
    at: Span | None = None
    for span in sorted(spans):
        if at is None:
            at = span
        elif span[0] <= at[1]:
            at = (at[0], max(at[1], span[1]))
        else:
            yield at
            at = span
    if at is not None:
        yield at


def public_holidays(year: int) -> dict[date, Document]:
    """The country's holidays of that year and the next two, named in both languages."""
    years = range(year, year + YEARS_OF_HOLIDAYS)
    vi = holidays.country_holidays("VN", years=years, language="vi")
    en = holidays.country_holidays("VN", years=years, language="en_US")
    return {day: {"name_vi": vi[day], "name_en": en[day]} for day in sorted(vi)}
