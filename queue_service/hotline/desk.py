"""The desk: a caller's bookings, the next free times anywhere, all by keyboard.

Every step is one form sent by POST. The one address with a phone number in it is the one the
hotline's own software opens; it leads on at once to one without.
"""

import asyncio
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from queue_service import commands, identities, phones, reads, tickets, ways, web, wording
from queue_service.db import Refused
from queue_service.group_commit import BookRequest, Wanted
from queue_service.hotline import finding
from queue_service.settings import ticket_secret
from queue_service.texts import answers
from queue_service.web import AppRequest, Caller, Form

Answer = dict[str, Any]
MOST_TIMES, TIMES_NEAR = 6, 3
# Refusals that a fresh list of times answers.
STALE = {"slot_full", "not_a_slot", "in_the_past", "too_soon", "too_far", "closed_day"}
FIELDS = {
    "no_name": "name",
    "bad_phone": "phone",
    "too_many_bookings": "reason",
    "party_too_large": "party",
    "party_too_small": "party",
    "bad_identity": "identity",
    "identity_needed": "identity",
    "person_limit": "identity",
}
CALL = re.compile(r"[\w.:@+-]{1,64}", re.ASCII)  # how the hotline's own software names a call
STEPS = ("book", "cancel", "move", "send", "link", "wait")
NUMBERED = re.compile(r"t(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Times:
    """Numbered free times of one wish; what is to be known of the service before them."""

    office: Answer
    service: Answer
    times: Sequence[tuple[int, datetime]]
    kilometres: float | None = None

    @property
    def zone(self) -> ZoneInfo:
        return _zone_of(self.office)

    @property
    def ways(self) -> list[Answer]:
        return [w for w in self.service["channels"] if w["channel"] not in ("in_person", "later")]

    @property
    def later(self) -> bool:
        """Only urgent matters are handled in person now, and this is none."""
        return any(way["channel"] == "later" for way in self.service["channels"])


@dataclass(slots=True)
class Desk:
    """One operator's page: what was sent, and what it is answered with."""

    request: AppRequest
    who: Caller
    form: Form
    offices: dict[str, Answer]
    phone: str = ""
    errors: dict[str, str] = field(default_factory=dict[str, str])
    done: Answer | None = None
    word: str = ""
    again: str = ""  # a time that was refused for want of a reason, or of an identity number

    @property
    def now(self) -> datetime:
        return self.request.state.clock.now()

    def office(self, slug: str) -> Answer:
        """The operator's offices are all there are: another one is as unknown as a made-up one."""
        if slug not in self.offices:
            raise Refused("no_such_office", 404, {})
        return self.offices[slug]

    def service(self, slug: str, service: str) -> tuple[Answer, Answer]:
        office = self.office(slug)
        for one in office["services"]:
            if one["service"] == service:
                return office, one
        raise Refused("unknown_service", 422, {})

    @property
    def call(self) -> str:
        """The call in the hotline's own software, where that opened the page."""
        call = self.form.get("call", "")
        return call if CALL.fullmatch(call) else ""

    def party(self) -> int:
        """How many come; a word that is no number is refused where the booking is made."""
        text = self.form.get("party", "").strip()
        return int(text) if text.isdecimal() and len(text) < 4 else 0 if text else 1

    def person(self) -> str:
        """Who the booking of a scarce service is for: the number is sealed and forgotten."""
        text = self.form.get("identity", "").strip()
        if not text:
            return ""
        number = identities.read(text)
        if number is None:
            raise Refused("bad_identity", 422, {})
        return identities.keyed(ticket_secret(self.request.state.settings), number)

    def caller(self) -> tuple[str, str]:
        """Whom it is for, and the phone to reach them by: two things."""
        name = web.clean_line(self.form.get("name", ""), 100)
        if name is None:
            raise Refused("no_name", 422, {})
        if not self.phone:
            raise Refused("bad_phone", 422, {})
        return name, self.phone

    async def bookings(self) -> list[tuple[Answer, Answer]]:
        """What this phone has under way, soonest first."""
        if not self.phone:
            return []
        by_id = {office["office_id"]: office for office in self.offices.values()}
        found = await reads.bookings_of(self.request.state.pool, self.now, list(by_id), self.phone)
        return [(by_id[visit["office_id"]], visit) for visit in found]

    async def visit(self, slug: str, visit_id: str) -> tuple[Answer, Answer]:
        """A booking of this caller; one of another phone is not to be had by its id."""
        for office, visit in await self.bookings():
            if office["slug"] == slug and visit["visit_id"] == visit_id:
                return office, visit
        raise Refused("no_such_visit", 404, {})

    async def named(self, name: str) -> tuple[Answer, Answer] | None:
        """The booking that a field of the form names."""
        slug, _, visit_id = self.form.get(name, "").partition("|")
        return await self.visit(slug, visit_id) if visit_id else None

    # Free times

    async def search(self) -> list[Times]:
        wanted = finding.wishes(
            self.offices.values(), self.form.get("what", ""), self.form.get("where", "")
        )
        found = await self._next([(w.office, [{"service": w.service["service"]}]) for w in wanted])
        listed = list[Times]()
        number = 0
        for wish, row in zip(wanted, found, strict=True):
            if not row["services"]:
                continue  # gone since the names were read
            most = MOST_TIMES if wish.kilometres is None else TIMES_NEAR
            times = self._numbered(wish.office, row["times"][:most], number + 1)
            number += len(times)
            today = self.now.astimezone(_zone_of(wish.office)).date().isoformat()
            facts = row["services"][0]
            facts["measured"] = facts["measure_over"] > today
            listed.append(Times(wish.office, facts, times, wish.kilometres))
        return listed

    async def times_to_move(self, office: Answer, visit: Answer) -> Times:
        services: list[Mapping[str, object]] = [
            {"service": one["service"], "quantity": one["quantity"]} for one in visit["services"]
        ]
        [row] = await self._next([(office, services)])
        facts: Answer = {"channels": [], **visit["services"][0]}
        return Times(office, facts, self._numbered(office, row["times"], 1))

    async def _next(
        self, wanted: Sequence[tuple[Answer, Sequence[Mapping[str, object]]]]
    ) -> list[Answer]:
        if not wanted:
            return []
        rows = [
            {
                "office_id": office["office_id"],
                "services": [{"quantity": 1, **one} for one in services],
                "from_at": self.from_when(office).isoformat(),
                "party_size": max(1, self.party()),
            }
            for office, services in wanted
        ]
        return await reads.next_slots(self.request.state.pool, self.now, rows, MOST_TIMES)

    def from_when(self, office: Answer) -> datetime:
        now = self.now.astimezone(_zone_of(office))
        found = finding.from_when(self.form.get("when", "")[:60], now)
        if found is None:
            _ = web.gettext(self.request)
            self.errors["when"] = _("That day or hour could not be read.")
        return found or now

    def _numbered(
        self, office: Answer, times: Sequence[str], first: int
    ) -> list[tuple[int, datetime]]:
        zone = _zone_of(office)
        moments = (datetime.fromisoformat(one).astimezone(zone) for one in times)
        return list(enumerate(moments, first))

    # What changes something

    async def choose(self, number: str) -> None:
        """The number of a time, as the page showed it; Enter without one changes nothing."""
        slot = self.form.get(f"t{number}") if number.isdecimal() else None
        if slot is None:
            _ = web.gettext(self.request)
            self.errors["choice"] = _("No free time has that number now.")
        else:
            self.form["slot"] = slot
            await (self.move() if self.form.get("moving") else self.book())

    async def book(self) -> None:
        slot = self.form.get("slot", "")
        slug, service, starts_at = _parts(slot, 3)
        office, wanted = self.service(slug, service)
        at = web.need_moment(starts_at)
        name, phone = self.caller()
        try:
            visit = await self.request.state.groups.book(
                office["office_id"],
                BookRequest(
                    booking_id=web.as_uuid(self.form.get("key")) or UUID(web.fresh_id()),
                    actor=self.who.actor,
                    services=(Wanted(service),),
                    starts_at=at,
                    name=name,
                    phone=phone,
                    token=secrets.token_hex(16),
                    digits=tickets.new_digits(),
                    party_size=self.party(),
                    person=self.person(),
                    channel="hotline",
                    reason=web.clean_line(self.form.get("reason", ""), 200) or "",
                ),
            )
        except Refused as refused:
            asks = ("too_many_bookings", "identity_needed", "bad_identity", "person_limit")
            self.again = slot if refused.code in asks else ""
            raise
        await self._called_back()
        await self.note("booked", office, visit_id=visit["visit_id"], service=service)
        self.tell("booked", office, {**visit, "name": name, "services": [wanted], "phone": phone})
        for field_ in ("name", "identity", "note", "party"):
            self.form[field_] = ""  # the next person, by the same phone

    async def _called_back(self) -> None:
        """Who was booked from the call-back list is off it."""
        slug, _, number = self.form.get("call_back", "").partition("|")
        self.form["call_back"] = ""
        call_back_id = web.as_uuid(number)
        if call_back_id is None or slug not in self.offices:
            return
        try:
            await self.run(
                commands.called_back,
                self.offices[slug],
                call_back_id=call_back_id,
                outcome="booked",
            )
        except Refused:
            return  # somebody else has ended it; the booking stands

    async def cancel(self) -> None:
        office, visit = await self.visit(*_parts(self.form.get("visit", ""), 2))
        visit_id = UUID(visit["visit_id"])
        await self.run(commands.cancel, office, visit_id=visit_id, reason="hotline")
        await self.note("cancelled", office, visit_id=visit["visit_id"])
        self.tell("cancelled", office, visit)

    async def move(self) -> None:
        slug, visit_id, starts_at = _parts(self.form.get("slot", ""), 3)
        self.form["moving"] = f"{slug}|{visit_id}"  # refused, other times are offered
        office, visit = await self.visit(slug, visit_id)
        to = web.need_moment(starts_at)
        await self.run(commands.reschedule, office, visit_id=UUID(visit["visit_id"]), starts_at=to)
        self.form["moving"] = ""
        await self.note("moved", office, visit_id=visit["visit_id"])
        self.tell("moved", office, {**visit, "starts_at": to.isoformat()})

    async def send(self) -> None:
        """The code once more, by text."""
        office, visit = await self.visit(*_parts(self.form.get("send", ""), 2))
        language = visit["language"]
        services = [one["service"] for one in visit["services"]]
        text = answers.booked(language, office, services, visit)
        await ways.text(self.request, office["office_id"], self.phone, language, text, self.form)
        await self.note("sent", office, visit_id=visit["visit_id"])
        self.tell("sent", office, visit)

    async def link(self) -> None:
        """Where it can be had online, by text."""
        office, service = self.service(*_parts(self.form.get("link", ""), 2))
        at = office["office_id"], service["service"], self.phone, "vi", self.form
        await ways.link(self.request, *at)
        await self.note("link", office, service=service["service"])
        self.tell("link", office, {"phone": self.phone})

    async def wait(self) -> None:
        """It can wait: called back when the measure ends, or from the day the caller named."""
        office, service = self.service(*_parts(self.form.get("wait", ""), 2))
        name, phone = self.caller()
        zone = _zone_of(office)
        today, asked = self.now.astimezone(zone).date(), self.from_when(office).date()
        wanted = {"name": name, "phone": phone, "language": "vi"}
        row = await ways.call_back(
            self.request,
            office["office_id"],
            self.who,
            self.form,
            service["service"],
            wanted,
            asked if asked > today else None,
        )
        back = row["call_back_id"]
        await self.note("waits", office, call_back_id=back, service=service["service"])
        self.form["note"] = ""
        self.tell("waits", office, row)

    async def note(self, did: str, office: Answer, **of: str) -> None:
        """Kept beside what was done: in which call it was, and what the operator wrote down."""
        note = web.clean_line(self.form.get("note", ""), 500) or ""
        if self.call or (note and did in ("booked", "moved", "cancelled")):
            entry_id = str(uuid5(ways.PRESSED, f"{web.key(self.request, self.form)} {did}"))
            entry = {"entry_id": entry_id, "call": self.call, "did": did, "note": note, **of}
            at = self.request.state.clock.at()
            pool = self.request.state.pool
            await commands.note_call(pool, office["office_id"], at, self.who.actor, entry)

    async def entries(self) -> list[tuple[Answer, Answer]]:
        """What was done in this call before, with its office."""
        if not self.call:
            return []
        by_id = {office["office_id"]: office for office in self.offices.values()}
        found = await reads.call_entries(self.request.state.pool, list(by_id), self.call)
        return [(by_id[entry["office_id"]], entry) for entry in found]

    async def run(self, command: Any, office: Answer, **rest: Any) -> Answer:
        key = f"{web.key(self.request, self.form)}/{command.__name__}"
        return await web.act(
            self.request, command, office["office_id"], self.who.actor, key, **rest
        )

    def tell(self, word: str, office: Answer, visit: Answer) -> None:
        self.word, self.done = word, {"office": office, "visit": visit}

    def refused(self, refused: Refused) -> None:
        words = wording.say_refusal(web.lang(self.request), refused.code, refused.facts)
        place = "choice" if refused.code in STALE else FIELDS.get(refused.code, "")
        self.errors[place] = words.text


# --- Pages ------------------------------------------------------------------------------------


async def show(request: AppRequest) -> Response:
    """Opened by the hotline's own software with the caller's number, or empty.

    The number goes on in a cookie of five minutes: no address that is kept, shared or sent on
    bears it.
    """
    phone, call = (request.query_params.get(name) for name in ("phone", "call"))
    if phone is not None or call is not None:
        response = web.see_other("/hotline/open")
        # A plus sign that was not encoded arrives as a space.
        said = re.sub(r"^ ", "+", phone or "")
        number = "".join(sign for sign in said if sign in "+0123456789")[:20]
        call = call if CALL.fullmatch(call or "") else ""
        response.set_cookie(
            "caller",
            f"{number}|{call}",
            max_age=300,
            path="/hotline",
            secure=request.state.settings.address.startswith("https:"),
            httponly=True,
            samesite="strict",
        )
        return response
    number, _, call = request.cookies.get("caller", "")[:90].partition("|")
    form = Form({"phone": number, "call": call})
    response = await _page(await _desk(request, form))
    response.delete_cookie("caller", path="/hotline", httponly=True, samesite="strict")
    return response


async def opening(request: AppRequest) -> Response:
    """Where the software is a site of its own, a strict sign-in comes only with a page of ours."""
    return web.render(request, "hotline/opening.html", private=True)


async def look(request: AppRequest) -> Response:
    """What Enter does anywhere: the time whose number was typed, else the search."""
    desk = await _desk(request, await web.read_form(request))
    choice, again = desk.form.pop("choice", "").strip(), desk.form.pop("again", "")
    if choice:
        return await _step(desk, desk.choose(choice))
    if again and any(desk.form.get(name, "").strip() for name in ("reason", "identity")):
        desk.form["slot"] = again
        return await _step(desk, desk.book())
    return await _page(desk)


async def caller(request: AppRequest) -> Response:
    """The part of the page about the caller, asked for while the number is typed."""
    desk = await _desk(request, await web.read_form(request))
    context = {**SAID, "desk": desk, "bookings": await desk.bookings()}
    return web.render(request, "hotline/caller.html", context, private=True)


async def act(request: AppRequest) -> Response:
    desk = await _desk(request, await web.read_form(request))
    steps = {
        "book": desk.book,
        "cancel": desk.cancel,
        "move": desk.move,
        "send": desk.send,
        "link": desk.link,
        "wait": desk.wait,
    }
    step = steps.get(request.path_params["act"])
    if step is None:
        raise Refused("no_such_page", 404, {})
    return await _step(desk, step())


async def home(request: AppRequest) -> Response:
    """A step's address opened anew, as the links to the other language do."""
    return web.see_other(f"/hotline?{request.url.query}" if request.url.query else "/hotline")


async def changes(request: AppRequest) -> Response:
    """Says that one of these offices has changed, and nothing more."""
    who = await web.caller(request)
    directory = await reads.directory(request.state.pool)
    asked = set(request.query_params.getlist("o")[:20])
    watched = [
        row["office_id"]
        for row in directory
        if row["slug"] in asked and who.may_enter(row["office_id"])
    ]
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    chunks = request.state.hub.changes(watched)
    return StreamingResponse(chunks, 200, headers, media_type="text/event-stream")


async def taken(request: AppRequest) -> Response:
    """Which of the numbered times on a page have gone since."""
    desk = await _desk(request, await web.read_form(request))
    numbers = list[int]()
    slots = list[Answer]()
    for name, slot in desk.form.items():
        if number := NUMBERED.fullmatch(name):
            slug, what, starts_at = _parts(slot, 3)
            if desk.form.get("moving"):
                office, visit = await desk.visit(slug, what)
                services = [{"service": s["service"], "quantity": s["quantity"]}
                            for s in visit["services"]]  # fmt: skip
            else:
                office, services = desk.office(slug), [{"service": what, "quantity": 1}]
            numbers.append(int(number[1]))
            slots.append(
                {
                    "office_id": office["office_id"],
                    "services": services,
                    "starts_at": web.need_moment(starts_at).isoformat(),
                }
            )
    free = await reads.still_free(request.state.pool, desk.now, slots) if slots else []
    gone = [number for place, number in enumerate(numbers, 1) if place not in free]
    said = web.gettext(request)("Just taken: %(numbers)s.") % {
        "numbers": ", ".join(map(str, sorted(gone)))
    }
    return JSONResponse({"gone": gone, "said": said}, headers={"cache-control": "no-store"})


async def _desk(request: AppRequest, form: Form) -> Desk:
    who = await web.caller(request)
    found = await reads.catalogue(request.state.pool)
    offices = {row["slug"]: row for row in found if who.may_enter(row["office_id"])}
    desk = Desk(request, who, form, offices)
    if form.get("phone", "").strip():
        try:
            desk.phone = phones.normalise(form["phone"])
        except phones.BadPhone as bad:
            desk.errors["phone"] = wording.say_phone(web.lang(request), bad.reason)
    return desk


async def _step(desk: Desk, step: Any) -> Response:
    try:
        await step
    except Refused as refused:
        desk.refused(refused)
        return await _page(desk, refused.status)
    return await _page(desk)


async def _page(desk: Desk, status: int = 200) -> Response:
    moving = cancelling = None
    try:
        if visit := await desk.named("moving"):
            moving = (*visit, await desk.times_to_move(*visit))
        cancelling = await desk.named("cancelling")
    except Refused as refused:
        desk.refused(refused)
    searches = moving is None and cancelling is None and desk.word in ("", "booked", "link")
    bookings, entries, found = await asyncio.gather(
        desk.bookings(), desk.entries(), desk.search() if searches else _nothing()
    )
    lists = [moving[2]] if moving else found
    context = {
        **SAID,
        "desk": desk,
        "form": desk.form,
        "errors": desk.errors,
        "bookings": bookings,
        "entries": entries,
        "scarce": any(one.service["scarce"] for one in found) or "identity" in desk.errors,
        "moving": moving,
        "cancelling": cancelling,
        "found": found,
        "times": any(one.times for one in lists),
        "watched": sorted({one.office["slug"] for one in lists if one.times}),
        "searched": searches and bool(desk.form.get("what", "").strip()),
        "key": web.fresh_id(),
    }
    context["focus"] = _focus(desk, context)
    return web.render(desk.request, "hotline/desk.html", context, status, private=True)


async def _nothing() -> list[Times]:
    return []


def _focus(desk: Desk, context: Mapping[str, Any]) -> str:
    """Where the operator goes on: never on a button, so that a second Enter changes nothing."""
    if wrong := next((name for name in desk.errors if name), None):
        return wrong if wrong != "choice" or context["times"] else "what"
    if context["cancelling"]:
        return "cancelling"
    if not desk.phone:
        return "phone"
    if desk.done or not context["searched"]:
        return "choice" if context["moving"] and context["times"] else "name"
    if context["times"] and not desk.form.get("name", "").strip():
        return "name"
    return "choice" if context["times"] else "what"


def _zone_of(office: Answer) -> ZoneInfo:
    return ZoneInfo(office["time_zone"])


SAID: Mapping[str, Any] = {"zone_of": _zone_of, "group": tickets.group_code}


def _parts(text: str, count: int) -> list[str]:
    parts = text.split("|")
    if len(parts) != count:
        raise Refused("bad_request", 422, {})
    return parts


ROUTES = [
    Route("/hotline", show, methods=["GET"], name="hotline"),
    Route("/hotline", look, methods=["POST"]),
    Route("/hotline/open", opening, methods=["GET"], name="hotline_open"),
    Route("/hotline/changes", changes, methods=["GET"], name="hotline_changes"),
    Route("/hotline/caller", caller, methods=["POST"], name="hotline_caller"),
    Route("/hotline/taken", taken, methods=["POST"], name="hotline_taken"),
    *(Route(f"/hotline/{step}", home, methods=["GET"]) for step in STEPS),
    Route("/hotline/{act}", act, methods=["POST"], name="hotline_act"),
]
