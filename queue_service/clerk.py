"""The counter page: who comes next, and everything a clerk does with one key or one press."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, reads, web, wording
from queue_service.db import Refused
from queue_service.web import AppRequest, Caller, Form

Answer = dict[str, Any]
ROLES = ("clerk", "manager")

# What is done to a visit: the word in the address and the command behind it.
VISITS = {
    "recall": commands.recall,
    "serve": commands.serve,
    "absent": commands.absent,
    "wrong-person": commands.wrong_person,
    "finish": commands.finish,
}
COUNTERS = {
    "open": commands.open_counter,
    "close": commands.close_counter,
    "call-next": commands.call_next,
}


async def choose(request: AppRequest) -> Response:
    office_id = await web.office_of(request)
    await web.caller(request, *ROLES, office_id=office_id)
    state = request.state
    office = await reads.office(state.pool, office_id, state.clock.now())
    board = await reads.board(state.pool, office_id, state.clock.now())
    now = {row["counter"]: row for row in board["counters"]}
    context = {"office": office, "now": now, "zone": ZoneInfo(office["time_zone"])}
    return web.render(request, "clerk/choose.html", context, private=True)


async def page(request: AppRequest) -> Response:
    return web.render(request, "clerk/counter.html", await _seen(request), private=True)


async def fragment(request: AppRequest) -> Response:
    return web.render(request, "clerk/live.html", await _seen(request), private=True)


async def act(request: AppRequest) -> Response:
    """One command and back to the page; a refusal is told on the page as it now stands."""
    office_id = await web.office_of(request)
    who = await web.caller(request, *ROLES, office_id=office_id)
    form = await web.read_form(request)
    word = request.path_params["act"]
    desk = _Desk(request, office_id, who, request.path_params["counter"], form)
    try:
        answer = await desk.do(word)
    except Refused as refused:
        if refused.code == "no_such_page":
            raise
        context = {**await _seen(request), "refused": refused}
        return web.render(request, "clerk/counter.html", context, refused.status, private=True)
    passed = ",".join(answer.get("passed") or ())
    query = f"?did={word}&passed={passed}" if word == "call" and passed else f"?did={word}"
    return web.see_other(f"/counter/{request.path_params['office']}/{desk.counter}{query}")


class _Desk:
    """One counter and the form that was sent to it."""

    def __init__(
        self, request: AppRequest, office_id: int, who: Caller, counter: str, form: Form
    ) -> None:
        self.request, self.office_id, self.who = request, office_id, who
        self.counter, self.form = counter, form
        self.key = web.key(request, form)

    async def do(self, word: str) -> Answer:
        if word in COUNTERS:
            return await self.run(COUNTERS[word], counter_id=self.counter)
        if word in VISITS:
            return await self.run(VISITS[word], visit_id=self.visit_id())
        match word:
            case "step":
                return await self.step()
            case "call":
                number = self.form.get("number", "").strip().upper()[:20]
                return await self.run(commands.call_number, counter_id=self.counter, number=number)
            case "pause":
                return await self.run(
                    commands.pause_counter,
                    counter_id=self.counter,
                    reason=web.clean_line(self.form.get("reason", ""), 200) or "",
                    until=await self.until(),
                )
            case "park":
                return await self.run(
                    commands.park,
                    visit_id=self.visit_id(),
                    place="away" if self.form.get("place") == "away" else "here",
                    reason=web.clean_line(self.form.get("reason", ""), 200) or "",
                )
            case "resume":
                here = self.counter if self.form.get("to") == "counter" else None
                return await self.run(commands.resume, visit_id=self.visit_id(), counter_id=here)
            case "transfer":
                queue = self.form.get("queue", "")[:63]
                return await self.run(commands.transfer, visit_id=self.visit_id(), queue_id=queue)
            case _:
                raise Refused("no_such_page", 404, {})

    async def step(self) -> Answer:
        """The one key does what the page said it would, also when the page was behind."""
        match self.form.get("next"):
            case "open":
                return await self.run(commands.open_counter, counter_id=self.counter)
            case "serve":
                return await self.run(commands.serve, visit_id=self.visit_id())
            case "finish":
                await self.run(commands.finish, visit_id=self.visit_id())
                self.key += "/next"
            case _:
                pass
        try:
            return await self.run(commands.call_next, counter_id=self.counter)
        except Refused as refused:
            # With the visitor finished, an empty line is no fault.
            if self.form.get("next") == "finish" and refused.code == "nobody_waiting":
                return {}
            raise

    async def run(self, command: Any, **rest: Any) -> Answer:
        return await web.act(
            self.request, command, self.office_id, self.who.actor, self.key, **rest
        )

    def visit_id(self) -> UUID:
        visit_id = web.as_uuid(self.form.get("visit"))
        if visit_id is None:
            raise Refused("no_such_visit", 404, {})
        return visit_id

    async def until(self) -> datetime | None:
        """A time of today as the clerk's own clock shows it; past midnight it is tomorrow's."""
        text = self.form.get("until", "").strip()
        if not text:
            return None
        state = self.request.state
        office = await reads.office(state.pool, self.office_id, state.clock.now())
        now = state.clock.now().astimezone(ZoneInfo(office["time_zone"]))
        try:
            until = datetime.combine(now.date(), time.fromisoformat(text), now.tzinfo)
        except ValueError:
            raise Refused("not_a_time", 422, {}) from None
        return until if until > now else until + timedelta(days=1)


async def _seen(request: AppRequest) -> Mapping[str, Any]:
    office_id = await web.office_of(request)
    who = await web.caller(request, *ROLES, office_id=office_id)
    state = request.state
    now = state.clock.now()
    counter = await reads.counter(state.pool, office_id, now, request.path_params["counter"])
    if counter is None:
        raise Refused("no_such_counter", 404, {})
    office = await reads.office(state.pool, office_id, now)
    return {
        "office": office,
        "zone": ZoneInfo(office["time_zone"]),
        "counter": counter,
        "next": _next(counter),
        "who": who,
        "now": now,
        "troubles": await web.troubles(request, office),
        "fresh": web.fresh_id,
        "refused": None,
        "say_refusal": wording.say_refusal,
        "priorities": dict(wording.options(web.lang(request), wording.PRIORITIES)),
        "needs": dict(wording.options(web.lang(request), wording.NEEDS)),
        "did": request.query_params.get("did", ""),
        "passed": request.query_params.get("passed", "")[:200],
        "base": f"/counter/{office['slug']}/{counter['counter']}",
    }


def _next(counter: Answer) -> tuple[str, Answer | None]:
    """What the one key does now, and to whom."""
    if counter["state"] != "open":
        return "open", None
    for state, word in (("called", "serve"), ("serving", "finish")):
        for visit in counter["visits"]:
            if visit["state"] == state:
                return word, visit
    return "call", None


ROUTES = [
    Route("/counter/{office}", choose, methods=["GET"], name="counters"),
    Route("/counter/{office}/{counter}", page, methods=["GET"], name="counter"),
    Route("/counter/{office}/{counter}/live", fragment, methods=["GET"], name="counter_live"),
    Route("/counter/{office}/{counter}/{act}", act, methods=["POST"], name="counter_act"),
]
