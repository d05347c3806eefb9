"""How many counters and how many staff are planned: in the usual week, and on single days."""

from collections.abc import Sequence
from datetime import date

from queue_service.offices.document import Document, Rows, key
from queue_service.offices.form import (
    UNSET,
    OfficeFile,
    Planned,
    PlannedHours,
    Staffed,
    StaffedHours,
)
from queue_service.offices.hours import (
    WEEKDAYS,
    Hours,
    Span,
    Spans,
    clock,
    days_in,
    ordered,
    overlaps,
    union,
)
from queue_service.offices.problems import Where, Wrong
from queue_service.offices.references import check_known


class Plans:
    def __init__(self, file: OfficeFile, hours: Hours, wrong: Wrong) -> None:
        self._file = file
        self._hours = hours
        self._wrong = wrong

    def of_week(self) -> Rows:
        file = self._file
        plans: dict[str, Rows] = {}
        of_pool: dict[str, Rows] = {}
        for index, pool in enumerate(file.pool):
            of_pool[pool.id] = self._plan(pool.planned, ("pool", index, "planned"))
            plans[f"pool:{pool.id}"] = of_pool[pool.id]
        for index, queue in enumerate(file.queue):
            if queue.planned is not UNSET:
                plan = self._plan(queue.planned, ("queue", index, "planned"))
            elif queue.pool in of_pool:
                plan = of_pool[queue.pool]
            else:
                plan = []
                self._wrong(
                    ("queue", index),
                    f"hàng {queue.id} thiếu số quầy dự kiến (planned)",
                    f"queue {queue.id} has no planned counters",
                )
            plans[f"queue:{queue.id}"] = plan
        for index, area in enumerate(file.area):
            plans[f"staff:{area.id}"] = self._plan(area.staff, ("area", index, "staff"))
        rows = [{"scope": scope, **row} for scope, plan in plans.items() for row in plan]
        return sorted(rows, key=lambda row: key("plans", row))

    def _plan(self, planned: int | Sequence[Planned | Staffed], where: Where) -> Rows:
        if isinstance(planned, int):
            return [
                _planned(day, start, end, planned)
                for day in range(1, 8)
                for start, end in union(self._hours.ever_on(day))
            ]
        rows: Rows = []
        spans: dict[int, Spans] = {day: [] for day in range(1, 8)}
        for index, row in enumerate(planned):
            here: Where = (*where, index)
            span = ordered(row.from_, row.to, here, self._wrong)
            if span is None:
                continue
            for day in days_in(row.days, (*here, "days"), self._wrong):
                self._check_planned(day, span, spans[day], isinstance(row, Planned), here)
                spans[day].append(span)
                amount = row.counters if isinstance(row, Planned) else row.people
                rows.append(_planned(day, *span, amount))
        return rows

    def _check_planned(
        self, day: int, span: Span, others: Spans, inside: bool, where: Where
    ) -> None:
        name, said = WEEKDAYS[day - 1], f"{clock(span[0])[:5]}-{clock(span[1])[:5]}"
        if overlaps(span, others):
            self._wrong(
                where,
                f"{said} ({name}) chồng lên kế hoạch khác",
                f"{said} on {name} is planned already",
            )
        hours = self._hours.ever_on(day)
        # Staff may come before the doors open and go after they close; a break may lie between.
        if not hours or (
            inside and not (min(hours)[0] <= span[0] and span[1] <= max(end for _, end in hours))
        ):
            self._wrong(
                where,
                f"{said} ({name}) nằm ngoài giờ mở cửa",
                f"{said} on {name} lies outside the opening hours",
            )

    def of_days(self) -> Rows:
        rows: Rows = []
        days: set[date] = set()
        for index, row in enumerate(self._file.planned):
            where: Where = ("planned", index)
            if row.day in days:
                self._wrong(
                    (*where, "day"), f"ngày {row.day} ghi hai lần", f"{row.day} stands twice"
                )
            days.add(row.day)
            for kind, said in (("area", row.area), ("pool", row.pool), ("queue", row.queue)):
                known = {one.id for one in getattr(self._file, kind)}
                for name, planned in said.items():
                    here: Where = (*where, kind, name)
                    check_known(here, name, known, kind, self._wrong)
                    scope = f"{'staff' if kind == 'area' else kind}:{name}"
                    for start, end, amount in self._day_plan(row.day, planned, here):
                        plan = {"starts": clock(start), "ends": clock(end), "amount": amount}
                        rows.append({"day": row.day.isoformat(), "scope": scope, **plan})
        return sorted(rows, key=lambda row: key("day_plans", row))

    def _day_plan(
        self, day: date, planned: int | Sequence[PlannedHours | StaffedHours], where: Where
    ) -> list[tuple[int, int, int]]:
        """From, to and how many; a number alone holds in all opening hours of that day."""
        if isinstance(planned, int):
            return [(start, end, planned) for start, end in union(self._hours.on(day))]
        found: list[tuple[int, int, int]] = []
        for index, row in enumerate(planned):
            here: Where = (*where, index)
            span = ordered(row.from_, row.to, here, self._wrong)
            if span is None:
                continue
            if overlaps(span, ((start, end) for start, end, _ in found)):
                said = f"{row.from_}-{row.to}"
                self._wrong(here, f"{said} chồng lên giờ khác", f"{said} overlaps other hours")
            amount = row.counters if isinstance(row, PlannedHours) else row.people
            found.append((*span, amount))
        return found


def _planned(day: int, start: int, end: int, amount: int) -> Document:
    return {"weekday": day, "starts": clock(start), "ends": clock(end), "amount": amount}
