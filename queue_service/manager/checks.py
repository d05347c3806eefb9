"""What a manager may not mean: closing a day that is over, a cap below the staff themselves."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from queue_service.offices import Problem, Read
from queue_service.offices.lines import Lines

TOO_LOW = (
    "{0} người là không đủ khi {1} cán bộ có mặt: không ai vào được. Muốn đóng khu vực, hãy ghi 0",
    "{0} people leave nobody room beside the {1} staff planned. To close the area, write 0",
)


def problems(
    text: str,
    raw: Mapping[str, Any],
    found: Read,
    office: Mapping[str, Any],
    before: Mapping[str, Any],
    today: date,
) -> list[Problem]:
    """All of it, each with its line."""
    lines = Lines(text)
    return [
        Problem(lines.of(where), vi, en, where)
        for where, vi, en in (
            *_another_office(found, office),
            *_closed_too_late(raw, before, today),
            *_below_staff(raw, found.document),
        )
    ]


Found = tuple[tuple[str | int, ...], str, str]


def _another_office(found: Read, office: Mapping[str, Any]) -> Iterator[Found]:
    if found.number != office["office_id"]:
        number = office["office_id"]
        yield (
            ("office", "number"),
            f"đây là nơi số {number}, không đổi được",
            f"this office has the number {number}, which stays",
        )
    if found.slug != office["slug"]:
        slug = office["slug"]
        yield (
            ("office", "slug"),
            f"địa chỉ {slug} đã in trên vé và mã QR, không đổi được ở đây",
            f"the address {slug} is printed on tickets and codes and cannot be changed here",
        )


def _closed_too_late(
    raw: Mapping[str, Any], before: Mapping[str, Any], today: date
) -> Iterator[Found]:
    known = {row["day"] for row in before["closures"]}
    for index, row in enumerate(raw.get("closed", ())):
        first, last = row["day"], row.get("until") or row["day"]
        gone = [first + timedelta(days=n) for n in range((min(last, today) - first).days + 1)]
        if any(day < today and day.isoformat() not in known for day in gone):
            yield (
                ("closed", index, "day"),
                f"ngày {first} đã qua, không đóng cửa được nữa",
                f"{first} is over and cannot be closed any more",
            )


def _below_staff(raw: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Found]:
    for index, row in enumerate(raw.get("cap", ())):
        if row["kind"] != "present" or not row["scope"].startswith("area:") or not row["maximum"]:
            continue
        scope = f"staff:{row['scope'].removeprefix('area:')}"
        plans = document["plans"] + document["day_plans"]
        staff = max((r["amount"] for r in plans if r["scope"] == scope), default=0)
        if row["maximum"] <= staff:
            most = row["maximum"]
            yield (
                ("cap", index, "maximum"),
                TOO_LOW[0].format(most, staff),
                TOO_LOW[1].format(most, staff),
            )
