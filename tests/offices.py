"""The office every test makes for itself: small, fresh, shared with nobody."""

import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from queue_service import commands, offices, reads
from queue_service.db import Pool

File = dict[str, Any]
Hours = Mapping[int, Sequence[tuple[str, str]]]  # ISO weekday to (opens, closes)

DAY = date(2026, 3, 31)  # a Tuesday like any other
USUAL: Hours = dict.fromkeys(range(1, 7), (("07:30", "11:30"), ("13:30", "17:00")))
ALWAYS: Hours = dict.fromkeys(range(1, 8), (("00:00", "23:55"),))  # for tests on the real clock
LONG_AGO = datetime(2019, 1, 1, tzinfo=UTC)  # imported then, so that a test may say any later time

_numbers = itertools.count(random.SystemRandom().randrange(9000))


@dataclass(frozen=True)
class Office:
    """What a test needs to know of its office; `file` is the document it was imported from."""

    office_id: int
    slug: str
    zone: ZoneInfo
    file: File

    def at(self, clock: str, days: int = 0) -> datetime:
        """That time on the office's own wall clock, `days` after DAY."""
        return datetime.combine(
            DAY + timedelta(days=days), time.fromisoformat(clock), tzinfo=self.zone
        )


async def make_office(
    pool: Pool,
    *,
    rules: Mapping[str, object] | None = None,
    area_cap: int | None = 20,
    counter_cap: int | None = 2,
    hour_cap: int | None = None,
    hour_rule: str = "clock",
    hour_scope: str = "queue:*",
    binds: str = "everyone",
    caps: Sequence[Mapping[str, object]] = (),
    staff: int = 0,
    planned: int | Mapping[str, int] | None = None,
    hours: Hours = USUAL,
    guidance: bool = False,
    pool_id: str | None = None,
    kind: str = "office",
    time_zone: str = "Asia/Ho_Chi_Minh",
    change: Callable[[File], None] | None = None,
) -> Office:
    """A fresh office with one area (`hall`), two queues, three counters and three services.

    Queue `justice` (A, counters 1 and 2, services `copy` 5 minutes and `record` 10) and queue
    `permits` (B, counter 3, service `permit` 15); two and one planned counters. `rules` are columns
    of the office, `caps` rows beside the usual ones; `planned` is for both queues or by queue;
    `pool_id` lets both queues share the three counters; `guidance` adds queue `guidance` (H) with
    its counter `desk` and its service `advice` (5 minutes). `change` may alter the
    file as it likes.
    """
    number = await fresh_number(pool)
    file = small_office(f"office-{uuid4().hex[:12]}")
    file["office"] |= {"kind": kind, "time_zone": time_zone, **(rules or {})}
    if guidance:
        _add_guidance(file)
    wanted = {"justice": 2, "permits": 1, "guidance": 1}
    if isinstance(planned, int):
        wanted = dict.fromkeys(wanted, planned)
    elif planned is not None:
        wanted |= planned
    plan = {f"queue:{queue['queue_id']}": wanted[queue["queue_id"]] for queue in file["queues"]}
    if pool_id is not None:
        _share_counters(file, pool_id)
        shared = wanted["justice"] + wanted["permits"]
        plan |= {"queue:justice": shared, "queue:permits": shared, f"pool:{pool_id}": shared}
    plan["staff:hall"] = staff
    set_hours(file, hours, plan)
    if area_cap is not None:
        file["caps"].append(cap("hall", "present", "area:hall", area_cap, binds=binds))
    if counter_cap is not None:
        file["caps"].append(cap("desk", "present", "counter:*", counter_cap))
    if hour_cap is not None:
        file["caps"].append(cap("hour", "hour", hour_scope, hour_cap, hour_rule=hour_rule))
    file["caps"] += [dict(row) for row in caps]
    if change is not None:
        change(file)
    office = Office(
        number, file["office"]["slug"], ZoneInfo(str(file["office"]["time_zone"])), file
    )
    await import_again(pool, office)
    return office


async def import_again(pool: Pool, office: Office, at: datetime = LONG_AGO) -> dict[str, Any]:
    """Import the office's file as it now stands: a test may have changed `office.file`."""
    return await commands.import_office(pool, office.office_id, at, "test", office.file)


def cap(cap_id: str, kind: str, scope: str, maximum: int, **more: object) -> File:
    usual = {
        "binds": "everyone",
        "hour_rule": "clock",
        "valid_from": "-infinity",
        "valid_to": "infinity",
    }
    return {"cap_id": cap_id, "kind": kind, "scope": scope, "maximum": maximum, **usual, **more}


def set_hours(file: File, hours: Hours, plan: Mapping[str, int]) -> None:
    """Open at these hours, each scope of the plan with the same amount all the time."""
    spans = [(day, *span) for day, of_day in hours.items() for span in of_day]
    file["openings"] = [
        {"weekday": day, "opens": opens, "closes": closes} for day, opens, closes in spans
    ]
    file["plans"] = [
        {"scope": scope, "weekday": day, "starts": starts, "ends": ends, "amount": amount}
        for scope, amount in plan.items()
        for day, starts, ends in spans
    ]


def small_office(slug: str) -> File:
    """The document of the usual test office, without hours, plans and caps."""
    return {
        "office": {
            "slug": slug,
            "kind": "office",
            "name_vi": "Văn phòng thử",
            "name_en": "Test office",
            "old_names": [],
            "aliases": [],
            "address_vi": "24 Trần Phú, Đà Nẵng",
            "address_en": "24 Tran Phu, Da Nang",
            "latitude": None,
            "longitude": None,
            "phone": "+842361022",
            "time_zone": "Asia/Ho_Chi_Minh",
            "booking_days": 6,
            "lead_minutes": 30,
            "earliness_minutes": 15,
            "lateness_minutes": 10,
            "headroom_minutes": 15,
            "usual_wait_minutes": 15,
            "bookings_per_phone": 2,
            "largest_party": 5,
            "leave_minutes": 2,
            "exits": "none",
            "lunch": "keep",
            "invitation_minutes": 3,
            "invitations": 3,
            "absent_minutes": 15,
            "slip_minutes": 2,
            "pass_minutes": 10,
            "overdue_minutes": 45,
            "due_minutes": 5,
            "window_minutes": 30,
            "walk_in_share": 30,
        },
        "areas": [{"area_id": "hall", "name_vi": "Sảnh", "name_en": "Hall", "position": 0}],
        "queues": [
            queue("justice", "A", "Tư pháp", "Justice", 0),
            queue("permits", "B", "Giấy phép", "Permits", 1),
        ],
        "counters": [
            counter("1", ["justice"], 0),
            counter("2", ["justice"], 1),
            counter("3", ["permits"], 2),
        ],
        "services": [
            service("copy", "justice", 5, "Chứng thực bản sao", "Certified copy", 0),
            service("record", "justice", 10, "Phiếu lý lịch tư pháp", "Criminal record", 1),
            service("permit", "permits", 15, "Giấy phép xây dựng", "Building permit", 2),
        ],
        "channels": [],
        "openings": [],
        "closures": [],
        "special_openings": [],
        "plans": [],
        "caps": [],
    }


def queue(
    queue_id: str, letter: str, name_vi: str, name_en: str, position: int, **more: object
) -> File:
    usual: File = {"area_id": "hall", "pool_id": None, "guidance": False}
    names: File = {"name_vi": name_vi, "name_en": name_en}
    return {
        "queue_id": queue_id,
        "letter": letter,
        "position": position,
        **names,
        **usual,
        **more,
    }


def counter(counter_id: str, queues: Sequence[str], position: int, **more: object) -> File:
    return {
        "counter_id": counter_id,
        "area_id": "hall",
        "name_vi": f"Quầy {counter_id}",
        "name_en": f"Counter {counter_id}",
        "where_vi": "Tầng 1",
        "where_en": "Ground floor",
        "queues": list(queues),
        "position": position,
        **more,
    }


def service(
    service_id: str,
    queue_id: str,
    minutes: int,
    name_vi: str,
    name_en: str,
    position: int,
    **more: object,
) -> File:
    return {
        "service_id": service_id,
        "queue_id": queue_id,
        "national_code": "",
        "aliases": [],
        "name_vi": name_vi,
        "name_en": name_en,
        "field_vi": "Tư pháp",
        "field_en": "Justice",
        "minutes": minutes,
        "papers_vi": ["Căn cước công dân"],
        "papers_en": ["Identity card"],
        "urgent": False,
        "collects": False,
        "in_person": False,
        "scarce": False,
        "position": position,
        **more,
    }


def upstairs(file: File) -> None:
    """A second room with one queue, one counter and room for one person."""
    file["areas"].append({"area_id": "up", "name_vi": "Lầu", "name_en": "Upstairs", "position": 1})
    file["queues"].append(queue("notary", "N", "Công chứng", "Notary", 8, area_id="up"))
    file["counters"].append(counter("9", ["notary"], 8, area_id="up"))
    file["services"].append(service("deed", "notary", 10, "Hợp đồng", "Deed", 8))
    file["caps"].append(cap("up", "present", "area:up", 1))


def _add_guidance(file: File) -> None:
    file["queues"].append(
        queue("guidance", "H", "Hướng dẫn", "Guidance", len(file["queues"]), guidance=True)
    )
    file["counters"].append(counter("desk", ["guidance"], len(file["counters"])))
    file["services"].append(
        service("advice", "guidance", 5, "Tôi chưa rõ", "I do not know", len(file["services"]))
    )


def _share_counters(file: File, pool_id: str) -> None:
    for row in file["queues"]:
        if row["queue_id"] in ("justice", "permits"):
            row["pool_id"] = pool_id
    for row in file["counters"]:
        if row["counter_id"] in ("1", "2", "3"):
            row["queues"] = ["justice", "permits"]


async def fresh_number(pool: Pool) -> int:
    """A number that no office of this database has, and no other test is given.

    From 9900 on nobody is: a test that needs an office which is not there takes 9999.
    """
    while True:
        number = 100 + next(_numbers) % 9800
        if await reads.office_file(pool, number) is None:
            return number


async def make_ward(pool: Pool) -> Office:
    """The smallest model office as its file says it: one room, two counters; a fresh one."""
    read = offices.read(offices.model("ward"), DAY)
    file = read.document
    file["office"]["slug"] = f"ward-{uuid4().hex[:12]}"
    number = await fresh_number(pool)
    office = Office(number, file["office"]["slug"], ZoneInfo("Asia/Ho_Chi_Minh"), file)
    await import_again(pool, office)
    return office
