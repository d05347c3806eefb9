"""What the forms of the door do, on whichever page they stand, and what such a page shows."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import anyio.to_thread
from starlette.responses import Response

from queue_service import commands, matching, phones, reads, slips, tickets, web, wording
from queue_service.db import Refused
from queue_service.hub_line import book_window
from queue_service.web import AppRequest, Caller, Form

Answer = dict[str, Any]
# What was done, told on the page after the redirect: these facts of it travel in the address.
TOLD = ("did", "undo", "decision", "reason", "late", "visit", "party_size", "came", "printed")
MOST_SERVICES = 5
MOST_FOUND = 8
LEAST_DIGITS = 3  # of a phone number; fewer fit everybody
LONGEST_AGO = 30  # minutes


class Door:
    """One form that was sent to the door of an office."""

    def __init__(self, request: AppRequest, office_id: int, who: Caller, form: Form) -> None:
        self.request, self.office_id, self.who, self.form = request, office_id, who, form
        self.key = web.key(request, form)

    async def do(self, word: str) -> Mapping[str, str]:
        match word:
            case "arrive" | "came":
                answer = await (self.arrive() if word == "arrive" else self.came())
                return self.told(answer, written="was" in answer)
            case "walk-in":
                return self.told(await self.walk_in(), written=True)
            case "enter":
                await self.run(commands.enter, visit_id=self.visit_id(), checked=self.checked())
            case "leave":
                await self.run(commands.leave, visit_id=self.visit_id())
            case "out-again":
                visit_id = self.visit_id()
                await self.run(commands.exit, area_id=self.area(), visit_id=visit_id)
                return {"did": word, "visit": str(visit_id)}
            case "admit":
                reason = web.clean_line(self.form.get("reason", ""), 200) or ""
                visit_id = self.visit_id()
                checked = self.checked()
                await self.run(commands.admit, visit_id=visit_id, reason=reason, checked=checked)
                return {"did": word, "visit": str(visit_id)}
            case "in":
                await self.run(commands.count_in, area_id=self.area(), count=1)
            case "out":
                await self.run(commands.exit, area_id=self.area(), visit_id=None, count=1)
            case "recount":
                await self.recount()
            case "staff":
                await self.run(commands.staff, area_id=self.area(), present=self.number("present"))
                return {"did": word}
            case "help":
                await self.run(commands.answer_help, help_id=web.help_id(self.form))
                return {"did": word}
            case "print":
                return await self.print_again()
            case "undo":
                await self.undo()
                return {"did": word}
            case _:
                raise Refused("no_such_page", 404, {})
        visit = {"visit": self.form["visit"]} if self.form.get("visit") else {}
        return {"did": word, "undo": self.key, **visit}

    def told(self, answer: Answer, written: bool) -> Mapping[str, str]:
        """A decision, and by which key it can be taken back if something was written."""
        told = {
            name: str(answer[name]) for name in ("decision", "reason", "late") if answer.get(name)
        }
        visit = answer.get("visit")
        if answer.get("reason") == "check_needed":
            # Sent again once the check is passed: they came when they were scanned, and as many.
            came = self.came_at() or self.request.state.clock.now()
            told |= {"came": came.isoformat(), "party_size": self.form.get("party_size", "")[:4]}
        undo = {"undo": self.key} if visit and written else {}
        return {**told, **undo, "visit": str(visit["visit_id"])} if visit else told

    # Who comes

    async def arrive(self) -> Answer:
        """A code, a number of today, the text of a QR, or somebody who was found by name."""
        if visit_id := web.as_uuid(self.form.get("visit")):
            return await self.arrived(visit_id=visit_id)
        scan = tickets.read_scan(self.form.get("ticket", "").strip()[:2000])
        if isinstance(scan, tickets.Code):
            answer = await self.arrived(code=scan.code)
            if answer["decision"] == "invalid":
                await web.spend_try(self.request, "code", self.who)
            elif answer.get("reason") == "service_needed":  # a code stands in no address
                await web.spend_try(self.request, "unheard", self.who)
                raise Refused("service_needed", 409, {"says_booked": scan.code})
            return answer
        state = self.request.state
        now = state.clock.now()
        if isinstance(scan, tickets.Link):
            parsed = tickets.parse_token(scan.token)
            if parsed and parsed[0] != self.office_id:
                return {"decision": "wrong_office"}
            found = parsed and await reads.ticket(state.pool, self.office_id, now, parsed[1])
            return await self.arrived(visit_id=UUID(found["visit_id"])) if found else UNKNOWN
        text = self.form.get("ticket", "").strip().upper()[:20]
        rows = await reads.find_visits(state.pool, self.office_id, now, number=text) if text else ()
        if rows:
            return await self.arrived(visit_id=UUID(rows[0]["visit_id"]))
        return {"decision": "invalid", "reason": scan.reason}

    async def arrived(self, **who: Any) -> Answer:
        people = self.number("party_size") if self.form.get("party_size") else None
        came_at = self.came_at()
        answer = await self.run(
            commands.arrive, **who, party_size=people, came_at=came_at, checked=self.checked()
        )
        visit = answer.get("visit")
        if visit and visit["slip"] == "pending":
            await self.say_number(visit)
        return answer

    async def came(self) -> Answer:
        """Late by the clock, but they had come in time and waited outside."""
        await self.undo()
        return await self.arrived(visit_id=self.visit_id())

    def came_at(self) -> datetime | None:
        """How many minutes ago they came: a helper's word, and what a cut of the network cost.

        Or `came`: when they were scanned first, told by the page that asked for the check.
        """
        now = self.request.state.clock.now()
        # Not a moment more than the command allows, whenever it gets its turn.
        earliest = now - timedelta(minutes=LONGEST_AGO, seconds=-20)
        if came := _moment(self.form.get("came", "")):
            return min(now, max(came, earliest))
        if not self.form.get("ago") or not (ago := self.number("ago")):
            return None
        if ago > LONGEST_AGO:
            raise Refused("bad_came_at", 422, {"minutes": LONGEST_AGO})
        return max(now - timedelta(minutes=ago), earliest)

    async def walk_in(self) -> Answer:
        pool, now = self.request.state.pool, self.request.state.clock.now()
        known = [one["service"] for one in await reads.services(pool, self.office_id, now)]
        tapped = self.form.get("service", "")[:63]
        chosen = [one for one in known if one == tapped or self.form.get(f"also-{one}")]
        if tapped not in ("", "unsure", *known):
            chosen.append(tapped)  # the command says that there is none
        wanted = [{"service": one, "quantity": self.number(f"quantity-{one}", 1)} for one in chosen]
        if len(wanted) > MOST_SERVICES:
            raise Refused("too_many_services", 422, {"most": MOST_SERVICES})
        if not wanted and self.form.get("service") is None:
            raise Refused("unknown_service", 422, {})
        priority = self.form.get("priority", "")
        scan = tickets.read_scan(self.form.get("says_booked", "")[:20])
        said: dict[str, Any] = {
            "visit_id": web.as_uuid(self.key) or uuid4(),
            "services": wanted,
            "party_size": self.number("party_size", 1),
            "priority": priority if priority in wording.PRIORITIES else "",
            "needs": [need for need in wording.NEEDS if self.form.get(f"need-{need}")],
            "name": web.clean_line(self.form.get("name", ""), 100) or "",
            "phone": self.phone(),
            "language": "en" if self.form.get("language") == "en" else "vi",
            "channel": "helper",  # the number is said, so there is no slip to wait for
            "token": secrets.token_hex(16),
            "digits": tickets.new_digits(),
            "checked": self.checked(),
            "says_booked": scan.code if isinstance(scan, tickets.Code) else None,
        }
        answer = await self.run(commands.walk_in, **said)
        if window := await book_window(
            self.request.state.settings, pool, self.office_id, now, answer, said
        ):
            answer = await self.run(commands.walk_in, **said, at_hub=window)
        return answer

    async def say_number(self, visit: Answer) -> None:
        said = {"visit_id": UUID(visit["visit_id"]), "word": "said"}
        await web.act(self.request, commands.slip, self.office_id, self.who.actor, None, **said)

    async def print_again(self) -> Mapping[str, str]:
        """The same number once more, for whoever has no slip in the hand."""
        visit_id = self.visit_id()
        who = self.office_id, self.who.actor
        answer = await slips.print_again(self.request, *who, self.key, visit_id)
        return {"did": "print", "visit": str(visit_id), "printed": answer["problem"] or "yes"}

    # How many are in

    async def recount(self) -> None:
        """Everybody inside. Who was named as gone leaves first, by a command of their own."""
        if visit_id := web.as_uuid(self.form.get("gone")):
            key, self.key = self.key, f"{self.key}/leave"
            await self.run(commands.leave, visit_id=visit_id)
            self.key = key
        await self.run(commands.recount, area_id=self.area(), present=self.number("present"))

    async def undo(self) -> None:
        """What one tap did may have been two commands: the later is taken back first."""
        own = self.key
        for undone in self.form.get("undone", "").split(",")[:3]:
            self.key = f"{own}/undo/{undone}"[:200]
            await self.run(commands.undo, undone=undone[:200])
        self.key = own

    async def run(self, command: Any, **rest: Any) -> Answer:
        return await web.act(
            self.request, command, self.office_id, self.who.actor, self.key, **rest
        )

    # What the form says

    def checked(self) -> bool:
        """The word of who lets in that whoever comes in has passed the entry check."""
        return self.form.get("checked") == "1"

    def area(self) -> str:
        return self.form.get("area", "")[:63]

    def visit_id(self) -> UUID:
        visit_id = web.as_uuid(self.form.get("visit"))
        if visit_id is None:
            raise Refused("no_such_visit", 404, {})
        return visit_id

    def number(self, field: str, usual: int | None = None) -> int:
        text = tickets.plain_digits(self.form.get(field, "").strip() or str(usual or ""))
        if not text or len(text) > 4:
            raise Refused("bad_count", 422, {})
        return int(text)

    def phone(self) -> str:
        text = self.form.get("phone", "").strip()
        try:
            return phones.normalise(text[:40]) if text else ""
        except phones.BadPhone:
            raise Refused("bad_phone", 422, {}) from None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    return moment if moment.tzinfo else None


UNKNOWN: Answer = {"decision": "invalid", "reason": "no_such_ticket"}


# --- Finding somebody -------------------------------------------------------------------------


async def find(request: AppRequest, office_id: int, asked: str) -> list[Answer]:
    """By name, without accents and with mistakes, or by the phone or its last digits."""
    pool, now = request.state.pool, request.state.clock.now()
    digits = tickets.plain_digits(asked)
    if digits:
        if len(digits) < LEAST_DIGITS:
            return []
        today = await reads.find_today(pool, office_id, now)
        found = [row for row in today if row["phone"].endswith(digits.lstrip("0") or digits)]
    else:
        today = await reads.find_today(pool, office_id, now)
        by_id = {row["visit_id"]: row for row in today}
        known = [matching.Candidate(key, [row["name"]]) for key, row in by_id.items()]
        found = [by_id[match.key] for match in matching.ranked(asked, known)]
    return [{**row, "phone": row["phone"][-3:]} for row in found[:MOST_FOUND]]


# --- What the page shows ----------------------------------------------------------------------


async def seen(
    request: AppRequest,
    office_id: int,
    who: Caller,
    form: Mapping[str, str],
    told: Mapping[str, str],
) -> dict[str, Any]:
    state = request.state
    now = state.clock.now()
    office = await reads.office(state.pool, office_id, now)
    lines = await reads.queue(state.pool, office_id, now)
    board = await reads.board(state.pool, office_id, now)
    wanted = form.get("area") or request.query_params.get("area")
    area = next((one for one in board["areas"] if one["area"] == wanted), board["areas"][0])
    door = next((one for one in lines["door"] if one["area"] == area["area"]), None)
    inside = [
        visit for line in lines["lines"] if line["area"] == area["area"] for visit in line["visits"]
    ]
    return {
        **web.staff_words(request),
        "office": office,
        "zone": ZoneInfo(office["time_zone"]),
        "board": board,
        "areas": board["areas"],
        "area": area,
        "door": door or {"visits": [], "invited": []},
        "inside": inside,
        "help": lines["help"],
        "services": await reads.services(state.pool, office_id, now),
        "walk_ins": board["walk_ins"],
        "who": who,
        "now": now,
        "form": form,
        "found": None,
        "troubles": await web.troubles(request, office),
        "agos": (5, 10, 15, 20, LONGEST_AGO),
        "group": tickets.group_code,
        **await _told(request, office_id, office, told),
    }


async def _told(
    request: AppRequest, office_id: int, office: Answer, said: Mapping[str, str]
) -> dict[str, Any]:
    """What was done last, in words, with the visit it was done to as it now stands."""
    visit = None
    if visit_id := web.as_uuid(said.get("visit")):
        now = request.state.clock.now()
        visit = await reads.visit(request.state.pool, office_id, now, visit_id)
    decision = said.get("decision", "")
    words = None
    if decision in wording.DECISIONS:
        facts: dict[str, Any] = {"decision": decision, "visit": visit}
        facts |= {name: said[name][:40] for name in ("reason", "late") if name in said}
        if visit and visit.get("number"):
            facts["number"] = visit["number"]
        words = wording.say_decision(web.lang(request), facts, office["time_zone"])
    return {
        "told": words,
        "visit": visit,
        "decision": decision,
        "reason": said.get("reason", ""),
        "late": bool(said.get("late")),
        "came": said.get("came", "")[:40],
        "printed": said.get("printed", ""),
        "party_size": said.get("party_size", "")[:4],
        "did": said.get("did", ""),
        "undo": said.get("undo", "")[:300],
        "qr": await _qr(request, office_id, visit) if words and visit else "",
    }


async def _qr(request: AppRequest, office_id: int, visit: Answer) -> str:
    """The visit's link as a picture for the visitor's phone; its secret stands in no address."""
    state = request.state
    visit_id = UUID(visit["visit_id"])
    secret = await reads.visit_link(state.pool, office_id, state.clock.now(), visit_id)
    if secret is None or visit["state"] not in ("booked", "arrived", "invited", "inside"):
        return ""
    token = tickets.make_token(office_id, bytes.fromhex(secret))
    link = tickets.ticket_link(state.settings.address, token)
    return await anyio.to_thread.run_sync(tickets.qr_data, link)


# --- The pages the door stands on -------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """One of them: its name in addresses, its templates, and what it shows beside the door."""

    name: str
    whole: str
    parts: str
    see: Callable[[AppRequest, Form, Mapping[str, str]], Awaitable[dict[str, Any]]]

    async def answer(
        self, request: AppRequest, form: Form, doing: Awaitable[Mapping[str, str]]
    ) -> Response:
        """What a form did, or why not; a script gets the parts that change, without a redirect."""
        try:
            told = await doing
        except Refused as refused:
            if refused.code == "no_such_page":
                raise
            return await self.show(request, form, {}, refused.status, refused=refused)
        if web.asks_part(request):
            return await self.show(request, Form(area=form.get("area", "")), told)
        query = urlencode({"area": form.get("area", "")[:63], **told})
        return web.see_other(f"/{self.name}/{request.path_params['office']}?{query}")

    async def show(
        self,
        request: AppRequest,
        form: Form,
        told: Mapping[str, str],
        status: int = 200,
        **more: Any,
    ) -> Response:
        template = self.parts if web.asks_part(request) else self.whole
        context = {**await self.see(request, form, told), **more}
        return web.render(request, template, context, status, private=True)

    async def find(self, request: AppRequest) -> Response:
        """By POST: a name stands in no address. A script asks for the list alone."""
        office_id = await web.office_of(request)
        await web.caller(request, office_id=office_id)
        form = await web.read_form(request)
        found = await find(request, office_id, form.get("q", "")[:100])
        if web.asks_part(request):
            context = {**await self.see(request, form, {}), "found": found}
            return web.render(request, "helper/found.html", context, private=True)
        return await self.show(request, form, {}, found=found)
