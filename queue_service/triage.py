"""Sorting at the ward: does it need a visit, and if so, now? For helpers, clerks and managers."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from queue_service import matching, phones, reads, ways, web, wording
from queue_service.db import Refused
from queue_service.web import AppRequest, Caller, Form

Answer = dict[str, Any]
TIMES = 3
FIELDS = {"no_name": "name", "bad_phone": "phone", "bad_name": "name"}


async def show(request: AppRequest) -> Response:
    who, office_id = await _who(request)
    return await _page(request, who, office_id, Form(request.query_params))


async def act(request: AppRequest) -> Response:
    """The link by text, or the call-back list."""
    who, office_id = await _who(request)
    form = await web.read_form(request)
    errors: dict[str, str] = {}
    done: Mapping[str, Any] | None = None
    status = 200
    try:
        service, phone = form.get("s", ""), _phone(request, form, errors)
        language = "en" if form.get("language") == "en" else "vi"
        if "link" in form:
            await ways.link(request, office_id, service, phone, language, form)
            done = {"word": "link", "phone": phone}
        else:
            name = web.clean_line(form.get("name", ""), 100)
            if name is None:
                raise Refused("no_name", 422, {})
            wanted = {"name": name, "phone": phone, "language": language}
            row = await ways.call_back(request, office_id, who, form, service, wanted)
            done = {"word": "waits", **row}
    except Refused as refused:
        status = refused.status
        if refused.code != "bad_form":
            words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
            errors[FIELDS.get(refused.code, "")] = words.text
    return await _page(request, who, office_id, form, errors, done, status)


async def _who(request: AppRequest) -> tuple[Caller, int]:
    office_id = await web.office_of(request)
    return await web.caller(request, office_id=office_id), office_id


def _phone(request: AppRequest, form: Form, errors: dict[str, str]) -> str:
    try:
        return phones.normalise(form.get("phone", ""))
    except phones.BadPhone as bad:
        errors["phone"] = wording.say_phone(web.lang(request), bad.reason)
        raise Refused("bad_form", 422, {}) from None


async def _page(
    request: AppRequest,
    who: Caller,
    office_id: int,
    form: Form,
    errors: Mapping[str, str] | None = None,
    done: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    pool, at = request.state.pool, request.state.clock.now()
    office = await reads.office(pool, office_id, at)
    assert office is not None
    zone = ZoneInfo(office["time_zone"])
    services = {one["service"]: one for one in await reads.services(pool, office_id, at)}
    chosen: Answer = services.get(form.get("s", ""), {})
    times: list[str] = []
    if chosen:
        wanted = [{"service": chosen["service"], "quantity": 1}]
        wish = {"office_id": office_id, "services": wanted, "from_at": at.isoformat()}
        [row] = await reads.next_slots(pool, at, [wish], TIMES)
        chosen, times = row["services"][0], row["times"]
    others: list[Answer] = chosen.get("channels", [])
    context: dict[str, Any] = {
        "office": office,
        "who": who,
        "zone": zone,
        "services": _found(list(services.values()), form.get("q", "")[:200]),
        "chosen": chosen,
        "ways": [way for way in others if way["channel"] != "in_person"],
        "today": at.astimezone(zone).date().isoformat(),
        "times": times,
        "form": form,
        "errors": errors or {},
        "done": done,
        "key": web.fresh_id(),
    }
    return web.render(request, "triage.html", context, status, private=True)


def _found(services: list[Answer], words: str) -> list[Answer]:
    """By any name, without accents or misspelt; without words, all of them."""
    if not words.strip():
        return services
    names = [matching.Candidate(s["service"], matching.service_names(s)) for s in services]
    keys = [one.key for one in matching.best(words, names).matches]
    return [one for key in keys for one in services if one["service"] == key]


ROUTES = [
    Route("/triage/{office}", show, methods=["GET"], name="triage"),
    Route("/triage/{office}", act, methods=["POST"]),
]
