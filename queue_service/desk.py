"""What the forms of a counter do, on whichever page they stand, and what such a page shows."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from queue_service import commands, reads, slips, web
from queue_service.db import Refused, seat
from queue_service.web import AppRequest, Caller, Form

Answer = dict[str, Any]

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


async def off_duty(request: AppRequest, who: Caller, office_id: int) -> bool:
    """Whether the published rota has this clerk somewhere else: told, and no more than told."""
    if who.account_id is None:
        return False
    state = request.state
    return await reads.on_duty(state.pool, office_id, state.clock.now(), who.account_id) is False


# What a key of a keypad, or of a program with global hotkeys, does to whoever is at the counter.
KEYS = ("step", "call-next", "recall", "absent", "park-here", "park-away", "question", "undo")
MOST_PAPERS = 20


class Desk:
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
            case "help":
                return await self.run(commands.answer_help, help_id=web.help_id(self.form))
            case "print":
                who = self.office_id, self.who.actor
                return await slips.print_again(self.request, *who, self.key, self.visit_id())
            case "step":
                return await self.step()
            case "undo":
                return await self.run(commands.undo, undone=self.form.get("undone", "")[:200])
            case "question":
                return await self.run(commands.quick_question, counter_id=self.counter)
            case "dossier":
                code = self.form.get("dossier", "").strip()[:200]
                return await self.run(commands.note_dossier, visit_id=self.visit_id(), code=code)
            case "call":
                number = self.form.get("number", "").strip().upper()[:20]
                return await self.run(commands.call_number, counter_id=self.counter, number=number)
            case "take":
                since = self.form.get("since", "")
                return await self.run(
                    commands.take_counter,
                    counter_id=self.counter,
                    since=web.need_moment(since) if since else None,
                )
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
                    reason=self.missing(),
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
            called = await self.run(commands.call_next, counter_id=self.counter)
        except Refused as refused:
            # With the visitor finished, an empty line is no fault.
            if self.form.get("next") == "finish" and refused.code == "nobody_waiting":
                return {}
            raise
        if self.form.get("at_once"):
            self.key += "/serve"
            return await self.run(commands.serve, visit_id=UUID(called["visit_id"]))
        return called

    async def press(self, key: str) -> Answer:
        """One of KEYS, for whoever is at the counter now; what it did, and to which number."""
        state = self.request.state
        now = state.clock.now()
        seen = await reads.counter(state.pool, self.office_id, now, self.counter)
        if seen is None:
            raise Refused("no_such_counter", 404, {})
        word, visit = next_step(seen)
        visits = seen["visits"]
        match key:
            case "step":
                self.form["next"] = word
            case "recall" | "absent":
                wanted = [v for v in visits if v["state"] == "called" or v["at_once"]]
                word, visit = key, wanted[0] if wanted else _nobody()
            case "park-here" | "park-away":
                word, visit = "park", visit or _nobody()
                self.form["place"] = key.removeprefix("park-")
            case "undo":
                last = await reads.last_step(
                    state.pool, self.office_id, now, self.who.actor, self.counter
                )
                self.form["undone"] = last["undone"] if last else "nothing"
                word = key
            case _:
                word = key
        if visit is not None:
            self.form["visit"] = visit["visit_id"]
        answer = await self.do("step" if key == "step" else word)
        number = answer.get("number") or (visit["number"] if visit and not answer else None)
        return {"did": word, "number": number}

    async def run(self, command: Any, **rest: Any) -> Answer:
        return await web.act(
            self.request, command, self.office_id, self.who.actor, self.key, **rest
        )

    def missing(self) -> str:
        """The papers that were ticked as missing, and what else the clerk wrote, in one line."""
        papers = [self.form.get(f"paper-{n}", "") for n in range(MOST_PAPERS)]
        said = (web.clean_line(one, 200) for one in (*papers, self.form.get("reason", "")))
        return "; ".join(one for one in said if one)[:500]

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


def _nobody() -> Answer:
    raise Refused("nobody_here", 409, {})


def whose(counter: Answer, who: Caller) -> Answer | None:
    """Who has the counter, if it is not this clerk in this browser."""
    taken = counter["taken"]
    if taken is None or (taken["clerk"], taken["seat"]) == (who.actor, seat.get()):
        return None
    return {
        **taken,
        "yours": taken["clerk"] == who.actor,
        "from_you": taken["taken_from"] == who.actor,
    }


def next_step(counter: Answer) -> tuple[str, Answer | None]:
    """What the one key does now, and to whom."""
    if counter["state"] != "open":
        return "open", None
    for state, word in (("called", "serve"), ("serving", "finish")):
        for visit in counter["visits"]:
            if visit["state"] == state:
                return word, visit
    return "call", None
