"""Pages: what changes often, as forms. Each changes the office's file and shows what that does."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, cast

from starlette.responses import Response
from starlette.routing import Route

from queue_service import web
from queue_service.manager import editing, frame
from queue_service.manager.asked import shared_by
from queue_service.manager.fields import Say, Tables, Wrong
from queue_service.manager.fields import day as day_of
from queue_service.offices.hours import WEEKDAYS
from queue_service.web import AppRequest, Form

Change = Callable[[Tables, Form, Say], None]
Placed = Callable[[editing.Where, Tables, Form], str]


def pages(
    name: str, change: Change, shown: Sequence[str] | None = None, placed: Placed | None = None
) -> list[Route]:
    """The page of a form and what becomes of it when it is sent. `shown`: the tables on it, all
    where it does not say; `placed`: the field of a mistake."""

    async def show(request: AppRequest) -> Response:
        _, office = await frame.enter(request)
        now = await editing.standing(request, office)
        return frame.page(request, office, f"{name}.html", _context(request, now))

    async def send(request: AppRequest) -> Response:
        who, office = await frame.enter(request)
        form = await web.read_form(request, editing.MOST_FIELDS)
        changed: Tables = {}

        def to(tables: Tables) -> dict[str, str]:
            try:
                change(tables, form, web.gettext(request))
            except Wrong as wrong:
                return {wrong.field: wrong.said}
            changed.update(tables)
            return {}

        def where(place: editing.Where) -> str:
            return placed(place, changed, form) if placed else ""

        answer = await editing.send(request, who, office, form, to, shown, where)
        if isinstance(answer, Response):
            return answer
        context = _context(request, await editing.standing(request, office), form)
        more = {"errors": answer.errors, "since": answer.since}
        return frame.page(request, office, f"{name}.html", context | more, 422)

    path = f"/manage/{{office}}/{name}"
    return [
        Route(path, show, methods=["GET"], name=name),
        Route(path, send, methods=["POST"]),
    ]


class _Said(dict[str, Any]):
    """What a template may ask for whether it is there or not."""

    def __missing__(self, name: str) -> None:
        return None


def _said(value: object) -> Any:
    if isinstance(value, dict):
        return _Said({name: _said(inner) for name, inner in cast("Tables", value).items()})
    if isinstance(value, list):
        return [_said(inner) for inner in cast("list[object]", value)]
    return value


def _context(
    request: AppRequest, now: editing.Standing, form: Form | None = None
) -> dict[str, Any]:
    language, _, tables = web.lang(request), web.gettext(request), now.tables
    sent: dict[str, str] = form or {}
    areas = [(row["id"], row["name"][language]) for row in tables["area"]]
    return {
        "file": _said(tables),
        "shared_by": shared_by,
        "sent": _Said(sent),
        "weekdays": WEEKDAYS,
        "hours": _hours(tables),
        "areas": areas,
        "scopes": _scopes(tables, areas, language, _),
        "version": now.version,
    }


def _scopes(
    tables: Tables, areas: Sequence[tuple[str, str]], language: str, _: Say
) -> dict[str, str]:
    """What a cap may be on, in words."""
    said = {f"area:{name}": _("People present: %(what)s") % {"what": word} for name, word in areas}
    said["counter:*"] = _("People at each counter")
    for row in tables["counter"]:
        what = {"what": row["name"][language]}
        said[f"counter:{row['id']}"] = _("People at the counter: %(what)s") % what
    said["queue:*"] = _("Visits an hour at each counter")
    for row in tables["queue"]:
        what = {"what": row["name"][language]}
        said[f"queue:{row['id']}"] = _("Visits an hour at each counter: %(what)s") % what
    said["branch"] = _("Visits an hour in the whole office")
    return said


def _hours(tables: Tables) -> dict[str, str]:
    """What each day of the week says, day by day."""
    week: dict[str, str] = dict.fromkeys(WEEKDAYS, "")
    for days, spans in tables["hours"].items():
        first, _, last = days.partition("-")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        week |= dict.fromkeys(WEEKDAYS[start : end + 1], ", ".join(spans))
    return week


def number_of(form: Form, field: str, _: Say) -> int:
    text = form.get(field, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Wrong(field, _("Please give a number."))
    return int(text)


# --- Closed days ------------------------------------------------------------------------------


def closures(tables: Tables, form: Form, _: Say) -> None:
    for kind, key in (("closed", "day"), ("open", "day")):
        kept = [row for row in tables.get(kind, []) if f"drop-{kind}-{row[key]}" not in form]
        tables[kind] = kept
    kept = [
        row
        for row in tables.get("urgent_only", [])
        if f"drop-urgent-{row['valid_from']}" not in form
    ]
    tables["urgent_only"] = kept
    _only_urgent(tables, form, _)
    _open_too(tables, form, _)
    day = day_of(form, "day", _)
    if day is None:
        return
    until = day_of(form, "until", _) or day
    start, end = form.get("from", "").strip(), form.get("to", "").strip()
    name = {"vi": form.get("name_vi", "").strip(), "en": form.get("name_en", "").strip()}
    name["en"] = name["en"] or name["vi"]
    if form.get("area"):
        _close_area(tables, form["area"], day, until)
    elif start or end:
        _close_hours(tables, day, start, end, _)
    elif not name["vi"]:
        raise Wrong("name_vi", _("Please say why: people who want to book then read it."))
    else:
        row = {"day": day, "name": name} | ({"until": until} if until != day else {})
        tables["closed"].append(row)


def _only_urgent(tables: Tables, form: Form, _: Say) -> None:
    first, last = (day_of(form, field, _) for field in ("urgent_from", "urgent_to"))
    if first is None and last is None:
        return
    if first is None or last is None:
        field = "urgent_from" if first is None else "urgent_to"
        raise Wrong(field, _("Please give both days."))
    tables["urgent_only"].append({"valid_from": first, "valid_to": last})


def _open_too(tables: Tables, form: Form, _: Say) -> None:
    day = day_of(form, "open_day", _)
    hours = [part.strip() for part in form.get("open_hours", "").split(",") if part.strip()]
    if day is None and hours:
        raise Wrong("open_day", _("Please give the day."))
    if day is not None:
        tables["open"].append({"day": day, "hours": hours})


def _close_area(tables: Tables, area: str, day: date, until: date) -> None:
    tables.setdefault("cap", []).append(
        {
            "id": f"closed-{area}-{day:%Y-%m-%d}",
            "kind": "present",
            "scope": f"area:{area}",
            "maximum": 0,
            "valid_from": day,
            "valid_to": until,
        }
    )


def _close_hours(tables: Tables, day: date, start: str, end: str, _: Say) -> None:
    """What is left of the day's hours becomes the hours of that day alone."""
    special = next((row for row in tables["open"] if row["day"] == day), None)
    text = _hours(tables)[WEEKDAYS[day.weekday()]]
    spans = text.split(", ") if text else []
    if special is not None:
        spans = cast("list[str]", special.get("hours", []))
    left: list[str] = []
    for span in spans:
        opens, closes = span.split("-")
        if start > opens:
            left.append(f"{opens}-{min(start, closes)}")
        if end and end < closes:
            left.append(f"{max(end, opens)}-{closes}")
    if not start or not end or start >= end:
        raise Wrong("from", _("Please give both, as 08:00 and 11:30."))
    if not left or left == spans:
        raise Wrong("from", _("The office is closed then anyway, or would not be open at all."))
    tables["open"] = [row for row in tables["open"] if row["day"] != day]
    tables["open"].append({"day": day, "hours": left})


def _at_closure(where: editing.Where, tables: Tables, _form: Form) -> str:
    """Only what was just added can be wrong: what stood was right."""
    last = where[1:2] == (len(tables.get(str(where[0]), ())) - 1,) if where else False
    fields = {"closed": "day", "open": "open_day", "urgent_only": "urgent_from", "cap": "day"}
    if not last:
        return ""
    if where[0] == "open":
        return "open_hours" if "hours" in where else "open_day"
    named = {"until": "until", "name": "name_vi", "valid_to": "urgent_to"}
    return next((named[str(x)] for x in where if x in named), fields[str(where[0])])


# --- Caps -------------------------------------------------------------------------------------


# Whom a cap binds, and which hour it counts; the first of each is usual.
MANNERS = {"binds": ("everyone", "walk-ins"), "hour_rule": ("clock", "any-60-minutes")}


def caps(tables: Tables, form: Form, _: Say) -> None:
    kept: list[Tables] = []
    for row in tables.get("cap", []):
        name = row["id"]
        if f"drop-{name}" in form:
            continue
        row["maximum"] = number_of(form, f"maximum-{name}", _)
        for side in ("valid_from", "valid_to"):
            day = day_of(form, f"{side}-{name}", _)
            row.pop(side, None)
            if day is not None:
                row[side] = day
        for field, said in MANNERS.items():
            if form.get(f"{field}-{name}") in said:
                row[field] = form[f"{field}-{name}"]
        kept.append(row)
    if scope := form.get("scope", ""):
        kind = "hour" if scope == "branch" or scope.startswith("queue:") else "present"
        ids = {row["id"] for row in kept}
        base = scope.replace(":", "-").replace("*", "all")
        free = next(n for n in range(1, 1000) if f"{base}-{n}" not in ids)
        row: Tables = {"id": f"{base}-{free}", "kind": kind, "scope": scope}
        row["maximum"] = number_of(form, "maximum", _)
        days = {side: day_of(form, side, _) for side in ("valid_from", "valid_to")}
        manner = {field: form[field] for field, said in MANNERS.items() if form.get(field) in said}
        kept.append(row | manner | {side: day for side, day in days.items() if day is not None})
    tables["cap"] = kept


def _at_cap(where: editing.Where, tables: Tables, form: Form) -> str:
    if where[:1] != ("cap",) or len(where) < 3:
        return ""
    row, field = tables["cap"][int(where[1])], str(where[2])
    added = bool(form.get("scope")) and row is tables["cap"][-1]
    return field if added else f"{field}-{row['id']}"


# --- Hours, counters, staff -------------------------------------------------------------------


def opening(tables: Tables, form: Form, _: Say) -> None:
    spans = {
        day: [part.strip() for part in form.get(day, "").split(",") if part.strip()]
        for day in WEEKDAYS
    }
    tables["hours"] = {day: said for day, said in spans.items() if said}
    for kind, field in (("pool", "planned"), ("queue", "planned"), ("area", "staff")):
        for row in tables.get(kind, []):
            where = f"{field}-{kind}-{row['id']}"
            if isinstance(row.get(field, 0), int) and where in form:
                row[field] = number_of(form, where, _)
            for n, part in enumerate(row[field] if isinstance(row.get(field), list) else ()):
                what = "people" if field == "staff" else "counters"
                part[what] = number_of(form, f"{where}-{n}", _)


def _at_opening(where: editing.Where, tables: Tables, _form: Form) -> str:
    if where[:1] == ("hours",):
        return str(where[1]) if len(where) > 1 else "mon"
    if len(where) < 3 or where[2] not in {"planned", "staff"}:
        return ""
    kind, field = str(where[0]), str(where[2])
    name = f"{field}-{kind}-{tables[kind][int(where[1])]['id']}"
    return f"{name}-{where[3]}" if len(where) > 3 else name


ROUTES = [
    *pages("closures", closures, ("closed", "open", "urgent_only", "cap"), _at_closure),
    *pages("caps", caps, ("cap",), _at_cap),
    *pages("opening", opening, ("hours", "pool", "queue", "area"), _at_opening),
]
