"""Pages: to which offices, from when to when; then what that does at each, and what came of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, reads, web, wording
from queue_service.authority import frame
from queue_service.db import Refused
from queue_service.web import AppRequest, Form

MOST_DAYS = 30  # how far from the old time a new one is looked for, unless they say else
LONGEST = 366  # days in force
BUSY = ("waiting", "applying")


# --- To begin, extend or end ------------------------------------------------------------------


async def ask(request: AppRequest) -> Response:
    _who, authority = await frame.enter(request)
    wish = _wish(request, authority, request.query_params)
    return _ask(request, authority, wish, Form(), wish["offices"])


async def send(request: AppRequest) -> Response:
    who, authority = await frame.enter(request)
    form, chosen = await frame.read_form(request)
    wish = _wish(request, authority, form)
    if form.get("which") == "all":
        chosen = list(wish["candidates"])
    _, errors = web.gettext(request), dict[str, str]()
    measure = _dated(request, authority, wish, form, errors)
    if not chosen:
        errors["office"] = _("Please choose at least one office.")
    most = form.get("most_days", "").strip()
    if not (most.isascii() and most.isdecimal() and len(most) < 4 and int(most) <= 366):
        errors["most_days"] = _("Please give a number of days from 0 to 366.")
    if errors:
        return _ask(request, authority, wish, form, chosen, errors, 422)
    state = request.state
    directive_id = web.as_uuid(form.get("directive")) or uuid4()
    note = web.clean_line(form.get("note", ""), 200) or ""
    await commands.direct(
        state.pool,
        state.clock.at(),
        who.actor,
        authority["authority_id"],
        directive_id,
        wish["act"],
        measure,
        note,
        int(most),
        chosen,
    )
    return web.see_other(f"/authority/{authority['authority_id']}/directives/{directive_id}")


def _wish(
    request: AppRequest, authority: Mapping[str, Any], asked: Mapping[str, str]
) -> dict[str, Any]:
    """What is wanted, and the offices it may be wanted of: a preset, one in force, or all of it."""
    every = [office["office_id"] for office in authority["offices"]]
    if asked.get("act") == "pass_on":
        behind = [row["office_id"] for row in authority["offices"] if row["behind"]]
        return {"act": "pass_on", "measure": None, "candidates": every, "offices": behind}
    if name := asked.get("measure"):
        act = "end" if asked.get("act") == "end" else "extend"
        having = {
            office["office_id"]: one
            for office in authority["offices"]
            for one in office["measures"]
            if one["measure_id"] == name
        }
        if not having:
            raise Refused("no_such_preset", 404, {})
        found = next(iter(having.values()))
        return {"act": act, "measure": found, "candidates": list(having), "offices": list(having)}
    for preset in authority["presets"]:
        if preset["preset_id"] == asked.get("preset"):
            names = {one: preset[one] for one in ("preset_id", "name_vi", "name_en", "rules")}
            return {"act": "begin", "measure": names, "candidates": every, "offices": []}
    raise Refused("no_such_preset", 404, {})


def _dated(
    request: AppRequest,
    authority: Mapping[str, Any],
    wish: Mapping[str, Any],
    form: Form,
    errors: dict[str, str],
) -> dict[str, Any] | None:
    """The measure as offices shall keep it, or what is wrong with its days."""
    _, today = web.gettext(request), frame.today(request, authority)
    if wish["act"] == "pass_on":
        return None
    if wish["act"] == "end":
        return {**wish["measure"], "ended": True}
    days: dict[str, date] = {}
    for side in ("valid_from", "valid_to"):
        if side == "valid_from" and wish["act"] == "extend":
            days[side] = date.fromisoformat(wish["measure"][side])
            continue
        try:
            days[side] = date.fromisoformat(form.get(side, "").strip())
        except ValueError:
            errors[side] = _("This is no day: write it as 2026-12-31.")
    if not errors:
        if days["valid_to"] < today:
            errors["valid_to"] = _("That day is over.")
        elif days["valid_to"] < days["valid_from"]:
            errors["valid_to"] = _("The last day comes before the first.")
        elif days["valid_to"] - days["valid_from"] > timedelta(days=LONGEST):
            errors["valid_to"] = _("At most a year at a time: it can be extended.")
    said = {side: day.isoformat() for side, day in days.items()}
    number = {"measure_id": form.get("measure_id") or web.fresh_id()}
    if web.as_uuid(number["measure_id"]) is None:
        raise Refused("bad_request", 422, {})
    return {**number, **wish["measure"], **said}


def _ask(
    request: AppRequest,
    authority: Mapping[str, Any],
    wish: Mapping[str, Any],
    form: Form,
    chosen: Sequence[int],
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    language, _ = web.lang(request), web.gettext(request)
    measure = wish["measure"]
    candidates = set(wish["candidates"])
    context = {
        "wish": wish,
        "said": frame.say_rules(measure["rules"], language, _) if measure else [],
        "form": form,
        "chosen": set(chosen),
        "candidates": [row for row in authority["offices"] if row["office_id"] in candidates],
        "most_days": form.get("most_days", str(MOST_DAYS)),
        "today": frame.today(request, authority).isoformat(),
        "directive_id": form.get("directive") or web.fresh_id(),
        "measure_id": form.get("measure_id") or web.fresh_id(),
        "errors": errors or {},
    }
    return frame.page(request, authority, "direct.html", context, status)


# --- What it does, and what came of it --------------------------------------------------------


async def show(request: AppRequest) -> Response:
    _who, authority = await frame.enter(request)
    directive = await _directive(request, authority)
    language, _ = web.lang(request), web.gettext(request)
    offices = [_said(row, language) for row in directive["offices"]]
    counts = Counter(row["state"] for row in offices)
    busy = directive["dropped_at"] is None and any(counts[one] for one in BUSY)
    ready = [row for row in offices if row["state"] == "ready"]
    measure = directive["measure"]
    context = {
        "directive": directive,
        "said": frame.say_rules(measure["rules"], language, _) if measure else [],
        "offices": offices,
        "counts": counts,
        "busy": busy,
        "moves": sum(row["moves"] for row in ready),
        "unplaced": sum(row["unplaced"] for row in ready),
        "moved": sum(row["moves"] for row in offices if row["state"] == "applied"),
        "answers": [
            (wording.say_answer(language, answer), count)
            for answer, count in sorted(directive["answers"].items(), key=lambda one: -one[1])
        ],
        "missing": len(offices) - counts["applied"],
        "did": request.query_params.get("did", ""),
    }
    # Without a script, too, the page follows what goes on; once nothing does, it stands still.
    headers = {"refresh": "3"} if busy else None
    return frame.page(request, authority, "directive.html", context, headers=headers)


async def decide(request: AppRequest) -> Response:
    who, authority = await frame.enter(request)
    directive = await _directive(request, authority)
    form, _offices = await frame.read_form(request)
    state, here = request.state, UUID(directive["directive_id"])
    at, did = state.clock.at(), ""
    act = form.get("act")
    if act == "confirm":
        seen = form.get("seen", "")
        said = await commands.confirm_directive(state.pool, at, who.actor, here, seen)
        did = said["decision"]
    elif act == "retry":
        await commands.retry_directive(state.pool, at, who.actor, here)
    elif act == "again":
        days = form.get("most_days", "")
        if not (days.isascii() and days.isdecimal() and len(days) < 4 and int(days) <= 366):
            raise Refused("bad_request", 422, {})
        await commands.retry_directive(state.pool, at, who.actor, here, int(days))
    elif act == "drop":
        await commands.drop_directive(state.pool, at, who.actor, here)
    else:
        raise Refused("bad_request", 422, {})
    return web.see_other(f"{request.url.path}?did={did}" if did else request.url.path)


async def _directive(request: AppRequest, authority: Mapping[str, Any]) -> dict[str, Any]:
    directive_id = frame.need_uuid(request.path_params["directive"], "no_such_directive")
    found = await reads.directive(request.state.pool, directive_id)
    if found is None or found["authority_id"] != authority["authority_id"]:
        raise Refused("no_such_directive", 404, {})
    return found


def _said(row: dict[str, Any], language: str) -> dict[str, Any]:
    code = row["problem"]
    words = wording.say_refusal(language, code, row["facts"]) if row["state"] == "failed" else None
    return {**row, "why": words}


ROUTES = [
    Route("/authority/{authority}/direct", ask, methods=["GET"], name="direct"),
    Route("/authority/{authority}/direct", send, methods=["POST"]),
    Route("/authority/{authority}/directives/{directive}", show, methods=["GET"], name="directive"),
    Route("/authority/{authority}/directives/{directive}", decide, methods=["POST"]),
]
