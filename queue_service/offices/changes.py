"""What an import would change, row by row and field by field, for the eyes of whoever imports."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from queue_service.offices.document import KEYS, Document

NAMES = {
    "areas": "area",
    "queues": "queue",
    "counters": "counter",
    "services": "service",
    "channels": "channel",
    "openings": "hours",
    "closures": "closed",
    "special_openings": "open",
    "plans": "planned",
    "day_plans": "planned",
    "caps": "cap",
    "shifts": "shift",
    "groups": "group",
    "attendance": "attendance",
    "message_texts": "text",
    "printers": "printer",
    "targets": "target",
}


@dataclass(frozen=True)
class Change:
    """`mark`: `+` is new, `-` goes, `~` changes. A row is whole where it is new or goes."""

    mark: str
    part: str
    key: tuple[Any, ...] = ()
    name: str = ""
    old: Any = None
    new: Any = None
    row: Document = field(default_factory=dict[str, Any])


def changes(before: Document | None, after: Document, today: date) -> list[str]:
    """Line by line, in the words of the file."""
    if before is None:
        return list(_new(after))
    return [_line(change) for change in compared(before, after, today)]


def compared(before: Document, after: Document, today: date) -> list[Change]:
    """Days gone by stay whatever the file says."""
    found = [
        Change("~", "office", (), name, before["office"].get(name), value)
        for name, value in after["office"].items()
        if before["office"].get(name) != value
    ]
    for table in ("board", "messages", "fairness", "door", "rota"):
        was = before.get(table, {})
        found += [
            Change("~", table, (), name, was.get(name), value)
            for name, value in after.get(table, was).items()
            if was.get(name) != value
        ]
    for part in KEYS:
        # a version kept before there was such a part leaves it as it is
        were = before.get(part, ())
        old = {_key(part, row): row for row in were if not _gone_by(part, row, today)}
        are = after.get(part, were)
        new = {_key(part, row): row for row in are if not _gone_by(part, row, today)}
        for key in sorted(old.keys() | new.keys()):
            found += _row(part, key, old.get(key), new.get(key))
    return found


def _new(after: Document) -> Iterator[str]:
    yield f"+ office {after['office']['slug']}: {after['office']['name_vi']}"
    for part in KEYS:
        rows = after.get(part)
        if not rows:
            continue
        if len(KEYS[part]) == 1 and part != "closures":
            names = ", ".join(str(row[KEYS[part][0]]) for row in rows)
            yield f"+ {NAMES[part]} ({len(rows)}): {names}"
        else:
            yield f"+ {NAMES[part]} ({len(rows)})"


def _row(
    part: str, key: tuple[Any, ...], old: Document | None, new: Document | None
) -> Iterator[Change]:
    if old is None or new is None:
        yield Change("+" if old is None else "-", part, key, row=new or old or {})
        return
    for name in new:
        if old.get(name) != new[name]:
            yield Change("~", part, key, name, old.get(name), new[name], new)


def told(part: str, row: Document) -> dict[str, Any]:
    """What a row says beside its key and its place."""
    return {
        name: value
        for name, value in row.items()
        if name not in KEYS[part] and name != "position" and value not in ("", [], None)
    }


def _line(change: Change) -> str:
    name = NAMES.get(change.part, change.part)
    name = " ".join([name, *(_short(value) for value in change.key)])
    if change.name:
        return f"~ {name} {change.name}: {_say(change.old)} → {_say(change.new)}"
    rest = "; ".join(f"{f} {_say(v)}" for f, v in told(change.part, change.row).items())
    return f"{change.mark} {name}: {rest}"


def _gone_by(part: str, row: Document, today: date) -> bool:
    return part in ("closures", "special_openings", "day_plans") and row["day"] < today.isoformat()


def _key(part: str, row: Document) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEYS[part])


def _say(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(str(item) for item in value)}]"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if value is None or value == "":
        return "–"
    return _short(value)


def _short(value: object) -> str:
    """A time without its seconds."""
    text = str(value)
    return text[:5] if len(text) == 8 and text.endswith(":00") and text[2] == ":" else text
