"""Inputs: a key of the office file as it is asked for on a page, and what was answered.

What a key may hold, offices/form.py says; here it becomes inputs, and their answers the key again.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, cast

from msgspec import NODEFAULT, Struct, inspect

from queue_service.i18n import N_
from queue_service.offices.form import Both, Location, Papers
from queue_service.offices.hours import WEEKDAYS

Tables = dict[str, Any]
Say = Callable[[str], str]
Choices = Sequence[tuple[Any, str]]
Sent = Mapping[str, str]
BLANK = 2  # lines that are empty, to be filled in
ALL = "all"  # what a list that is left out stands for
MOST_LINES = 40  # of a plan or of other ways; more stand in the file


class Wrong(Exception):
    """A field that cannot be understood, and what is wrong with it."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(said)
        self.field, self.said = field, said


@dataclass(frozen=True)
class Field:
    """One key of a table. `choices`: what may be chosen, where a type alone does not say it."""

    key: str
    label: str
    hint: str = ""
    choices: Callable[[Tables, str, Say], Choices] | None = None


@dataclass(frozen=True)
class Input:
    """A field beside what its type allows; each kind shows what stands and reads what was sent."""

    field: Field
    type: inspect.Type
    required: bool
    default: Any = None

    kind = "text"

    @property
    def name(self) -> str:
        return self.field.key

    def show(self, value: Any) -> dict[str, str]:
        """What stands in the inputs now."""
        return {self.name: "" if value is None else str(value)}

    def read(self, form: Sent, say: Say) -> Any:
        """The value that was sent; None where it says nothing."""
        text = _line(form.get(self.name, ""))
        if not text and self.required:
            raise Wrong(self.name, say(N_("Please fill this in.")))
        kind = cast("inspect.StrType", self.type)
        if kind.max_length is not None and len(text) > kind.max_length:
            raise Wrong(self.name, say(N_("This is too long.")))
        if text and kind.pattern and not re.search(kind.pattern, text):
            raise Wrong(self.name, say(N_("This cannot be read; please look at the hint.")))
        return text or None


class Number(Input):
    kind = "number"

    def read(self, form: Sent, say: Say) -> int | None:
        text = form.get(self.name, "").strip()
        if not text and not self.required and self.default is None:
            return None
        kind = cast("inspect.IntType", self.type)
        least, most = kind.ge or 0, kind.le if kind.le is not None else 99_999
        fits = text.isascii() and text.isdecimal() and len(text) < 7 and least <= int(text) <= most
        if not fits or int(text) % (kind.multiple_of or 1):
            words = say(N_("Please give a number from %(least)s to %(most)s."))
            if kind.multiple_of:
                words = say(N_("Please give a number from %(least)s to %(most)s, in eights."))
            raise Wrong(self.name, words % {"least": least, "most": most})
        return int(text)


class Day(Input):
    kind = "day"

    def read(self, form: Sent, say: Say) -> date | None:
        return day(form, self.name, say)


class Tick(Input):
    kind = "tick"

    def show(self, value: Any) -> dict[str, str]:
        return {self.name: "1"} if value else {}

    def read(self, form: Sent, say: Say) -> bool:
        return self.name in form


class Usual(Input):
    """Yes, no, or whatever is usual for such an office."""

    kind = "choice"

    def show(self, value: Any) -> dict[str, str]:
        return {self.name: "" if value is None else "yes" if value else "no"}

    def read(self, form: Sent, say: Say) -> bool | None:
        return {"yes": True, "no": False}.get(form.get(self.name, ""))


class Choice(Input):
    kind = "choice"

    def read(self, form: Sent, say: Say) -> Any:
        """One of the type's own values; of other rows' ids the reader knows which there are."""
        sent = form.get(self.name, "")
        values = getattr(self.type, "values", ())
        found = next((value for value in values if str(value) == sent), None)
        if values and found is None:
            raise Wrong(self.name, say(N_("Please choose one of these.")))
        if not values and not sent and self.required:
            raise Wrong(self.name, say(N_("Please choose one of these.")))
        return found if values else sent or None


class Ticks(Input):
    kind = "ticks"

    def show(self, value: Any) -> dict[str, str]:
        return {f"{self.name}-{one}": "1" for one in value or ()}

    def read(self, form: Sent, say: Say) -> list[str]:
        start = f"{self.name}-"
        chosen = [name.removeprefix(start) for name in form if name.startswith(start)]
        if not chosen and self.required:
            raise Wrong(self.name, say(N_("Please choose at least one.")))
        return chosen


class Lines(Input):
    """Several texts, each on a line of its own."""

    kind = "lines"

    def show(self, value: Any) -> dict[str, str]:
        return {self.name: "\n".join(value or ())}

    def read(self, form: Sent, say: Say) -> list[str]:
        kind = cast("inspect.ListType", self.type)
        lines = _lines(form.get(self.name, ""))
        item = cast("inspect.StrType", kind.item_type)
        if any(len(line) > (item.max_length or 500) for line in lines):
            raise Wrong(self.name, say(N_("One of the lines is too long.")))
        if any(item.pattern and not re.search(item.pattern, line) for line in lines):
            raise Wrong(self.name, say(N_("Only small letters a to z, figures and hyphens.")))
        if kind.max_length is not None and len(lines) > kind.max_length:
            words = say(N_("At most %(most)s lines, please."))
            raise Wrong(self.name, words % {"most": kind.max_length})
        return lines


class Languages(Input):
    """A text in Vietnamese and English: both of them, or none where none is needed."""

    kind = "both"

    def show(self, value: Any) -> dict[str, str]:
        said = _table(value)
        return {f"{self.name}_{one}": said.get(one, "") for one in ("vi", "en")}

    def read(self, form: Sent, say: Say) -> dict[str, str] | None:
        said = {one: _line(form.get(f"{self.name}_{one}", "")) for one in ("vi", "en")}
        if not any(said.values()) and not self.required:
            return None
        for one, text in said.items():
            if not text:
                words = say(N_("Please write it in both languages."))
                raise Wrong(f"{self.name}_{one}", words)
            if len(text) > 500:
                raise Wrong(f"{self.name}_{one}", say(N_("This is too long.")))
        return said


class Pairs(Input):
    """Lines in both languages, one beside the other."""

    kind = "pairs"

    def show(self, value: Any) -> dict[str, str]:
        said = _table(value)
        return {f"{self.name}_{one}": "\n".join(said.get(one, ())) for one in ("vi", "en")}

    def read(self, form: Sent, say: Say) -> dict[str, list[str]] | None:
        said = {one: _lines(form.get(f"{self.name}_{one}", "")) for one in ("vi", "en")}
        if len(said["vi"]) != len(said["en"]):
            words = say(N_("Line for line in both languages: %(vi)s lines here, %(en)s there."))
            counted = {"vi": len(said["vi"]), "en": len(said["en"])}
            raise Wrong(f"{self.name}_en", words % counted)
        return said if said["vi"] else None


class Place(Input):
    """Where it is on the map."""

    kind = "place"

    def show(self, value: Any) -> dict[str, str]:
        said = _table(value)
        return {f"{self.name}_{one}": str(said.get(one, "")) for one in SIDES}

    def read(self, form: Sent, say: Say) -> dict[str, float] | None:
        said = {one: form.get(f"{self.name}_{one}", "").strip() for one in SIDES}
        if not any(said.values()):
            return None
        found: dict[str, float] = {}
        for one, text in said.items():
            most = SIDES[one]
            number = text.replace(",", ".")
            if (
                not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,10})?", number)
                or abs(float(number)) > most
            ):
                words = say(N_("Please give it in degrees, such as 16.0544; at most %(most)s."))
                raise Wrong(f"{self.name}_{one}", words % {"most": most})
            found[one] = float(number)
        return found


SIDES = {"latitude": 90, "longitude": 180}


class Rows(Input, ABC):
    """Lines of several inputs each; a line that is emptied goes."""

    kind = "rows"

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]: ...

    @abstractmethod
    def row(self, form: Sent, start: str, said: Mapping[str, str], say: Say) -> dict[str, Any]:
        """What one line says; raises Wrong."""

    def cells(self, row: Mapping[str, Any]) -> dict[str, str]:
        return {one: str(row.get(one) or "") for one in self.columns}

    def show(self, value: Any) -> dict[str, str]:
        rows = cast("list[dict[str, Any]]", value) if isinstance(value, list) else []
        shown = {
            f"{self.name}-{n}-{one}": text
            for n, row in enumerate(rows)
            for one, text in self.cells(row).items()
        }
        return {**shown, f"{self.name}-lines": str(min(len(rows) + BLANK, MOST_LINES))}

    def read_rows(self, form: Sent, say: Say) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for n in range(MOST_LINES):
            start = f"{self.name}-{n}-"
            said = {one: form.get(start + one, "").strip() for one in self.columns}
            if any(said[one] for one in self.columns if one != self.columns[-1]) or (
                said[self.columns[-1]] and self.kind == "plan"
            ):
                rows.append(self.row(form, start, said, say))
        return rows


class Plan(Rows):
    """How many counters or staff: one number for all opening hours, or line by line."""

    kind = "plan"

    @property
    def columns(self) -> tuple[str, ...]:
        days = ("first", "last") if self.by_days else ()
        return (*days, "from", "to", self.what)

    @property
    def _row(self) -> Sequence[str]:
        union = cast("inspect.UnionType", self.type)
        rows = next(one for one in union.types if isinstance(one, inspect.ListType))
        return [one.encode_name for one in cast("inspect.StructType", rows.item_type).fields]

    @property
    def what(self) -> str:
        return self._row[-1]

    @property
    def by_days(self) -> bool:
        """Whether a line names days of the week; on a single date it does not."""
        return self._row[0] == "days"

    def cells(self, row: Mapping[str, Any]) -> dict[str, str]:
        first, _, last = row.get("days", "").partition("-")
        days = {"first": first, "last": last or first} if self.by_days else {}
        return {**days, "from": row["from"], "to": row["to"], self.what: str(row[self.what])}

    def show(self, value: Any) -> dict[str, str]:
        alone = str(value) if isinstance(value, int) else ""
        return {self.name: alone, **super().show(value)}

    def read(self, form: Sent, say: Say) -> Any:
        rows = self.read_rows(form, say)
        if rows:
            return rows
        text = form.get(self.name, "").strip()
        if not text and not self.required:
            return None
        return _count(text, self.name, say)

    def row(self, form: Sent, start: str, said: Mapping[str, str], say: Say) -> dict[str, Any]:
        days = self._days(start, said, say) if self.by_days else {}
        for side in ("from", "to"):
            if not re.fullmatch(r"([01]\d|2[0-4]):[0-5]\d", said[side]):
                raise Wrong(f"{start}{side}", say(N_("Please give a time such as 07:30.")))
        amount = _count(said[self.what], f"{start}{self.what}", say)
        return {**days, "from": said["from"], "to": said["to"], self.what: amount}

    def _days(self, start: str, said: Mapping[str, str], say: Say) -> dict[str, str]:
        first, last = said["first"], said["last"] or said["first"]
        if first not in WEEKDAYS or last not in WEEKDAYS:
            raise Wrong(f"{start}first", say(N_("Please choose the days.")))
        return {"days": first if first == last else f"{first}-{last}"}


class Ways(Rows):
    """The ways to have a service, each with its days."""

    kind = "ways"

    @property
    def columns(self) -> tuple[str, ...]:
        return ("channel", "url", "valid_from", "valid_to", "mode")

    def read(self, form: Sent, say: Say) -> list[dict[str, Any]]:
        return self.read_rows(form, say)

    def row(self, form: Sent, start: str, said: Mapping[str, str], say: Say) -> dict[str, Any]:
        if not said["channel"]:
            raise Wrong(
                f"{start}channel", say(N_("Please choose the way; empty the line to drop it."))
            )
        way: dict[str, Any] = {"channel": said["channel"], "mode": said["mode"] or "offered"}
        days = {side: day(form, start + side, say) for side in ("valid_from", "valid_to")}
        more = {"url": said["url"], **days}
        return way | {name: value for name, value in more.items() if value}


def day(form: Sent, field: str, say: Say) -> date | None:
    text = form.get(field, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Wrong(field, say(N_("This is no day: write it as 2026-12-31."))) from None


def _count(text: str, field: str, say: Say) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and int(text) <= 1000):
        words = say(N_("Please give a number from %(least)s to %(most)s."))
        raise Wrong(field, words % {"least": 0, "most": 1000})
    return int(text)


def _table(value: Any) -> Tables:
    return value or {}


def _line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> list[str]:
    return [line for line in map(_line, text.splitlines()) if line]


# --- From types to inputs ---------------------------------------------------------------------


STRUCTS: Mapping[type[Struct], type[Input]] = {Both: Languages, Papers: Pairs, Location: Place}


@cache
def keys(struct: type[Struct]) -> Mapping[str, inspect.Field]:
    """Every key of a table, as it stands in the file."""
    found = cast("inspect.StructType", inspect.type_info(struct))
    return {field.encode_name: field for field in found.fields}


def inputs(struct: type[Struct], fields: Iterable[Field]) -> list[Input]:
    return [_input(keys(struct)[field.key], field) for field in fields]


def _input(key: inspect.Field, field: Field) -> Input:
    default = None if key.default is NODEFAULT else key.default
    kind = key.type
    if isinstance(kind, inspect.UnionType):
        real = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        lists = any(isinstance(one, inspect.ListType) for one in real)
        if lists and len(real) > 1:
            # a queue without a plan of its own has its pool's
            needed = key.required or key.default is not NODEFAULT
            return Plan(field, kind, needed, default)
        kind = real[0]
        if isinstance(kind, inspect.ListType):
            return Ticks(field, kind, False, ALL)
        if isinstance(kind, inspect.BoolType):
            return Usual(field, kind, False)
    return _made(kind, field, key.required, default)


def _made(kind: inspect.Type, field: Field, required: bool, default: Any) -> Input:
    if isinstance(kind, inspect.StructType):
        return STRUCTS[kind.cls](field, kind, required)
    if isinstance(kind, inspect.ListType):
        if isinstance(kind.item_type, inspect.StructType):
            return Ways(field, kind, required)
        return (Ticks if field.choices else Lines)(field, kind, bool(kind.min_length))
    if isinstance(kind, inspect.IntType):
        return Number(field, kind, required, default)
    if isinstance(kind, inspect.BoolType):
        return Tick(field, kind, required, default)
    if isinstance(kind, inspect.DateType):
        return Day(field, kind, required, default)
    if field.choices:
        return Choice(field, kind, required, default)
    return Input(field, kind, required, default)
