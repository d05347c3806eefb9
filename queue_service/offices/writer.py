"""Writes an office's document as the file it would come from; reading that file changes nothing.

Comments of an earlier file are not kept: the database holds what a file means, not how it looked.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast

import msgspec

from queue_service.offices import form
from queue_service.offices.document import Document
from queue_service.offices.hours import WEEKDAYS, Spans, clock, public_holidays, union
from queue_service.offices.reader import DOTS
from queue_service.outgoing import kinds

Table = dict[str, Any]


def write(number: int, document: Document, today: date) -> str:
    """The TOML text. What is over (closed days gone by) is left out."""
    return dump(_Writer(number, document, today).tables())


def dump(tables: Mapping[str, Any]) -> str:
    """A file of these tables, which may have been changed as they stand in it."""
    return "\n".join(_lines(tables))


def _lines(tables: Mapping[str, Any]) -> Iterator[str]:
    for name, table in tables.items():
        several = cast("list[Table]", table if isinstance(table, list) else [table])
        for one in several:
            yield f"[[{name}]]" if isinstance(table, list) else f"[{name}]"
            yield from _pairs(one)
            yield ""


class _Writer:
    def __init__(self, number: int, document: Document, today: date) -> None:
        self._number = number
        self._document = document
        self._today = today

    def tables(self) -> Table:
        single = {
            "office": self._office(),
            "rules": self._differing(form.Rules(), self._document["office"]),
            "hours": self._hours(),
            "board": self._board(),
            "messages": self._messages(),
            "fairness": self._fairness(),
            "door": self._door(),
            "rota": self._differing(form.Rota(), self._document.get("rota", {})),
        }
        several = {
            "area": self._areas(),
            "pool": self._pools(),
            "queue": self._queues(),
            "counter": self._counters(),
            "cap": self._caps(),
            "closed": self._closed(),
            "open": self._open(),
            "urgent_only": self._urgent_only(),
            "planned": self._day_plans(),
            "shift": self._shifts(),
            "group": self._groups(),
            "attendance": self._attendance(),
            "service": self._services(),
            "printer": self._printers(),
            "target": self._targets(),
        }
        once = {name: table for name, table in single.items() if table or name == "hours"}
        return once | {name: list(tables) for name, tables in several.items()}

    # Tables that stand once

    def _office(self) -> Table:
        office = self._document["office"]
        location = None
        if office["latitude"] is not None:
            location = {"latitude": office["latitude"], "longitude": office["longitude"]}
        return _said(
            slug=office["slug"],
            number=self._number,
            name=_both(office),
            kind=office["kind"],
            old_names=office["old_names"],
            aliases=office["aliases"],
            address=_both(office, "address"),
            location=location,
            phone=office["phone"],
            time_zone=office["time_zone"],
        ) | {"public_holidays": self._keeps_holidays()}

    def _hours(self) -> Table:
        week: dict[int, list[str]] = {}
        for row in self._document["openings"]:
            week.setdefault(row["weekday"], []).append(_span(row["opens"], row["closes"]))
        return dict(_by_days(week))

    def _board(self) -> Table:
        board = self._document["board"]
        return self._differing(form.Board(), board) | _said(message=_both(board, "message"))

    def _messages(self) -> Table:
        rules = self._document["messages"]
        table = self._differing(form.Messages(), rules)
        if list(kinds.CONFIGURABLE) == rules["send"]:
            table.pop("send", None)
        quiet = _span(rules["quiet_from"], rules["quiet_to"])
        quiet = "" if rules["quiet_from"] == rules["quiet_to"] else quiet
        if quiet != form.Messages().quiet:
            table["quiet"] = quiet
        if rules["links"] == (self._document["office"]["kind"] != "bank"):
            table.pop("links", None)
        texts: dict[str, Table] = {}
        for row in self._document["message_texts"]:
            texts.setdefault(row["kind"], {})[row["language"]] = row["text"]
        for kind, said in texts.items():
            for language in ("vi", "en"):
                said.setdefault(language, kinds.default(kind, language))
        return table | ({"texts": texts} if texts else {})

    def _fairness(self) -> Table:
        said = self._document["fairness"]
        table = self._differing(form.Fairness(), said)
        days = _span(said["opens_from"], said["opens_to"])
        return table | ({} if days == form.Fairness().new_days else {"new_days": days})

    def _door(self) -> Table:
        door = self._document["door"]
        return self._differing(form.Door(), door) | _said(question=_both(door, "question"))

    def _differing(self, usual: msgspec.Struct, row: Mapping[str, Any]) -> Table:
        """The plain fields that say something else than is usual."""
        return {
            name: row[name]
            for name in usual.__struct_fields__
            if name in row and row[name] != getattr(usual, name) and row[name] is not None
        }

    # Tables of which there are many

    def _areas(self) -> Iterator[Table]:
        for row in self._document["areas"]:
            staff = self._plan(f"staff:{row['area_id']}", "people")
            said = {} if staff == 0 else {"staff": staff}
            yield {"id": row["area_id"], "name": _both(row), **said}

    def _pools(self) -> Iterator[Table]:
        pools = dict.fromkeys(row["pool_id"] for row in self._document["queues"])
        for pool in pools:
            if pool is not None:
                yield {"id": pool, **self._planned(f"pool:{pool}")}

    def _queues(self) -> Iterator[Table]:
        for row in self._document["queues"]:
            plan = self._rows(f"queue:{row['queue_id']}")
            like_pool = row["pool_id"] and plan == self._rows(f"pool:{row['pool_id']}")
            yield _said(
                id=row["queue_id"],
                letter=row["letter"],
                name=_both(row),
                area=row["area_id"],
                pool=row["pool_id"],
                guidance=row["guidance"],
            ) | ({} if like_pool else self._planned(f"queue:{row['queue_id']}"))

    def _counters(self) -> Iterator[Table]:
        for row in self._document["counters"]:
            yield _said(
                id=row["counter_id"],
                name=_both(row),
                where=_both(row, "where"),
                area=row["area_id"],
                queues=row["queues"],
            )

    def _caps(self) -> Iterator[Table]:
        for row in self._document["caps"]:
            usual = row["binds"] == "everyone", row["hour_rule"] == "clock"
            yield {
                "id": row["cap_id"],
                "kind": row["kind"],
                "scope": row["scope"],
                "maximum": row["maximum"],
                **({} if usual[0] else {"binds": row["binds"]}),
                **({} if usual[1] else {"hour_rule": row["hour_rule"]}),
                **_valid(row),
            }

    def _services(self) -> Iterator[Table]:
        channels: dict[str, list[Table]] = {}
        for row in self._document["channels"]:
            if row["channel"] == "later":  # what `urgent_only` says
                continue
            way = {"channel": row["channel"], "mode": row["mode"], **_said(url=row["url"])}
            channels.setdefault(row["service_id"], []).append(way | _valid(row))
        for row in self._document["services"]:
            papers = {"vi": row["papers_vi"], "en": row["papers_en"]}
            yield _said(
                id=row["service_id"],
                queue=row["queue_id"],
                name=_both(row),
                field=_both(row, "field"),
                minutes=row["minutes"],
                national_code=row["national_code"],
                aliases=row["aliases"],
                papers=papers if row["papers_vi"] else None,
                urgent=row["urgent"],
                collects=row["collects"],
                in_person=row["in_person"],
                scarce=row.get("scarce", False),
                channels=channels.get(row["service_id"], []),
            )

    def _urgent_only(self) -> Iterator[Table]:
        """The days on which what is not urgent waits: the same for all services that do."""
        days = {
            (row["valid_from"], row["valid_to"])
            for row in self._document["channels"]
            if row["channel"] == "later"
        }
        for first, last in sorted(days):
            yield _valid({"valid_from": first, "valid_to": last})

    def _shifts(self) -> Iterator[Table]:
        for row in self._document.get("shifts", ()):
            hours = {"from": row["starts"][:5], "to": row["ends"][:5]}
            yield {"id": row["shift_id"], "name": _both(row), **hours}

    def _groups(self) -> Iterator[Table]:
        for row in self._document.get("groups", ()):
            yield {"id": row["group_id"], "name": _both(row)}

    def _attendance(self) -> Iterator[Table]:
        for row in self._document.get("attendance", ()):
            bounds = {side: row[side] for side in ("minimum", "maximum") if row[side] is not None}
            unit = {} if row["unit"] == "people" else {"unit": row["unit"]}
            who = {"id": row["attendance_id"], "place": row["place"]}
            yield {**who, **bounds, **unit, **_valid(row)}

    def _printers(self) -> Iterator[Table]:
        for row in self._document["printers"]:
            dots = {} if row["dots"] == DOTS[row["paper_mm"]] else {"dots": row["dots"]}
            yield {
                "id": row["printer_id"],
                "name": _both(row),
                "address": row["address"],
                "paper": row["paper_mm"],
                **dots,
            }

    def _targets(self) -> Iterator[Table]:
        for row in self._document.get("targets", ()):  # kept before there were any
            service = {"service": row["service_id"]} if row["service_id"] else {}
            yield {**service, "percent": row["percent"], **_valid(row)}

    # Days

    def _keeps_holidays(self) -> bool:
        """Whether the country's holidays are among its closed days, all but a few."""
        days = {row["day"] for row in self._document["closures"]}
        to_come = [day.isoformat() for day in self._holidays() if day >= self._today]
        return sum(day in days for day in to_come) * 2 > len(to_come)

    def _holidays(self) -> dict[date, Document]:
        return public_holidays(self._today.year)

    def _closed(self) -> Iterator[Table]:
        usual = self._holidays() if self._keeps_holidays() else {}
        for row in self._document["closures"]:
            day = date.fromisoformat(row["day"])
            names = {"name_vi": row["name_vi"], "name_en": row["name_en"]}
            if day >= self._today and usual.get(day) != names:
                yield {"day": day, "name": _both(row)}

    def _open(self) -> Iterator[Table]:
        special: dict[str, list[str]] = {}
        for row in self._document["special_openings"]:
            special.setdefault(row["day"], []).append(_span(row["opens"], row["closes"]))
        closed = {row["day"] for row in self._document["closures"]}
        if self._keeps_holidays():
            for day in self._holidays():
                if day >= self._today and day.isoformat() not in closed:
                    special.setdefault(day.isoformat(), [])
        for day, spans in sorted(special.items()):
            yield {"day": date.fromisoformat(day)} | ({"hours": spans} if spans else {})

    # What is planned

    def _rows(self, scope: str) -> list[tuple[int, str, str, int]]:
        return [
            (row["weekday"], row["starts"], row["ends"], row["amount"])
            for row in self._document["plans"]
            if row["scope"] == scope
        ]

    def _planned(self, scope: str) -> Table:
        return {"planned": self._plan(scope, "counters")}

    def _plan(self, scope: str, what: str) -> int | list[Table]:
        """One number where it is the same whenever the office is open, else line by line."""
        rows = self._rows(scope)
        amounts = {amount for *_, amount in rows}
        if len(amounts) == 1 and self._all_hours() == {row[:3] for row in rows}:
            return amounts.pop()
        by_span: dict[tuple[str, str, int], dict[int, list[str]]] = {}
        for weekday, starts, ends, amount in rows:
            by_span.setdefault((starts, ends, amount), {})[weekday] = [""]
        return [
            {"days": days, "from": starts[:5], "to": ends[:5], what: amount}
            for (starts, ends, amount), week in by_span.items()
            for days, _ in _by_days(week)
        ]

    def _day_plans(self) -> Iterator[Table]:
        days: dict[str, dict[str, list[Document]]] = {}
        for row in self._document.get("day_plans", ()):
            days.setdefault(row["day"], {}).setdefault(row["scope"], []).append(row)
        for day, scopes in sorted(days.items()):
            if day < self._today.isoformat():
                continue
            table: Table = {"day": date.fromisoformat(day)}
            for scope, rows in scopes.items():
                kind, _, name = scope.partition(":")
                kind = "area" if kind == "staff" else kind
                what = "people" if kind == "area" else "counters"
                table.setdefault(kind, {})[name] = self._day_plan(day, rows, what)
            yield table

    def _day_plan(self, day: str, rows: list[Document], what: str) -> int | list[Table]:
        """One number where it is the same in all hours of that day, else line by line."""
        amounts = {row["amount"] for row in rows}
        hours = {(row["starts"], row["ends"]) for row in rows}
        if len(amounts) == 1 and hours == self._hours_on(day):
            return amounts.pop()
        return [
            {"from": row["starts"][:5], "to": row["ends"][:5], what: row["amount"]} for row in rows
        ]

    def _hours_on(self, day: str) -> set[tuple[str, str]]:
        special = [row for row in self._document["special_openings"] if row["day"] == day]
        weekday = date.fromisoformat(day).isoweekday()
        week = [row for row in self._document["openings"] if row["weekday"] == weekday]
        hours = {(row["opens"], row["closes"]) for row in special or week}
        return hours or {("00:00:00", "24:00:00")}

    def _all_hours(self) -> set[tuple[int, str, str]]:
        """When a number alone holds, as the reader has it; days with own hours add theirs."""
        week: dict[int, Spans] = {}
        for row in self._document["openings"]:
            week.setdefault(row["weekday"], []).append(_minutes(row))
        for row in self._document["special_openings"]:
            weekday = date.fromisoformat(row["day"]).isoweekday()
            week.setdefault(weekday, []).append(_minutes(row))
        return {
            (day, clock(start), clock(end))
            for day, spans in week.items()
            for start, end in union(spans)
        }


def _by_days(week: Mapping[int, list[str]]) -> Iterator[tuple[str, list[str]]]:
    """`mon-fri` for days that follow one another with the same hours."""
    day = 1
    while day <= 7:
        last = day
        while last < 7 and week.get(last + 1) == week.get(day):
            last += 1
        if day in week:
            first, end = WEEKDAYS[day - 1], WEEKDAYS[last - 1]
            yield first if day == last else f"{first}-{end}", week[day]
        day = last + 1


def _both(row: Mapping[str, Any], prefix: str = "name") -> Table | None:
    vi, en = row[f"{prefix}_vi"], row[f"{prefix}_en"]
    return {"vi": vi, "en": en} if vi or en else None


def _valid(row: Mapping[str, Any]) -> Table:
    days = {name: row[name] for name in ("valid_from", "valid_to")}
    return {name: date.fromisoformat(day) for name, day in days.items() if "infinity" not in day}


def _minutes(row: Mapping[str, Any]) -> tuple[int, int]:
    opens, closes = (int(row[name][:2]) * 60 + int(row[name][3:5]) for name in ("opens", "closes"))
    return opens, closes


def _span(start: str, end: str) -> str:
    return f"{start[:5]}-{end[:5]}"


def _said(**fields: Any) -> Table:
    """What has something to say."""
    return {name: value for name, value in fields.items() if value not in ("", None, [], False)}


def _pairs(table: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Lines `key = value`; both languages of a text in a line each."""
    for name, value in table.items():
        key = f"{path}{name}"
        if isinstance(value, dict):
            yield from _pairs(cast("Table", value), f"{key}.")
        elif _holds_tables(value):
            yield f"{key} = ["
            for row in cast("list[Table]", value):
                yield f"  {{ {', '.join(_pairs(row))} }},"
            yield "]"
        else:
            yield f"{key} = {_value(value)}"


def _holds_tables(value: object) -> bool:
    several = cast("list[object]", value) if isinstance(value, list) else []
    return any(isinstance(row, dict) for row in several)


def _value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    # What JSON writes of texts, numbers, lists and truth, TOML reads as the same.
    return json.dumps(value, ensure_ascii=False)
