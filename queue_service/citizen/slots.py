"""Free times as a phone can show them: days, then a time for every quarter of an hour."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from queue_service import reads
from queue_service.web import AppRequest

MANY = 60


@dataclass(frozen=True, slots=True)
class Slot:
    starts_at: datetime
    ends_at: datetime
    left: int

    @property
    def at(self) -> str:
        return self.starts_at.isoformat()


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    slots: tuple[Slot, ...]

    @property
    def free(self) -> int:
        return sum(slot.left > 0 for slot in self.slots)


async def days(
    request: AppRequest,
    office_id: int,
    office: Mapping[str, Any],
    services: Sequence[Mapping[str, object]],
    around: date | None = None,
) -> list[Day]:
    """Every day that may be booked and has times; or only the one wanted and its neighbours."""
    state, zone = request.state, ZoneInfo(office["time_zone"])
    at = state.clock.now()
    today = at.astimezone(zone).date()
    first, span = today, int(office["booking_days"]) + 1
    if around is not None and today <= around < today + timedelta(days=span):
        first, span = max(today, around - timedelta(days=1)), 3
    rows = await reads.slots(state.pool, office_id, at, services, first, span)
    found: dict[date, list[Slot]] = {}
    for row in rows:
        starts_at = datetime.fromisoformat(row["starts_at"]).astimezone(zone)
        ends_at = datetime.fromisoformat(row["ends_at"]).astimezone(zone)
        found.setdefault(starts_at.date(), []).append(Slot(starts_at, ends_at, row["left"]))
    return [Day(day, tuple(of_day)) for day, of_day in sorted(found.items())]


def spread(slots: Sequence[Slot]) -> list[Slot]:
    """A long day thinned to one time in each quarter: the first that is free, if any is."""
    if len(slots) <= MANY:
        return list(slots)
    quarters: dict[datetime, Slot] = {}
    for slot in slots:
        quarter = slot.starts_at - timedelta(minutes=slot.starts_at.minute % 15)
        kept = quarters.get(quarter)
        if kept is None or (kept.left == 0 and slot.left > 0):
            quarters[quarter] = slot
    return list(quarters.values())


def by_part_of_day(slots: Iterable[Slot]) -> list[tuple[str, list[Slot]]]:
    morning, afternoon = list[Slot](), list[Slot]()
    for slot in slots:
        (morning if slot.starts_at.hour < 12 else afternoon).append(slot)
    parts = (("morning", morning), ("afternoon", afternoon))
    return [(name, part) for name, part in parts if part]


def nearest(found: Iterable[Day], wanted: datetime, heads: int, most: int = 6) -> list[Slot]:
    """The free times closest to the one wanted, in the order of the day."""
    free = [
        slot
        for day in found
        for slot in spread(day.slots)
        if slot.left >= heads and slot.starts_at != wanted
    ]
    return sorted(sorted(free, key=lambda slot: abs(slot.starts_at - wanted))[:most], key=_start)


def _start(slot: Slot) -> datetime:
    return slot.starts_at
