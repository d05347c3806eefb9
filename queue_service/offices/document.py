"""The document of api.import_office: what a file becomes, and what the database gives back."""

from typing import Any, TypeAlias

from queue_service.offices.form import Both

Document: TypeAlias = dict[str, Any]
Rows: TypeAlias = list[Document]

# What tells the rows of a part from each other, in the order in which they stand.
KEYS = {
    "areas": ("area_id",),
    "queues": ("queue_id",),
    "counters": ("counter_id",),
    "services": ("service_id",),
    "channels": ("service_id", "channel", "valid_from"),
    "openings": ("weekday", "opens"),
    "closures": ("day",),
    "special_openings": ("day", "opens"),
    "plans": ("scope", "weekday", "starts"),
    "day_plans": ("day", "scope", "starts"),
    "caps": ("cap_id",),
    "shifts": ("shift_id",),
    "groups": ("group_id",),
    "attendance": ("attendance_id",),
    "message_texts": ("kind", "language"),
    "printers": ("printer_id",),
    "targets": ("service_id", "valid_from"),
}


def key(part: str, row: Document) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEYS[part])


def names(said: Both | None, prefix: str = "name") -> Document:
    return {
        f"{prefix}_vi": said.vi if said else "",
        f"{prefix}_en": said.en if said else "",
    }
