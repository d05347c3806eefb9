"""Hours and days as people text them: `8g30`, `8 rưỡi`, `2 gio chieu`; `31/3`, `sáng mốt`, `T3`."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

YOU_AND_ME = "anh|chi|ac|a|c|em|e|ad|co|chu|bac|ban|toi|minh|mk|chau|con"
FILLERS = re.compile(
    r"\b(?:luc|vao|ngay|gio|hen|khoang|tam|buoi|den|hom|thu|nay|nhe|nha|nhen|ah|voi|giup|va|at|on"
    rf"|{YOU_AND_ME})\b"
    r"|[^\w]"
)
PART = re.compile(r"\b(sang|trua|chieu|toi|am|pm)\b")
NEAR = {"sang": time(8), "am": time(8), "trua": time(11), "chieu": time(14), "pm": time(14)}
HOURS = (
    re.compile(r"\b(?P<h>\d{1,2})\s*(?:h|g|gio)?\s*(?P<half>ruoi)\b"),
    re.compile(
        r"\b(?P<h>\d{1,2})\s*(?:h|g|gio)\s*kem\s*(?P<less>\d{1,2})\b(?:\s*(?:phut|ph|p)\b)?"
    ),
    re.compile(r"\b(?P<h>\d{1,2})\s*(?:h|g|gio)\s*(?P<m>\d{2})\b(?!\s*/)(?:\s*(?:phut|ph|p)\b)?"),
    re.compile(r"\b(?P<h>\d{1,2})\s*:\s*(?P<m>\d{2})(?::\d{2})?\b\s*(?:h|g|gio)?\b"),
    re.compile(r"\b(?P<h>\d{1,2})\s*(?:h|g|gio)\b"),
    re.compile(r"\b(?P<h>\d{1,2})\s*(?=(?:am|pm|sang|chieu)\b)(?:am\b|pm\b)?"),
)
DOTTED = re.compile(r"\b(?P<h>\d{1,2})\.(?P<m>\d{2})\b(?!\.)")
WEEKDAYS = {"hai": 1, "ba": 2, "tu": 3, "nam": 4, "sau": 5, "bay": 6}
STRONG_DAYS = (
    re.compile(r"\b(?P<y>\d{4})-(?P<mo>\d{1,2})-(?P<d>\d{1,2})\b"),
    re.compile(
        r"\b(?:ngay\s*)?(?P<d>\d{1,2})\s*[/\-.]\s*(?P<mo>\d{1,2})(?:\s*[/\-.]\s*(?P<y>\d{4}|\d{2}))?\b"
    ),
    re.compile(
        r"\b(?:ngay\s*|mung\s*|mong\s*)?(?P<d>\d{1,2})\s*(?:thang|thg)\s*(?P<mo>\d{1,2})"
        r"(?:\s*(?:nam|[/\-.])?\s*(?P<y>\d{4}))?\b"
    ),
    re.compile(r"\b(?:ngay|mung|mong)\s*(?P<d>\d{1,2})\s*t(?P<mo>\d{1,2})\b"),
    re.compile(r"\b(?:ngay|mung|mong)\s*(?P<d>\d{1,2})\b"),
)
WEAK_DAYS = (
    re.compile(
        r"\b(?:thu\s*(?P<w>hai|ba|tu|nam|sau|bay|[2-7])|t\s?(?P<t>[2-7])"
        r"|(?P<cn>chu nhat|cnhat|cn))\b(?P<next>\s*tuan\s*(?:sau|toi))?"
    ),
    re.compile(r"\b(?:(?:ngay|hom|bua|sang|trua|chieu|toi)\s*)?(?P<after>mot|kia)\b"),
    re.compile(r"\b(?:(?:ngay|hom|bua)\s*)?(?P<morrow>mai|tomorrow)\b"),
    re.compile(r"\b(?P<today>hom nay|bua nay|ngay nay|today|(?<=sang )nay|(?<=chieu )nay)\b"),
)


RECENT = timedelta(
    days=60
)  # a day without a year that is no longer past was that day, not next year's
YEAR = timedelta(days=365)
ANY_DAY = datetime(2020, 1, 1, tzinfo=UTC)


class Moment(NamedTuple):
    """`near`: what a part of the day without an hour is near."""

    hour: time | None = None
    day: date | None = None
    near: time | None = None


class Span(NamedTuple):
    start: int
    end: int
    value: time | date | None  # None: meant as a time, but there is none such


def plain(text: str) -> str:
    """Without marks, in small letters, letter for letter as long as the text."""
    return "".join(_bare(character) for character in text)


def read(text: str, now: datetime) -> Moment:
    """What a text that speaks of nothing else says; of two that differ, neither."""
    said = plain(text)
    hours, days = _found(said, now, weak=True)
    parts = PART.findall(said)
    near = NEAR.get(parts[-1]) if parts and not hours else None
    hour = _the_hour(hours, said)
    return Moment(hour, _the_day(days, hour, said, now), near)


def is_time(text: str) -> bool:
    """Whether nothing is left of it when the time is taken out."""
    said = plain(text)
    hours, days = _found(said, ANY_DAY, weak=True)
    if not hours and not days:
        return PART.sub("", said).strip() == "" and bool(said.strip())
    return _nothing(_without(said, hours + days))


def at_the_end(text: str, now: datetime) -> tuple[str, Moment]:
    """The words, and the time they end with. 'mai' and 't3' are times only beside other times."""
    said = plain(text)
    hours, days = _found(said, now, weak=True)
    start = len(said)
    used: list[Span] = []
    for span in sorted(hours + days, reverse=True):
        between = _without(said[span.end :], [])
        rest = said[span.end : start]
        if not _nothing(rest) and (used or not _nothing(between)):
            break
        start = span.start
        used.append(span)
    if not used:
        return text, Moment()
    begun = re.search(
        r"(?:\b(?:luc|vao|ngay|hen|buoi|sang|trua|chieu|khoang)\b\W*)*$", said[:start]
    )
    start = begun.start() if begun else start
    return text[:start], read(text[start:], now)


def _found(said: str, now: datetime, *, weak: bool) -> tuple[list[Span], list[Span]]:
    hours: list[Span] = []
    days: list[Span] = []
    for pattern in HOURS:
        hours += _spans(pattern, said, hours, lambda match: _hour(match, ""))
    for pattern in STRONG_DAYS + (WEAK_DAYS if weak else ()):
        days += _spans(pattern, said, hours + days, lambda match: _day(match, now))
    if not hours:
        dotted = [
            span
            for span in days
            if span.value is None and DOTTED.match(said[span.start : span.end])
        ]
        days = [span for span in days if span not in dotted]
        hours = list(_spans(DOTTED, said, days, lambda match: _hour(match, "")))
    return hours, days


def _spans(
    pattern: re.Pattern[str],
    said: str,
    taken: list[Span],
    value: Callable[[re.Match[str]], time | date | None],
) -> list[Span]:
    found = (Span(match.start(), match.end(), value(match)) for match in pattern.finditer(said))
    return [
        span for span in found if not any(span.start < t.end and t.start < span.end for t in taken)
    ]


def _hour(match: re.Match[str], part: str) -> time | None:
    given = match.groupdict()
    hour, minute = int(given["h"]), int(given.get("m") or 0)
    if given.get("half"):
        minute = 30
    if given.get("less"):
        hour, minute = hour - 1, 60 - int(given["less"])
    # Nobody comes at two in the night: without a word of the morning, 1 to 6 are afternoon.
    afternoon = part in ("chieu", "toi", "pm") or (part == "trua" and hour < 4)
    if (afternoon and hour < 12) or (part == "" and 1 <= hour <= 6):
        hour += 12
    return time(hour, minute) if 0 <= hour < 24 and 0 <= minute < 60 else None


def _the_hour(hours: list[Span], said: str) -> time | None:
    part = PART.findall(_without(said, []))
    meant = {_in_part(said, span, part[-1] if part else "") for span in hours}
    return meant.pop() if len(meant) == 1 else None


def _in_part(said: str, span: Span, part: str) -> time | None:
    for pattern in (*HOURS, DOTTED):
        if match := pattern.fullmatch(said[span.start : span.end]) or pattern.match(
            said, span.start
        ):
            return _hour(match, part)
    return None


def _the_day(days: list[Span], hour: time | None, said: str, now: datetime) -> date | None:
    """A weekday beside a date says of which week it is no more than the date does."""
    # Beside the day that is meant, one of long ago is a birthday.
    days = [span for span in days if not _long_ago(span, now)] or days
    weekdays = [span for span in days if _is_weekday(said, span)]
    meant = {span.value for span in days if span not in weekdays} or {
        span.value for span in weekdays
    }
    day = meant.pop() if len(meant) == 1 else None
    if not isinstance(day, date):
        return None
    if any(isinstance(w.value, date) and w.value.weekday() != day.weekday() for w in weekdays):
        return None
    only_weekdays = len(weekdays) == len(days)
    if only_weekdays and day == now.date() and hour and hour <= now.time():
        return day + timedelta(days=7)
    return day


def _is_weekday(said: str, span: Span) -> bool:
    return WEAK_DAYS[0].fullmatch(said[span.start : span.end]) is not None


def _long_ago(span: Span, now: datetime) -> bool:
    return isinstance(span.value, date) and span.value < now.date() - YEAR


def _day(match: re.Match[str], now: datetime) -> date | None:
    given, today = match.groupdict(), now.date()
    if given.get("morrow"):
        return today + timedelta(days=1)
    if given.get("after"):
        return today + timedelta(days=2)
    if given.get("today"):
        return today
    if number := _weekday(given):
        ahead = (number - today.isoweekday()) % 7
        if given.get("next"):
            ahead = number - today.isoweekday() + 7
        return today + timedelta(days=ahead)
    day, month, year = int(given["d"]), given.get("mo"), given.get("y")
    if month is None:
        return next(_with_day(today, day), None)
    if year is not None:
        return _date(int(year) + (2000 if len(year) == 2 else 0), int(month), day)
    years = (_date(today.year + years, int(month), day) for years in (-1, 0, 1))
    return next((one for one in years if one and one >= today - RECENT), None)


def _weekday(given: dict[str, str | None]) -> int:
    if given.get("cn"):
        return 7
    word = given.get("w") or given.get("t") or ""
    return WEEKDAYS.get(word) or (int(word) - 1 if word.isdecimal() else 0)


def _with_day(today: date, day: int) -> Iterator[date]:
    """The next days of the month with this number."""
    for months in range(3):
        month = today.month - 1 + months
        found = _date(today.year + month // 12, month % 12 + 1, day)
        if found and found >= today:
            yield found


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _without(said: str, spans: list[Span]) -> str:
    for span in sorted(spans, reverse=True):
        said = said[: span.start] + " " + said[span.end :]
    return said


def _nothing(said: str) -> bool:
    return FILLERS.sub("", PART.sub("", said)).strip() == ""


def _bare(character: str) -> str:
    bare = unicodedata.normalize("NFKD", character)[:1].lower()
    return "d" if bare == "đ" else bare if len(bare) == 1 else " "
