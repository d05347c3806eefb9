"""The operator's page: a caller's bookings, the next free times anywhere, all by keyboard.

Every step is one form sent by POST, so that a phone number stands in no address but the one the
hotline's own software opens the page with.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, matching, phones, reads, tickets, web, wording
from queue_service.db import Refused
from queue_service.group_commit import BookRequest, Wanted
from queue_service.web import AppRequest, Caller, Form

Answer = dict[str, Any]
ROLES = ("operator", "manager")
MOST_OFFICES = 4
MOST_TIMES = 6
# Refusals that a fresh list of times answers.
STALE = {"slot_full", "not_a_slot", "in_the_past", "too_soon", "too_far", "closed_day"}


@dataclass(frozen=True, slots=True)
class Found:
    """A service at an office that the typed words may mean, and its next free times."""

    office: Answer
    service: Answer
    times: Sequence[datetime]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.office["time_zone"])


@dataclass(slots=True)
class Desk:
    """One operator's page: what was sent, and what it is answered with."""

    request: AppRequest
    who: Caller
    form: Form
    offices: dict[str, Answer]
    phone: str = ""
    errors: dict[str, str] | None = None
    done: Answer | None = None
    word: str = ""

    @property
    def at(self) -> datetime:
        return self.request.state.clock.now()

    def office(self, slug: str) -> Answer:
        """The operator's offices are all there are: another one is as unknown as a made-up one."""
        if slug not in self.offices:
            raise Refused("no_such_office", 404, {})
        return self.offices[slug]

    async def bookings(self) -> list[tuple[Answer, Answer]]:
        """What this phone has booked and may still change, soonest first."""
        if not self.phone:
            return []
        pool = self.request.state.pool
        offices = list(self.offices.values())
        lists = await asyncio.gather(
            *(
                reads.find_visits(pool, one["office_id"], self.at, phone=self.phone)
                for one in offices
            )
        )
        mine = [
            (office, visit)
            for office, visits in zip(offices, lists, strict=True)
            for visit in visits
            if visit["state"] == "booked"
        ]
        return sorted(mine, key=lambda one: one[1]["starts_at"])

    async def search(self) -> list[Found]:
        """Offices by the words for the place, services by the words for the matter."""
        what, where = self.form.get("what", ""), self.form.get("where", "")
        if not what.strip():
            return []
        offices = list(self.offices.values())
        if where.strip():
            known = [matching.Candidate(o["slug"], matching.office_names(o)) for o in offices]
            offices = [self.offices[one.key] for one in matching.ranked(where, known)]
        state = self.request.state
        lists = await asyncio.gather(
            *(reads.services(state.pool, one["office_id"], self.at) for one in offices)
        )
        best = list[tuple[float, Answer, Answer]]()
        for office, services in zip(offices, lists, strict=True):
            by_id = {one["service"]: one for one in services}
            known = [matching.Candidate(k, matching.service_names(s)) for k, s in by_id.items()]
            ranked = matching.best(what, known)
            best += [(m.score, office, by_id[m.key]) for m in ranked.close[:MOST_OFFICES]]
        best.sort(key=lambda one: -one[0])
        return [
            Found(office, service, await self.times(office, [{"service": service["service"]}]))
            for _, office, service in best[:MOST_OFFICES]
        ]

    async def times(
        self, office: Answer, services: Sequence[Mapping[str, object]]
    ) -> list[datetime]:
        zone = ZoneInfo(office["time_zone"])
        wanted = [
            {"service": one["service"], "quantity": one.get("quantity", 1)} for one in services
        ]
        days = int(office["booking_days"]) + 1
        today = self.at.astimezone(zone).date()
        rows = await reads.slots(
            self.request.state.pool, office["office_id"], self.at, wanted, today, days
        )
        free = (row for row in rows if row["left"] > 0)
        return [
            datetime.fromisoformat(row["starts_at"]).astimezone(zone)
            for _, row in zip(range(MOST_TIMES), free, strict=False)
        ]

    async def visit(self, slug: str, visit_id: str) -> tuple[Answer, Answer]:
        """A booking of this caller; one of another phone is not to be had by its id."""
        found = next(
            (
                (office, visit)
                for office, visit in await self.bookings()
                if office["slug"] == slug and visit["visit_id"] == visit_id
            ),
            None,
        )
        if found is None:
            raise Refused("no_such_visit", 404, {})
        return found

    async def moving(self) -> tuple[Answer, Answer, list[datetime]] | None:
        slug, _, visit_id = self.form.get("moving", "").partition("|")
        if not visit_id:
            return None
        office, visit = await self.visit(slug, visit_id)
        return office, visit, await self.times(office, visit["services"])

    # What changes something

    async def book(self) -> None:
        slug, service, starts_at = _parts(self.form.get("slot", ""), 3)
        office = self.office(slug)
        name = web.clean_line(self.form.get("name", ""), 100)
        if name is None:
            raise Refused("no_name", 422, {})
        if not self.phone:
            raise Refused("bad_phone", 422, {})
        visit = await self.request.state.groups.book(
            office["office_id"],
            BookRequest(
                booking_id=web.as_uuid(self.form.get("key")) or UUID(web.fresh_id()),
                actor=self.who.actor,
                services=(Wanted(service),),
                starts_at=web.need_moment(starts_at),
                name=name,
                phone=self.phone,
                token=secrets.token_hex(16),
                digits=tickets.new_digits(),
                channel="hotline",
            ),
        )
        self.tell("booked", office, visit)

    async def cancel(self) -> None:
        office, visit = await self.visit(*_parts(self.form.get("visit", ""), 2))
        visit_id = UUID(visit["visit_id"])
        await self.run(commands.cancel, office, visit_id=visit_id, reason="hotline")
        self.tell("cancelled", office, visit)

    async def move(self) -> None:
        slug, visit_id, starts_at = _parts(self.form.get("slot", ""), 3)
        self.form["moving"] = f"{slug}|{visit_id}"  # refused, other times are offered
        office, visit = await self.visit(slug, visit_id)
        to = web.need_moment(starts_at)
        await self.run(commands.reschedule, office, visit_id=UUID(visit["visit_id"]), starts_at=to)
        self.form["moving"] = ""
        self.tell("moved", office, {**visit, "starts_at": to.isoformat()})

    async def run(self, command: Any, office: Answer, **rest: Any) -> Answer:
        key = web.key(self.request, self.form)
        return await web.act(
            self.request, command, office["office_id"], self.who.actor, key, **rest
        )

    def tell(self, word: str, office: Answer, visit: Answer) -> None:
        self.word, self.done = word, {"office": office, "visit": visit}


async def show(request: AppRequest) -> Response:
    """Opened by the hotline's own software with the caller's number, or empty."""
    form = Form({"phone": request.query_params.get("phone", "")[:40]})
    # A plus sign that was not encoded arrives as a space.
    if form["phone"].startswith(" "):
        form["phone"] = "+" + form["phone"].strip()
    return await _page(await _desk(request, form))


async def look(request: AppRequest) -> Response:
    return await _page(await _desk(request, await web.read_form(request)))


async def caller(request: AppRequest) -> Response:
    """The part of the page about the caller, asked for while the number is typed."""
    desk = await _desk(request, await web.read_form(request))
    context = {**SAID, "desk": desk, "bookings": await desk.bookings()}
    return web.render(request, "hotline/caller.html", context, private=True)


async def act(request: AppRequest) -> Response:
    desk = await _desk(request, await web.read_form(request))
    steps = {"book": desk.book, "cancel": desk.cancel, "move": desk.move}
    step = steps.get(request.path_params["act"])
    if step is None:
        raise Refused("no_such_page", 404, {})
    try:
        await step()
    except Refused as refused:
        field = {"no_name": "name", "bad_phone": "phone", "too_many_bookings": "phone"}
        words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
        where = "times" if refused.code in STALE else field.get(refused.code, "")
        desk.errors = {**(desk.errors or {}), where: words.text}
        return await _page(desk, refused.status)
    return await _page(desk)


async def _desk(request: AppRequest, form: Form) -> Desk:
    who = await web.caller(request, *ROLES)
    pool, at = request.state.pool, request.state.clock.now()
    mine = [row for row in await reads.directory(pool) if who.may_enter(row["office_id"])]
    rows = await asyncio.gather(*(reads.office(pool, row["office_id"], at) for row in mine))
    offices = {row["slug"]: row for row in rows}
    desk = Desk(request, who, form, offices)
    if form.get("phone", "").strip():
        try:
            desk.phone = phones.normalise(form["phone"])
        except phones.BadPhone as bad:
            desk.errors = {"phone": wording.say_phone(web.lang(request), bad.reason)}
    return desk


async def _page(desk: Desk, status: int = 200) -> Response:
    moving = None
    try:
        moving = await desk.moving()
    except Refused as refused:
        words = wording.say_refusal(web.lang(desk.request), refused.code, refused.facts)
        desk.errors = {**(desk.errors or {}), "": words.text}
    context = {
        **SAID,
        "desk": desk,
        "form": desk.form,
        "errors": desk.errors or {},
        "bookings": await desk.bookings(),
        "moving": moving,
        "found": [] if moving or desk.done else await desk.search(),
        "key": web.fresh_id(),
    }
    return web.render(desk.request, "hotline/desk.html", context, status, private=True)


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
    Route("/hotline/caller", caller, methods=["POST"], name="hotline_caller"),
    Route("/hotline/{act}", act, methods=["POST"], name="hotline_act"),
]
