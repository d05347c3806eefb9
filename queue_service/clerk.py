"""The counter page: who comes next, and everything a clerk does with one key or one press."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from queue_service import desk, reads, web, wording
from queue_service.db import Refused
from queue_service.web import AppRequest

ONE_KEY = "one_key"
# How the page listens to single keys, which speech input or a stray finger may press (WCAG 2.1.4).
KEYS, HOW = "keys", ("plain", "alt", "off")


async def choose(request: AppRequest) -> Response:
    office_id = await web.office_of(request)
    who = await web.caller(request, office_id=office_id)
    state = request.state
    now = state.clock.now()
    office = await reads.office(state.pool, office_id, now)
    counters = await reads.counters(state.pool, office_id, now)
    mine = [one["counter"] for one in counters if one["taken"] and not desk.whose(one, who)]
    context = {
        "office": office,
        "zone": ZoneInfo(office["time_zone"]),
        "counters": counters,
        "mine": mine,
        "off_duty": await desk.off_duty(request, who, office_id),
    }
    return web.render(request, "clerk/choose.html", context, private=True)


async def page(request: AppRequest) -> Response:
    return web.render(request, "clerk/counter.html", await _seen(request), private=True)


async def fragment(request: AppRequest) -> Response:
    return web.render(request, "clerk/live.html", await _seen(request), private=True)


async def one_key(request: AppRequest) -> Response:
    """Whether one key is one visit, and which keys are heard: choices of this very screen."""
    await web.caller(request, office_id=await web.office_of(request))
    form = await web.read_form(request)
    name, chosen = ONE_KEY, "1" if form.get("on") == "1" else ""
    if KEYS in form:
        name, chosen = KEYS, form[KEYS]
        if chosen not in HOW:
            raise Refused("bad_request", 422, {})
    office, counter = (request.path_params[part] for part in ("office", "counter"))
    answer = web.see_other(f"/counter/{office}/{counter}")
    answer.set_cookie(name, chosen, max_age=365 * 86_400, samesite="lax", httponly=True)
    return answer


async def act(request: AppRequest) -> Response:
    """One command and back to the page; a refusal is told on the page as it now stands."""
    office_id = await web.office_of(request)
    who = await web.caller(request, office_id=office_id)
    form = await web.read_form(request)
    word = request.path_params["act"]
    counter = request.path_params["counter"]
    try:
        answer = await desk.Desk(request, office_id, who, counter, form).do(word)
    except Refused as refused:
        if refused.code == "no_such_page":
            raise
        context = {**await _seen(request), "refused": refused}
        return web.render(request, "clerk/counter.html", context, refused.status, private=True)
    told = {"did": word}
    if word == "call" and answer.get("passed"):
        told["passed"] = ",".join(answer["passed"])
    if word == "print":
        told["printed"] = answer["problem"] or "yes"
    query = f"?{urlencode(told)}"
    return web.see_other(f"/counter/{request.path_params['office']}/{counter}{query}")


async def _seen(request: AppRequest) -> Mapping[str, Any]:
    office_id = await web.office_of(request)
    who = await web.caller(request, office_id=office_id)
    state = request.state
    now = state.clock.now()
    counter = await reads.counter(state.pool, office_id, now, request.path_params["counter"])
    if counter is None:
        raise Refused("no_such_counter", 404, {})
    office = await reads.office(state.pool, office_id, now)

    def minutes_since(moment: str) -> int:
        return max(0, int((now - datetime.fromisoformat(moment)).total_seconds() // 60))

    return {
        "office": office,
        "zone": ZoneInfo(office["time_zone"]),
        "counter": counter,
        "next": desk.next_step(counter),
        "whose": desk.whose(counter, who),
        "off_duty": counter["state"] == "closed" and await desk.off_duty(request, who, office_id),
        "last": await reads.last_step(state.pool, office_id, now, who.actor, counter["counter"]),
        "say_step": wording.say_step,
        "minutes_since": minutes_since,
        "keys": keys if (keys := request.cookies.get(KEYS)) in HOW else HOW[0],
        "one_key": request.cookies.get(ONE_KEY) == "1",
        "who": who,
        "now": now,
        "troubles": await web.troubles(request, office),
        **web.staff_words(request),
        "did": request.query_params.get("did", ""),
        "passed": request.query_params.get("passed", "")[:200],
        "printed": request.query_params.get("printed", ""),
        "base": f"/counter/{office['slug']}/{counter['counter']}",
    }


ROUTES = [
    Route("/counter/{office}", choose, methods=["GET"], name="counters"),
    Route("/counter/{office}/{counter}", page, methods=["GET"], name="counter"),
    Route("/counter/{office}/{counter}/live", fragment, methods=["GET"], name="counter_live"),
    Route("/counter/{office}/{counter}/one-key", one_key, methods=["POST"], name="one_key"),
    Route("/counter/{office}/{counter}/{act}", act, methods=["POST"], name="counter_act"),
]
