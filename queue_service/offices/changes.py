"""What an import would change, row by row and field by field, for the eyes of whoever imports."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from queue_service.offices.reader import KEYS, Document

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


def changes(before: Document | None, after: Document, today: date) -> list[str]:
    """`+` is new, `-` goes, `~` changes. Days gone by stay whatever the file says."""
    if before is None:
        return list(_new(after))
    lines = [
        f"~ office {name}: {_say(before['office'].get(name))} → {_say(value)}"
        for name, value in after["office"].items()
        if before["office"].get(name) != value
    ]
    for table in ("board", "messages", "fairness", "door", "rota"):
        was = before.get(table, {})
        lines += [
            f"~ {table} {name}: {_say(was.get(name))} → {_say(value)}"
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
            lines += _row(part, key, old.get(key), new.get(key))
    return lines


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
) -> Iterator[str]:
    name = f"{NAMES[part]} {' '.join(_short(value) for value in key)}"
    row = new or old or {}
    rest = "; ".join(
        f"{field} {_say(row[field])}"
        for field in row
        if field not in KEYS[part] and field != "position" and row[field] not in ("", [], None)
    )
    if old is None:
        yield f"+ {name}: {rest}"
    elif new is None:
        yield f"- {name}: {rest}"
    else:
        for field in new:
            if old.get(field) != new[field]:
                yield f"~ {name} {field}: {_say(old.get(field))} → {_say(new[field])}"


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
