"""What the sender of a text message wants. Text in, wish out: no database, no clock of its own.

`HG` books, `HG` and a code asks, `HUYHG` and a code cancels, a lone number chooses what was
offered; `CO`, `DOI` and `HUY` answer an office that changed a time. Commas, semicolons, line ends
or nothing between the parts; marks and capitals are free.
"""

import re
import unicodedata
from datetime import date, datetime, time, tzinfo
from typing import NamedTuple

from queue_service.texts import moments

LONGEST = 1000  # letters; ten texts sent as one
LONGEST_NAME = 100


class Book(NamedTuple):
    """`parts`: what the agency and the service are called; with no separator, the name too."""

    name: str
    parts: tuple[str, ...]
    hour: time | None
    day: date | None


class Cancel(NamedTuple):
    code: str


class Where(NamedTuple):
    code: str


class Choice(NamedTuple):
    number: int


class Reply(NamedTuple):
    """To an earlier time that was offered."""

    accept: bool


class Other(NamedTuple):
    """Another time than the one the office gave; which, where it is said."""

    hour: time | None = None
    day: date | None = None


class Nothing(NamedTuple):
    """Not understood."""


Wish = Book | Cancel | Where | Choice | Reply | Other | Nothing

BOOKS = re.compile(r"\W*(?:h\W?g|hen gio|dat (?:lich(?: hen)?|hen))(?=\W|\d|$)[\s.,;:|-]*")
CANCELS = re.compile(
    r"\W*(?:huy\W*h\W?g|hg\W*huy|huy\W*(?:lich hen|lich|hen)"
    r"|(?:huy|cancel)(?=\W*(?:ma\b)?[\W\d]*$))"
    r"(?=\W|\d|$)\W*(?:ma\b)?\W*"
)
OTHERS = re.compile(
    r"\W*(?:hg\b)?\W*(?:xin\b|cho\b)?\W*"
    r"(?:doi(?:\W+(?:gio|lich|hen)\b)*|gio khac|other(?: time)?)(?=\W|\d|$)"
    r"\W*(?:(?:khac|sang|qua|thanh|nhe|nha|a)\b\W*)*"
)
CODE = re.compile(r"(?:ma(?: so)?\b)?\W*(\d(?:[ .\-]?\d){5,14})\W*")
REPLY = re.compile(
    r"\W*(?:hg\b)?\W*(?:(co|dong y|nhan|ok|yes)|khong|ko|k|tu choi|no)(?:\W+(?:a|nhe|nha))?\W*"
)
CHOICE = re.compile(r"\W*(?:chon\b|so\b|hg\b)?\W*(\d{1,2})\W*")
SEPARATORS = re.compile(r"[,;|\n]|\s[-–—]\s|\.(?=\s)")


def read(text: str, now: datetime, zone: tzinfo) -> Wish:
    if len(text) > LONGEST:
        return Nothing()
    text = tidy(text)
    plain = moments.plain(text)
    if chosen := CHOICE.fullmatch(plain):
        return Choice(int(chosen[1]))
    if replied := REPLY.fullmatch(plain):
        return Reply(replied[1] is not None)
    if others := OTHERS.match(plain):
        return _other(text[others.end() :], now.astimezone(zone))
    if cancels := CANCELS.match(plain):
        return _cancel(plain[cancels.end() :])
    books = BOOKS.match(plain)
    if books is None:
        return Nothing()
    body = plain[books.end() :]
    if asked := CODE.fullmatch(body):
        return Where(_digits(asked[1]))
    return _book(text[books.end() :], now.astimezone(zone))


def _cancel(rest: str) -> Wish:
    code = CODE.fullmatch(rest)
    if code is None and re.search(r"[a-z]{3}", rest):
        return Nothing()
    return Cancel(_digits(code[1]) if code else "")


def _other(rest: str, now: datetime) -> Wish:
    if not rest:
        return Other()
    if not moments.is_time(rest):
        return Nothing()
    moment = moments.read(rest, now)
    return Other(moment.hour, moment.day)


def _book(body: str, now: datetime) -> Wish:
    fields = [field.strip(" .:-") for field in SEPARATORS.split(body)]
    fields = [field for field in fields if field]
    if len(fields) >= 3:
        return _book_fields(fields, now)
    said, moment = moments.at_the_end(" ".join(fields), now)
    words = said.strip(" .,:-")
    if not words:
        return Nothing()
    name, parts = "", tuple(words.split("\0"))
    if len(fields) == 2 and fields[0] in words and words != fields[0]:
        name, parts = fields[0][:LONGEST_NAME], (words.removeprefix(fields[0]).strip(),)
    return Book(name, parts, moment.hour, moment.day)


def _book_fields(fields: list[str], now: datetime) -> Wish:
    """Fields that say nothing but a time are the time, wherever they stand after the name."""
    times = [field for field in fields[1:] if moments.is_time(field)]
    words = [fields[0], *(field for field in fields[1:] if not moments.is_time(field))]
    moment = moments.read(" , ".join(times), now)
    if not (moment.hour and moment.day) and len(words) > 1:
        # "LLTP 8h30": the last part brings along what is missing.
        rest, more = moments.at_the_end(words[-1], now)
        if more.hour or more.day:
            words[-1] = rest.strip()
            moment = moments.Moment(moment.hour or more.hour, moment.day or more.day)
    parts = tuple(word for word in words[1:] if word)
    return Book(words[0][:LONGEST_NAME], parts, moment.hour, moment.day)


def tidy(text: str) -> str:
    """Full-width letters become ours, invisible ones go; line ends stay."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).replace("\r", "\n"))
    kept = (c if c == "\n" or not unicodedata.category(c).startswith("Z") else " " for c in text)
    return "".join(c for c in kept if c == "\n" or unicodedata.category(c)[0] != "C").strip()


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())
