"""Pages: what changes often, as forms. Each changes the office's file and shows what that does."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from queue_service import offices, reads, web
from queue_service.manager import changes, file, frame
from queue_service.offices.reader import WEEKDAYS
from queue_service.web import AppRequest, Form

MOST_FIELDS = 1000
Tables = dict[str, Any]


class Wrong(Exception):
    """A field that cannot be understood, and what is wrong with it."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(said)
        self.field, self.said = field, said


Change = Callable[[Tables, Form, Callable[[str], str]], None]


def pages(name: str, change: Change) -> list[Route]:
    """The page of a form and what becomes of it when it is sent."""

    async def show(request: AppRequest) -> Response:
        _, office = await frame.enter(request)
        tables = await _tables(request, office)
        return frame.page(request, office, f"{name}.html", _context(request, tables))

    async def send(request: AppRequest) -> Response:
        who, office = await frame.enter(request)
        form = await web.read_form(request, MOST_FIELDS)
        tables = await _tables(request, office)
        before = await reads.standing_file(request.state.pool, office["office_id"])
        assert before is not None
        try:
            change(tables, form, web.gettext(request))
            day = file.today(request, office)
            document = file.read(offices.dump(tables), office, before, day)
        except Wrong as wrong:
            errors = {wrong.field: wrong.said}
        except offices.FileError as error:
            said = [getattr(one, web.lang(request)) for one in error.problems]
            errors = {"": " ".join(said)}
        else:
            return await changes.propose(request, who, office, document, form.get("note", ""))
        context = {**_context(request, await _tables(request, office), form), "errors": errors}
        return frame.page(request, office, f"{name}.html", context, 422)

    path = f"/manage/{{office}}/{name}"
    return [
        Route(path, show, methods=["GET"], name=name),
        Route(path, send, methods=["POST"]),
    ]


async def _tables(request: AppRequest, office: Mapping[str, Any]) -> Tables:
    """The office's file as its tables stand in it."""
    document = await reads.standing_file(request.state.pool, office["office_id"])
    assert document is not None
    text = offices.write(office["office_id"], document, file.today(request, office))
    return tomllib.loads(text)


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


def _context(request: Request[Any], tables: Tables, form: Form | None = None) -> dict[str, Any]:
    language, _ = web.lang(request), web.gettext(request)
    sent: dict[str, str] = form or {}
    chosen = request.query_params.get("service", sent.get("service", ""))
    areas = [(row["id"], row["name"][language]) for row in tables["area"]]
    return {
        "file": _said(tables),
        "sent": _Said(sent),
        "weekdays": WEEKDAYS,
        "hours": _hours(tables),
        "chosen": chosen,
        "online": _online(tables, chosen),
        "areas": areas,
        "scopes": _scopes(tables, areas, language, _),
        "modes": {
            "offered": _("also possible"),
            "steered": _("recommended"),
            "only": _("only that way"),
        },
    }


def _online(tables: Tables, service: str) -> _Said:
    """How the service that was chosen is to be had on the web, as far as the file says."""
    ways: list[Tables] = []
    for row in tables["service"]:
        if row["id"] == service:
            ways = row.get("channels", [])
    none: Tables = {}
    return _Said(next((way for way in ways if way["channel"] == "online"), none))


def _scopes(
    tables: Tables, areas: Sequence[tuple[str, str]], language: str, _: Callable[[str], str]
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


def day_of(form: Form, field: str, _: Callable[[str], str]) -> date | None:
    text = form.get(field, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Wrong(field, _("This is no day: write it as 2026-12-31.")) from None


def number_of(form: Form, field: str, _: Callable[[str], str]) -> int:
    text = form.get(field, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Wrong(field, _("Please give a number."))
    return int(text)


# --- Closed days ------------------------------------------------------------------------------


def closures(tables: Tables, form: Form, _: Callable[[str], str]) -> None:
    for kind, key in (("closed", "day"), ("open", "day")):
        kept = [row for row in tables.get(kind, []) if f"drop-{kind}-{row[key]}" not in form]
        tables[kind] = kept
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


def _close_hours(tables: Tables, day: date, start: str, end: str, _: Callable[[str], str]) -> None:
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


# --- Caps -------------------------------------------------------------------------------------


def caps(tables: Tables, form: Form, _: Callable[[str], str]) -> None:
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
        kept.append(row)
    if scope := form.get("scope", ""):
        kind = "hour" if scope == "branch" or scope.startswith("queue:") else "present"
        ids = {row["id"] for row in kept}
        base = scope.replace(":", "-").replace("*", "all")
        free = next(n for n in range(1, 1000) if f"{base}-{n}" not in ids)
        row: Tables = {"id": f"{base}-{free}", "kind": kind, "scope": scope}
        row["maximum"] = number_of(form, "maximum", _)
        days = {side: day_of(form, side, _) for side in ("valid_from", "valid_to")}
        kept.append(row | {side: day for side, day in days.items() if day is not None})
    tables["cap"] = kept


# --- Hours, counters, staff -------------------------------------------------------------------


def opening(tables: Tables, form: Form, _: Callable[[str], str]) -> None:
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


# --- Services and the board -------------------------------------------------------------------


def services(tables: Tables, form: Form, _: Callable[[str], str]) -> None:
    row = next((one for one in tables["service"] if one["id"] == form.get("service")), None)
    if row is None:
        raise Wrong("", _("There is no such service."))
    row["minutes"] = number_of(form, "minutes", _)
    row["urgent"] = "urgent" in form
    others = [way for way in row.get("channels", []) if way["channel"] != form.get("channel")]
    if mode := form.get("mode", ""):
        way: Tables = {"channel": form.get("channel", ""), "mode": mode}
        if url := form.get("url", "").strip():
            way["url"] = url
        days = {side: day_of(form, side, _) for side in ("valid_from", "valid_to")}
        others.append(way | {side: day for side, day in days.items() if day is not None})
    row["channels"] = others


def board(tables: Tables, form: Form, _: Callable[[str], str]) -> None:
    said = {one: form.get(f"message_{one}", "").strip() for one in ("vi", "en")}
    table: Tables = tables.setdefault("board", {})
    table.pop("message", None)
    if any(said.values()):
        if not all(said.values()):
            missing = next(one for one, text in said.items() if not text)
            raise Wrong(f"message_{missing}", _("Please write it in both languages."))
        table["message"] = said
    table["volume"] = number_of(form, "volume", _)


ROUTES = [
    *pages("closures", closures),
    *pages("caps", caps),
    *pages("opening", opening),
    *pages("services", services),
    *pages("board", board),
]
