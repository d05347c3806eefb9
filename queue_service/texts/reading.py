"""What the sender of a text message wants. Text in, wish out: no database, no clock of its own.

`HG` books, `HG` and a code asks, `HUYHG` and a code cancels, a lone number chooses what was
offered; `CO`, `DOI` and `HUY` answer an office that changed a time. Commas, semicolons, line ends
or nothing between the parts; marks and capitals are free, and so are the words of politeness
before and after. Nothing is read out of the middle of a letter: that is for an operator.
"""

import re
import unicodedata
from datetime import date, datetime, time, tzinfo
from typing import NamedTuple

from queue_service.texts import moments
from queue_service.texts.moments import YOU_AND_ME

LONGEST = 1000  # letters; ten texts sent as one
LONGEST_NAME = 100
MOST_AFTER = 12  # words after the time


class Book(NamedTuple):
    """`parts`: what the agency and the service are called; with no separator, the name too."""

    name: str
    parts: tuple[str, ...]
    hour: time | None
    day: date | None
    near: time | None = None  # "in the afternoon"


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
    near: time | None = None


class Mine(NamedTuple):
    """What the phone holds, and how it is done."""


class Thanks(NamedTuple):
    """Wants no answer."""


class Nothing(NamedTuple):
    """Not understood."""


Wish = Book | Cancel | Where | Choice | Reply | Other | Mine | Thanks | Nothing

OPENING = re.compile(
    r"\W*(?:(?:da|alo|xin|kinh|chao|oi|cho|nho|hoi|muon|can|giup|lam on|vui long|trung tam"
    rf"|{YOU_AND_ME})\b\W*)+"
)
CLOSING = frozenset(f"giup|gium|dum|ho|cho|voi|nhe|nha|di|{YOU_AND_ME}".split("|"))
# No Vietnamese word begins with hg: what follows is a name.
BOOKS = re.compile(
    r"\W*(?:h\W?g(?=\W|\d|$)|hg(?=[a-z])|(?:hen gio|dat (?:lich(?: hen)?|hen))(?=\W|\d|$))"
    r"[\s.,;:|_-]*"
)
CANCELS = re.compile(
    r"\W*(?:huy\W*h\W?g|hg\W*huy|huy\W*(?:lich hen|lich|hen)"
    r"|(?:huy|cancel)(?=\W*(?:ma\b)?[\W\d]*$))"
    r"(?=\W|\d|$)\W*(?:ma\b)?\W*"
)
OTHERS = re.compile(
    r"\W*(?:hg\b)?\W*(?:xin\b|cho\b)?\W*"
    r"(?:doi(?:\W+(?:gio|lich|hen)\b)*|gio khac|other(?: time)?)(?=\W|\d|$)"
    r"\W*(?:(?:khac|sang|qua|thanh|nhe|nha|a|giup|cho|em|e|minh)\b\W*)*"
)
CODE = re.compile(r"(?:ma(?: so)?\b)?\W*(\d(?:[ .\-]?\d){5,14})\W*")
REPLY = re.compile(
    r"\W*(?:hg\b)?\W*(?:da\W+)?"
    r"(?:(co|dong y|nhan|ok|oke|okie|yes|vang|duoc|dc)|"
    r"(?:khong|ko|k|no|tu choi)(?:\W+(?:dong y|nhan|can|duoc|dc))?)"
    rf"(?:\W+(?:cam on|thanks?|tks|nhieu|nhe|nha|{YOU_AND_ME})\b)*\W*"
)
THANKS = re.compile(
    rf"(?:\W*(?:da|vang|{YOU_AND_ME}|xin)\b)*\W*(?:cam on|camon|thank you|thanks?|tks)\b"
    rf"(?:\W+(?:rat|nhieu|lam|nhe|nha|{YOU_AND_ME})\b)*\W*"
)
MINE = re.compile(
    r"\W*(?:hg\W*)?(?:(?:xem|kiem tra) (?:lich(?: hen)?|hen|ma)|quen ma(?: roi)?"
    r"|(?:ma|lich hen) cua|huong dan|tro giup|help)\W*"
)
CHOICE = re.compile(
    rf"\W*(?:(?:da|{YOU_AND_ME})\b\W*)*(?:(?:chon|lay|hg)\b\W*)?(?:so\b)?\W*(\d{{1,2}})"
    rf"(?:\W+(?:nhe|nha|{YOU_AND_ME})\b)*\W*"
)
STANDING = re.compile(
    r"(?:\W*\b(?:toi|luot|chua|den|dau|roi|con|bao|lau|nua|may|nguoi|gio|vay|a)\b)+\W*"
)
SEPARATORS = re.compile(r"[,;|\n_]|\s[-–—/]\s|\.(?=\s)")
SLASHES = re.compile(r"(?<=[^\W\d])/|/(?=[^\W\d])|/(?=\d{1,2}[hg:])")  # not those of a date
HOUR = r"\d{1,2}\s?(?:h|g|giờ|gio|:)\s?(?:\d{2})?"
RANGE = re.compile(rf"({HOUR})\s*(?:-|–|đến|den|tới|toi|hoặc|hoac|hay)\s*{HOUR}(?=\W|$)", re.I)
DATE = r"\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?"
EITHER = re.compile(rf"({DATE})\s*(?:hoặc|hoac|hay)\s*(?:ngày|ngay)?\s*{DATE}(?!\w)", re.I)
JOINED = re.compile(r"(\d(?:h|g|giờ|gio)?)(?=(?:sáng|sang|trưa|trua|chiều|chieu|am|pm)\b)", re.I)
# Of the words by which we ask for the parts; what is written after them is meant.
LABEL = re.compile(
    r"(?:ten\s+)?(?:co quan|thu tuc)(?:\s+can\s+(?:giao dich|lam))?\b\W*"
    r"|(?:noi|don vi|dich vu)\s*:\s*"
)
NAMED = re.compile(
    r"\b(?:(?:em|e|toi|minh|mk|chau|con)\s+(?:ten|la)|ho\s+(?:va\s+)?ten)\b\s*(?:la\b|:)?"
    r"\s*([^,;|\n_]{2,60}?)"
    r"\s*(?=[,;|\n_]|\.(?:\s|$)|$)"
)


def read(text: str, now: datetime, zone: tzinfo) -> Wish:
    if len(text) > LONGEST:
        return Nothing()
    text = JOINED.sub(r"\1 ", EITHER.sub(r"\1", RANGE.sub(r"\1", tidy(text))))
    plain = moments.plain(text)
    if chosen := CHOICE.fullmatch(plain):
        return Choice(int(chosen[1]))
    if replied := REPLY.fullmatch(plain):
        return Reply(replied[1] is not None)
    if THANKS.fullmatch(plain):
        return Thanks()
    if opening := OPENING.match(plain):
        text, plain = text[opening.end() :], plain[opening.end() :]
    asked = _without_closing(plain)
    if MINE.fullmatch(asked):
        return Mine()
    if cancels := CANCELS.match(asked):
        return _cancel(asked[cancels.end() :])
    if others := OTHERS.match(plain):
        return _other(text[others.end() :], now.astimezone(zone))
    books = BOOKS.match(plain)
    if books is None:
        return Nothing()
    body = plain[books.end() :]
    if (code := CODE.match(body)) and (STANDING.fullmatch(rest := body[code.end() :]) or not rest):
        return Where(_digits(code[1]))
    return _book(text[books.end() :], now.astimezone(zone))


def _without_closing(plain: str) -> str:
    words = plain.split()
    while len(words) > 1 and words[-1].strip(" .,!?~") in CLOSING:
        words.pop()
    return " ".join(words)


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
    return Other(moment.hour, moment.day, moment.near)


def _book(body: str, now: datetime) -> Wish:
    named = ""
    if said := NAMED.search(moments.plain(body)):
        named = body[said.start(1) : said.end(1)].strip()
        body = f"{body[: said.start()]},{body[said.end() :]}"
    fields = _fields(SEPARATORS, body)
    if len(fields) == 1:
        fields = _fields(SLASHES, body)
    if not fields and not named:
        return Mine()
    if named or len(fields) >= 3:
        return _book_fields([named, *fields] if named else fields, now)
    said_words, moment = _words_and_time(" ".join(fields), now)
    words = said_words.strip(" .,:-")
    if not words:
        return Nothing()
    name, parts = "", (words,)
    if len(fields) == 2 and fields[0] in words and words != fields[0]:
        name, parts = fields[0][:LONGEST_NAME], (words.removeprefix(fields[0]).strip(),)
    return Book(name, parts, moment.hour, moment.day, moment.near)


def _fields(between: re.Pattern[str], body: str) -> list[str]:
    fields = (_without_label(field.strip(" .:-?/")) for field in between.split(body))
    return [field for field in fields if field]


def _without_label(field: str) -> str:
    label = LABEL.match(moments.plain(field))
    return field[label.end() :] if label else field


def _words_and_time(text: str, now: datetime) -> tuple[str, moments.Moment]:
    """The time stands at the end, else somewhere before it: "9h mai khai sinh"."""
    words = text.split()
    for end in range(len(words), max(1, len(words) - MOST_AFTER), -1):
        said, moment = moments.at_the_end(" ".join(words[:end]), now)
        if moment.hour or (end == len(words) and moment.day):
            return " ".join([said, *words[end:]]), moment
    return text, moments.Moment()


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
            moment = moments.Moment(
                moment.hour or more.hour, moment.day or more.day, moment.near or more.near
            )
    parts = tuple(word for word in words[1:] if word)
    return Book(words[0][:LONGEST_NAME], parts, *moment)


def tidy(text: str) -> str:
    """Full-width letters become ours, invisible ones go; line ends stay."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).replace("\r", "\n"))
    kept = (c if c == "\n" or not unicodedata.category(c).startswith("Z") else " " for c in text)
    return "".join(c for c in kept if c == "\n" or unicodedata.category(c)[0] != "C").strip()


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())
