"""What the forms of a counter do, on whichever page they stand, and what such a page shows."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from queue_service import commands, reads, web
from queue_service.db import Refused
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


def next_step(counter: Answer) -> tuple[str, Answer | None]:
    """What the one key does now, and to whom."""
    if counter["state"] != "open":
        return "open", None
    for state, word in (("called", "serve"), ("serving", "finish")):
        for visit in counter["visits"]:
            if visit["state"] == state:
                return word, visit
    return "call", None
