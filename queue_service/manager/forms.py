"""Pages: every key of the office file as a form. What each asks, asked.py says.

A table that stands once is one form; of a table that stands many times each row has its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from queue_service import names, web
from queue_service.db import Refused
from queue_service.i18n import N_
from queue_service.manager import above, catalogue, editing, frame
from queue_service.manager.asked import MANY, ONCE, Many, Members, Once, name_of, shared_by
from queue_service.manager.fields import (
    ALL,
    MOST_LINES,
    Input,
    Rows,
    Say,
    Sent,
    Tables,
    Wrong,
    inputs,
    keys,
)
from queue_service.web import AppRequest, Caller, Form

Row = dict[str, Any]
ORDERED = ("area", "queue", "counter", "service", "printer")  # people see them in their order
MOVES = {"top": -1_000_000, "up": -1, "down": 1}

# --- Showing and reading a form ---------------------------------------------------------------


def shown(
    request: AppRequest, tables: Tables, fields: Sequence[Input], row: Mapping[str, Any]
) -> dict[str, Any]:
    """What a template needs to draw the inputs."""
    language, say = web.lang(request), web.gettext(request)
    chosen = {one.name: one.field.choices for one in fields if one.field.choices}
    choices = {name: list(of(tables, language, say)) for name, of in chosen.items()}
    values: dict[str, str] = {}
    for one in fields:
        value = row.get(one.name, None if one.default == ALL else one.default)
        if value is None and one.default == ALL:
            value = [kind for kind, _words in choices[one.name]]
        values |= one.show(value)
    words = {one.name: (say(one.field.label), say(one.field.hint or " ").strip()) for one in fields}
    return {"fields": fields, "words": words, "choices": choices, "values": values}


def read(form: Sent, fields: Sequence[Input], row: Row, say: Say) -> dict[str, str]:
    """The row as it was sent; what is wrong with it, by field."""
    errors: dict[str, str] = {}
    for one in fields:
        known = one.name in row or not one.required
        if one.kind in {"number", "text", "choice"} and known and one.name not in form:
            continue  # a page from before this was asked
        try:
            value = one.read(form, say)
        except Wrong as wrong:
            errors[wrong.field] = wrong.said
            continue
        row.pop(one.name, None)
        if value is not None:
            row[one.name] = value
    return errors


def place(where: editing.Where, fields: Sequence[Input]) -> str:
    """The input of a place in the row: `("name", "vi")` is `name_vi`."""
    if not where:
        return ""
    one = next((one for one in fields if one.name == where[0]), None)
    if one is None:
        return ""
    rest = where[1:]
    if isinstance(one, Rows):
        steps = [str(step) for step in rest[:2]] if len(rest) > 1 else [str(n) for n in rest]
        column = one.columns[0] if len(steps) < 2 or steps[1] not in one.columns else steps[1]
        return f"{one.name}-{steps[0]}-{column}" if steps else one.name
    if rest and one.kind in {"both", "pairs", "place"}:
        return f"{one.name}_{rest[0]}"
    return f"{one.name}_vi" if one.kind in {"both", "pairs"} else one.name


def again(context: dict[str, Any], form: Sent) -> dict[str, Any]:
    """What was sent, in the inputs it was sent in."""
    lines = {name: text for name, text in context["values"].items() if name.endswith("-lines")}
    for name in lines:
        sent = form.get(name, "")
        if sent.isascii() and sent.isdecimal() and len(sent) < 3:
            lines[name] = str(min(int(sent), MOST_LINES))
    return {**context, "values": {**form, **lines}}


# --- Tables that stand once -------------------------------------------------------------------


def once(of: Once) -> list[Route]:
    fields = inputs(of.struct, of.fields)

    async def context(
        request: AppRequest, office: Mapping[str, Any], now: editing.Standing
    ) -> dict[str, Any]:
        row = now.tables.get(of.table, {})
        higher = await above.words(request, office)
        inherited = {one.name: higher.of(of.table, one.name) for one in fields}
        own = {name: value for name, value in row.items() if value != inherited.get(name)}
        said = {"title": of.title, "lead": of.lead, "version": now.version}
        found = shown(request, now.tables, fields, own)
        hint = web.gettext(request)(N_("Left empty: the words of %(authority)s."))
        for name in (name for name, words in inherited.items() if words):
            found["words"][name] = found["words"][name][0], hint % {"authority": higher.name}
        return said | found | {"inherited": inherited, "authority": higher.name}

    async def show(request: AppRequest) -> Response:
        _, office = await frame.enter(request)
        now = await editing.standing(request, office)
        return frame.page(request, office, "form.html", await context(request, office, now))

    async def send(request: AppRequest) -> Response:
        who, office = await frame.enter(request)
        form = await web.read_form(request, editing.MOST_FIELDS)
        say = web.gettext(request)

        def change(tables: Tables) -> dict[str, str]:
            row: Row = tables.setdefault(of.table, {})
            errors = read(form, fields, row, say)
            if not row and not of.needed:
                del tables[of.table]
            return errors

        def placed(where: editing.Where) -> str:
            return place(where[1:], fields) if where[:1] == (of.table,) else ""

        answer = await editing.send(request, who, office, form, change, [of.table], placed)
        if isinstance(answer, Response):
            return answer
        now = await editing.standing(request, office)
        said = again(await context(request, office, now), form)
        more = {"errors": answer.errors, "since": answer.since}
        return frame.page(request, office, "form.html", said | more, 422)

    path = f"/manage/{{office}}/{of.name}"
    return [
        Route(path, show, methods=["GET"], name=f"manage_{of.name}"),
        Route(path, send, methods=["POST"]),
    ]


# --- Tables of which there are many -----------------------------------------------------------


def many(of: Many) -> list[Route]:
    kept = [field for field in of.fields if field.key != "id"]
    fields = inputs(of.struct, kept)
    named = "name" in keys(of.struct)  # then a short name can be made of it
    new = [
        replace(one, required=False) if one.name == "id" and named else one
        for one in inputs(of.struct, of.fields)
    ]

    def context(
        request: AppRequest,
        now: editing.Standing,
        one: str,
        row: Mapping[str, Any] | None,
        begun: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """`begun`: what a new row is filled in with."""
        language, say = web.lang(request), web.gettext(request)
        asked = new if row is None else fields
        found = shown(request, now.tables, asked, row or begun or {})
        if of.members is not None:
            found["members"] = say(of.members.label)
            rows = now.tables.get(of.members.table, ())
            found["choices"]["members"] = [(row["id"], name_of(row, language)) for row in rows]
            found["values"] |= {
                f"members-{row['id']}": "1"
                for row in rows
                if one and one in _named(of.members, row)
            }
        name = say(of.add) if row is None else name_of(row, language)
        said = {"title": of.title, "name": name, "one": one, "version": now.version}
        return said | found

    async def listed(
        request: AppRequest,
        office: Mapping[str, Any],
        now: editing.Standing,
        form: Sent | None = None,
        trouble: editing.Trouble | None = None,
    ) -> Response:
        """The rows in their order; `form`: in the order they are being put in, not kept yet."""
        language = web.lang(request)
        rows = _put(_rows(now.tables, of.table), form or {})
        words: dict[str, Any] = {
            "title": of.title,
            "lead": of.lead,
            "add": of.add,
            "rows": [
                (name, name_of(row, language), _about(now.tables, of.table, row, language))
                for name, row in rows
            ],
            "ordered": of.table in ORDERED and len(rows) > 1,
            "moved": form,
            "version": now.version if form is None else form.get("version", ""),
            "errors": trouble.errors if trouble else {},
            "since": trouble.since if trouble else (),
            "catalogue": of.name == "services" and await catalogue.above(request, office),
        }
        return frame.page(request, office, "rows.html", words, 422 if trouble else 200)

    async def order(
        request: AppRequest, who: Caller, office: Mapping[str, Any], form: Form
    ) -> Response:
        """A row one place up or down, to be looked at; or all of them as they were put."""
        if "save" not in form:
            return await listed(request, office, await editing.standing(request, office), form)

        def change(tables: Tables) -> dict[str, str]:
            tables[of.table] = [row for _, row in _put(_rows(tables, of.table), form)]
            return {}

        answer = await editing.send(
            request, who, office, form, change, [of.table], lambda _where: ""
        )
        if isinstance(answer, Response):
            return answer
        now = await editing.standing(request, office)
        again = Form(form) | {"version": str(now.version)}
        return await listed(request, office, now, again, answer)

    async def show(request: AppRequest) -> Response:
        _, office = await frame.enter(request)
        now = await editing.standing(request, office)
        one = request.query_params.get("id")
        if one is None:
            return await listed(request, office, now)
        row = _find(now.tables, of.table, one)
        if row is None and one:
            raise Refused("no_such_page", 404, {})
        begun = None
        if row is None and of.name == "services" and (code := request.query_params.get("code")):
            begun = await catalogue.start(request, office, code)
        said = {**context(request, now, one, row, begun), "follows": begun is not None}
        return frame.page(request, office, "row.html", said)

    async def send(request: AppRequest) -> Response:
        who, office = await frame.enter(request)
        form = await web.read_form(request, editing.MOST_FIELDS)
        if "order" in form and of.table in ORDERED:
            return await order(request, who, office, form)
        one, say, language = form.get("one", ""), web.gettext(request), web.lang(request)
        at: list[int] = []  # where the row stands

        def change(tables: Tables) -> dict[str, str]:
            rows: list[Row] = tables.setdefault(of.table, [])
            row = _find(tables, of.table, one)
            if row is None and one:
                return {"": say(N_("Somebody has removed this since."))}
            if form.get("act") == "drop" and row is not None:
                return _dropped(of, tables, row, language, say)
            asked, row = (new, {}) if row is None else (fields, row)
            errors = read(form, asked, row, say)
            if not one:
                if "id" in keys(of.struct):
                    row.setdefault("id", _free(row, rows))
                rows.append(row)
            if of.members is not None and not errors:
                _join(of.members, tables, row["id"], form)
            at.append(rows.index(row))
            return errors

        def placed(where: editing.Where) -> str:
            return place(where[2:], new) if at and where[:2] == (of.table, at[0]) else ""

        touched = [of.table, *([of.members.table] if of.members else [])]
        answer = await editing.send(request, who, office, form, change, touched, placed)
        if isinstance(answer, Response):
            return answer
        now = await editing.standing(request, office)
        row = _find(now.tables, of.table, one)
        said = again(context(request, now, one, row), form)
        more = {"errors": answer.errors, "since": answer.since}
        return frame.page(request, office, "row.html", said | more, 422)

    path = f"/manage/{{office}}/{of.name}"
    return [
        Route(path, show, methods=["GET"], name=f"manage_{of.name}"),
        Route(path, send, methods=["POST"]),
    ]


def _rows(tables: Tables, table: str) -> list[tuple[str, Row]]:
    """Every row by its id, or where it has none by its place: what moved meanwhile is asked."""
    return [(row.get("id", str(n)), row) for n, row in enumerate(tables.get(table, ()))]


def _put(rows: list[tuple[str, Row]], form: Sent) -> list[tuple[str, Row]]:
    """In the order that was sent, with one of them moved; rows it does not know come last."""
    place = {name: n for n, name in enumerate(form.get("order", "").split())}
    rows = sorted(rows, key=lambda row: place.get(row[0], len(place)))
    names = [name for name, _ in rows]
    for way, step in MOVES.items():
        if (one := form.get(way, "")) in names:
            at = names.index(one)
            rows.insert(max(at + step, 0), rows.pop(at))
    return rows


def _find(tables: Tables, table: str, one: str) -> Row | None:
    return dict(_rows(tables, table)).get(one)


def _about(tables: Tables, table: str, row: Row, language: str) -> str:
    """What tells it from the others, in a line under its name."""
    if table == "queue":
        return str(row["letter"])
    if table == "printer":
        return str(row["address"])
    if table in {"service", "counter"}:
        called: dict[str, str] = {one["id"]: name_of(one, language) for one in tables["queue"]}
        several: list[str] = row["queues"] if table == "counter" else [row["queue"]]
        return ", ".join(called.get(one, one) for one in several)
    if table == "target":
        days = [f"{row[side]:%d/%m/%Y}" for side in ("valid_from", "valid_to") if side in row]
        return " – ".join(days)
    if table == "pool":
        return shared_by(tables, row, language)
    return "" if "name" in row else str(row["id"])


def _free(row: Row, rows: Sequence[Row]) -> str:
    """A short name for addresses that nobody has, from what it is called."""
    said = names.fold(row.get("name", {}).get("vi", "")) or "x"
    base = re.sub("[^a-z0-9]+", "-", said).strip("-")[:50].strip("-") or "x"
    taken = {one["id"] for one in rows}
    return next(
        one for n in range(1, 10_000) if (one := base if n == 1 else f"{base}-{n}") not in taken
    )


def _named(members: Members, row: Row) -> Sequence[str]:
    return row[members.key] if members.several else [row.get(members.key, "")]


def _join(members: Members, tables: Tables, one: str, form: Sent) -> None:
    for row in tables.get(members.table, ()):
        ticked, stands = f"members-{row['id']}" in form, one in _named(members, row)
        if ticked == stands:
            continue
        if members.several:
            row[members.key] = [x for x in row[members.key] if x != one] + ([one] if ticked else [])
        elif ticked:
            row[members.key] = one
        else:
            del row[members.key]


def _dropped(of: Many, tables: Tables, row: Row, language: str, say: Say) -> dict[str, str]:
    """Takes the row out; says who still needs it instead."""
    one = row.get("id", "")
    if any(cap["scope"] == f"{of.table}:{one}" for cap in tables.get("cap", ())):
        return {"": say(N_("There is a cap on it: please remove that first."))}
    if of.table == "pool":
        for queue in tables["queue"]:
            if queue.get("pool") == one:
                queue.setdefault("planned", row["planned"])
                del queue["pool"]
    named = [
        name_of(other, language)
        for table in ("queue", "counter", "service")
        for other in tables[table]
        if other.get(of.table) == one or (of.table == "queue" and other.get("queues") == [one])
    ]
    if named:
        words = say(N_("It is still used by: %(names)s. Please change that first."))
        return {"": words % {"names": ", ".join(named)}}
    if of.table == "queue":
        for counter in tables["counter"]:
            counter["queues"] = [queue for queue in counter["queues"] if queue != one]
    tables[of.table].remove(row)
    if not tables[of.table] and of.table in {"area", "queue", "counter", "service"}:
        return {"": say(N_("The last one cannot be removed."))}
    return {}


ROUTES = [
    *(route for of in ONCE for route in once(of)),
    *(route for of in MANY for route in many(of)),
]
