"""Page: the rules of the rota, as a form: shifts, groups, how many are where."""

from collections.abc import Callable
from typing import Any

from queue_service.i18n import N_
from queue_service.manager import frame, rules
from queue_service.manager.rules import Tables, Wrong, day_of, number_of
from queue_service.web import Form

frame.PAGES.append(
    ("rota-rules", N_("Rules of the rota"), N_("Shifts, groups, how many have to be there"))
)
BOUNDS = ("minimum", "maximum")


def change(tables: Tables, form: Form, _: Callable[[str], str]) -> None:
    tables["shift"] = [*_shifts(tables, form, _)]
    tables["group"] = [*_groups(tables, form, _)]
    tables["attendance"] = [*_attendance(tables, form, _)]
    rota: Tables = {"leader": "leader" in form, "public": form.get("public", "no")}
    queues = [row["id"] for row in tables["queue"]]
    covered = [name for name in queues if f"covered-{name}" in form]
    if covered != queues:
        rota["covered"] = covered
    tables["rota"] = rota


def _shifts(tables: Tables, form: Form, _: Callable[[str], str]) -> list[Tables]:
    rows: list[Tables] = []
    for row in tables.get("shift", []):
        key = f"shift-{row['id']}"
        if f"drop-{key}" not in form:
            hours = {side: _clock(form, f"{side}-{key}", _) for side in ("from", "to")}
            rows.append({"id": row["id"], "name": _both(form, key, _), **hours})
    if any(form.get(f"{field}-shift", "").strip() for field in ("from", "to", "name_vi")):
        hours = {side: _clock(form, f"{side}-shift", _) for side in ("from", "to")}
        rows.append({"id": _free("shift", rows), "name": _both(form, "shift", _), **hours})
    return rows


def _groups(tables: Tables, form: Form, _: Callable[[str], str]) -> list[Tables]:
    rows: list[Tables] = []
    for row in tables.get("group", []):
        key = f"group-{row['id']}"
        if f"drop-{key}" not in form:
            rows.append({"id": row["id"], "name": _both(form, key, _)})
    if form.get("name_vi-group", "").strip():
        rows.append({"id": _free("group", rows), "name": _both(form, "group", _)})
    return rows


def _attendance(tables: Tables, form: Form, _: Callable[[str], str]) -> list[Tables]:
    rows: list[Tables] = []
    for row in tables.get("attendance", []):
        key = f"attendance-{row['id']}"
        if f"drop-{key}" not in form:
            rows.append({"id": row["id"], "place": row["place"], **_bounds(form, key, _)})
    if form.get("place-attendance"):
        row = {"id": _free("attendance", rows), "place": form["place-attendance"]}
        rows.append(row | _bounds(form, "attendance", _))
    return rows


def _bounds(form: Form, key: str, _: Callable[[str], str]) -> Tables:
    said: Tables = {
        side: number_of(form, f"{side}-{key}", _)
        for side in BOUNDS
        if form.get(f"{side}-{key}", "").strip()
    }
    if not said:
        raise Wrong(f"minimum-{key}", _("Please give the least, the most or both."))
    if form.get(f"unit-{key}") == "percent":
        said["unit"] = "percent"
    days = {side: day_of(form, f"{side}-{key}", _) for side in ("valid_from", "valid_to")}
    return said | {side: day for side, day in days.items() if day is not None}


def _both(form: Form, key: str, _: Callable[[str], str]) -> dict[str, str]:
    said = {one: form.get(f"name_{one}-{key}", "").strip() for one in ("vi", "en")}
    if not said["vi"]:
        raise Wrong(f"name_vi-{key}", _("Please give it a name."))
    return {"vi": said["vi"], "en": said["en"] or said["vi"]}


def _clock(form: Form, field: str, _: Callable[[str], str]) -> str:
    text = form.get(field, "").strip()
    if not text:
        raise Wrong(field, _("Please give both, as 08:00 and 11:30."))
    return text


def _free(base: str, rows: list[Tables]) -> str:
    taken: set[Any] = {row["id"] for row in rows}
    return next(f"{base}-{n}" for n in range(1, 1000) if f"{base}-{n}" not in taken)


ROUTES = rules.pages("rota-rules", change)
