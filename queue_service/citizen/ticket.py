"""The ticket in the visitor's hand: where it stands, its QR, changing and cancelling it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import anyio
from starlette.responses import Response
from starlette.routing import Route

from queue_service import calendars, commands, phones, reads, tickets, web, wording
from queue_service.citizen import slots
from queue_service.db import Refused
from queue_service.settings import Settings, ticket_secret
from queue_service.web import AppRequest

# Nobody but its holder may keep it or list it.
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}
OVER = frozenset({"done", "left", "cancelled", "missed", "void"})
MOVABLE = frozenset({"held", "booked"})


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket whose link was shown."""

    office_id: int
    token: str
    visit: Mapping[str, Any]

    @property
    def office(self) -> Mapping[str, Any]:
        return self.visit["office"]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.office["time_zone"])

    @property
    def path(self) -> str:
        return f"/t/{self.token}"

    @property
    def over(self) -> bool:
        return self.visit["state"] in OVER

    @property
    def movable(self) -> bool:
        return self.visit["state"] in MOVABLE

    @property
    def wanted(self) -> list[dict[str, object]]:
        rows = self.visit["services"]
        return [{"service": row["service"], "quantity": row["quantity"]} for row in rows]


async def held(request: AppRequest) -> Held:
    """The visit of the link; a link that was never given is counted as a failed try."""
    token = request.path_params["token"]
    state = request.state
    if parsed := tickets.parse_token(token):
        office_id, secret = parsed
        visit = await reads.ticket(state.pool, office_id, state.clock.now(), secret)
        if visit is not None:
            return Held(office_id, token, visit)
    await web.spend_try(request, "link")
    raise Refused("no_such_visit", 404, {})


async def show(request: AppRequest) -> Response:
    ticket = await held(request)
    did = request.query_params.get("did", "")
    if ticket.visit["state"] == "held":
        return proof_page(request, ticket, sent_again=did == "sent")
    note = _note(request, ticket, did)
    context = {**await _standing(request, ticket), "did": did, "note": note}
    return web.render(request, "citizen/ticket.html", context, private=True)


def proof_page(
    request: AppRequest,
    ticket: Held,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    *,
    sent_again: bool = False,
) -> Response:
    """Until the code is entered there is no ticket, only a place that is kept for a while."""
    context = {
        "ticket": ticket,
        "visit": ticket.visit,
        "office": ticket.office,
        "zone": ticket.zone,
        "hidden_phone": phones.hidden(ticket.visit["phone"]),
        "keys": (web.fresh_id(), web.fresh_id()),
        "errors": errors or {},
        "sent_again": sent_again,
    }
    return web.render(request, "citizen/prove.html", context, status, private=True)


def _note(request: AppRequest, ticket: Held, did: str) -> wording.Words | None:
    """What has just become of the code or of the offer; only what the visit does not contradict."""
    language, facts = web.lang(request), {**ticket.office, "decision": did}
    match did:
        case "proven" if ticket.visit["state"] == "booked":
            return wording.say_proof(language, facts)
        case "too_many_tries" | "too_many_bookings" if ticket.over:
            return wording.say_proof(language, facts)
        case "accepted" if ticket.visit["state"] == "booked":
            return wording.say_offer(language, facts)
        case _:
            return None


async def live(request: AppRequest) -> Response:
    """The part of the page that changes, made here and put in place by the page's script."""
    ticket = await held(request)
    return web.render(
        request, "citizen/standing.html", await _standing(request, ticket), private=True
    )


async def _standing(request: AppRequest, ticket: Held) -> dict[str, Any]:
    visit, now = ticket.visit, request.state.clock.now()
    comes_from = None
    if visit["state"] == "booked" and visit["starts_at"]:
        early = timedelta(minutes=ticket.office.get("earliness_minutes", 15))
        comes_from = datetime.fromisoformat(visit["starts_at"]) - early
    expected = visit.get("expected_at")
    waits = None
    if visit["state"] == "booked" and visit["booked"] and visit["phone"]:
        visit_id = UUID(visit["visit_id"])
        waits = await reads.waiting(request.state.pool, ticket.office_id, now, None, visit_id)
    return {
        "waits": waits,
        "wait_link": _wait_link(ticket, waits),
        "wait_key": web.fresh_id(),
        "ticket": ticket,
        "visit": visit,
        "office": ticket.office,
        "zone": ticket.zone,
        "counter": await _counter(request, ticket),
        "code": tickets.group_code(visit["code"]),
        "comes_from": comes_from,
        "now": now,
        "expected": expected if expected and datetime.fromisoformat(expected) > now else None,
        "today": visit["day"] == now.astimezone(ticket.zone).date().isoformat(),
    }


def _wait_link(ticket: Held, waits: Mapping[str, Any] | None) -> str:
    if waits is None:
        return ""
    return f"/w/{tickets.make_token(ticket.office_id, bytes.fromhex(waits['token']))}"


async def _counter(request: AppRequest, ticket: Held) -> Mapping[str, Any] | None:
    """Where one is called to, by the name that hangs over it."""
    wanted = ticket.visit.get("counter")
    if wanted is None:
        return None
    office = await reads.office(request.state.pool, ticket.office_id, request.state.clock.now())
    return next((one for one in office["counters"] if one["counter"] == wanted), None)


# --- What one takes along ---------------------------------------------------------------------


async def qr(request: AppRequest) -> Response:
    """The link with the signed payload: a door that has not heard of the visit can judge it."""
    kind = request.path_params["kind"]
    if kind not in ("svg", "png"):
        raise Refused("no_such_page", 404, {})
    ticket = await held(request)
    if ticket.visit["state"] == "held":  # a signed payload opens doors that have not heard of it
        raise Refused("not_proven", 409, {})
    text = qr_text(request.state.settings, ticket)
    if kind == "svg":
        svg = await anyio.to_thread.run_sync(tickets.qr_svg, text)
        return Response(svg, media_type="image/svg+xml", headers=PRIVATE)
    png = await anyio.to_thread.run_sync(tickets.qr_png, text)
    return Response(png, media_type="image/png", headers=PRIVATE)


def qr_text(settings: Settings, ticket: Held) -> str:
    visit = ticket.visit
    starts_at = visit["starts_at"] or visit["arrived_at"]
    ends_at = visit["ends_at"] or starts_at
    if starts_at is None:
        return tickets.ticket_link(settings.ticket_address, ticket.token)
    payload = tickets.Payload(
        office_id=ticket.office_id,
        visit_id=UUID(visit["visit_id"]),
        revision=visit["revision"],
        services=tuple((row["service"], row["quantity"]) for row in visit["services"]),
        starts_at=datetime.fromisoformat(starts_at),
        ends_at=datetime.fromisoformat(ends_at),
        party_size=visit["party_size"],
        priority=visit["priority"],
        needs=tuple(visit["needs"]),
        code=visit["code"],
    )
    return tickets.ticket_link(
        settings.ticket_address, ticket.token, tickets.sign(payload, _keys(settings))
    )


@lru_cache(maxsize=4)
def _keys(settings: Settings) -> tickets.TicketKeys:
    return tickets.TicketKeys(ticket_secret(settings), tickets.BOX_KEY if settings.box_hub else 1)


async def calendar(request: AppRequest) -> Response:
    ticket = await held(request)
    visit, language = ticket.visit, web.lang(request)
    if visit["starts_at"] is None:
        raise Refused("no_such_page", 404, {})
    ics = calendars.ics(
        calendars.Appointment(
            visit_id=UUID(visit["visit_id"]),
            revision=visit["revision"],
            starts_at=datetime.fromisoformat(visit["starts_at"]),
            ends_at=datetime.fromisoformat(visit["ends_at"]),
            zone=ticket.zone,
            office=_said(ticket.office, "name", language),
            address=_said(ticket.office, "address", language),
            services=tuple(_said(row, "name", language) for row in visit["services"]),
            code=visit["code"],
            link=tickets.ticket_link(request.state.settings.ticket_address, ticket.token),
            written_at=request.state.clock.now(),
            language=language,
            cancelled=visit["state"] == "cancelled",
        )
    )
    headers = {**PRIVATE, "content-disposition": 'attachment; filename="lich-hen.ics"'}
    return Response(ics, media_type="text/calendar; charset=utf-8", headers=headers)


def _said(thing: Mapping[str, Any], field: str, language: str) -> str:
    return thing.get(f"{field}_{language}") or thing.get(f"{field}_vi") or ""


# --- Changing it ------------------------------------------------------------------------------


async def ask_cancel(request: AppRequest) -> Response:
    ticket = await held(request)
    if ticket.visit["state"] == "cancelled":
        return web.see_other(ticket.path)
    _may_change(ticket)
    return await _page(request, "citizen/cancel.html", ticket, {"key": web.fresh_id()})


async def cancel(request: AppRequest) -> Response:
    ticket = await held(request)
    if ticket.visit["state"] == "cancelled":  # a second press
        return web.see_other(ticket.path)
    web.spend(request, "ticket_changes_per_hour", ticket.token)
    form = await web.read_form(request)
    visit_id = UUID(ticket.visit["visit_id"])
    await web.act(
        request,
        commands.cancel,
        ticket.office_id,
        "web",
        web.key(request, form),
        visit_id=visit_id,
        reason="",
    )
    return web.see_other(f"{ticket.path}?did=cancelled")


async def ask_move(request: AppRequest) -> Response:
    """Days and times; with `at` in the address, whether to move there."""
    ticket = await held(request)
    _may_change(ticket)
    if at := request.query_params.get("at"):
        return await _confirm_move(request, ticket, web.need_moment(at))
    return await _offer_times(request, ticket)


async def move(request: AppRequest) -> Response:
    ticket = await held(request)
    web.spend(request, "ticket_changes_per_hour", ticket.token)
    form = await web.read_form(request)
    starts_at = web.need_moment(form.get("starts_at", ""))
    try:
        await web.act(
            request,
            commands.reschedule,
            ticket.office_id,
            "web",
            web.key(request, form),
            visit_id=UUID(ticket.visit["visit_id"]),
            starts_at=starts_at,
        )
    except Refused as refused:
        if refused.status not in (409, 422) or refused.code == "not_booked":
            raise
        words = wording.say_refusal(
            web.lang(request), refused.code, refused.facts, ticket.office["time_zone"]
        )
        return await _offer_times(request, ticket, {"": words.text}, refused.status, starts_at)
    return web.see_other(f"{ticket.path}?did=moved")


async def _offer_times(
    request: AppRequest,
    ticket: Held,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    around: datetime | None = None,
) -> Response:
    office = await reads.office(request.state.pool, ticket.office_id, request.state.clock.now())
    found = await slots.days(request, ticket.office_id, office, ticket.wanted)
    mine = around or datetime.fromisoformat(ticket.visit["starts_at"])
    asked = request.query_params.get("day") or mine.astimezone(ticket.zone).date().isoformat()
    day = next((one for one in found if one.day.isoformat() == asked), None)
    day = day or next((one for one in found if one.free), found[0] if found else None)
    every = request.query_params.get("all") == "1"
    shown = () if day is None else day.slots if every else slots.spread(day.slots)
    context = {
        "days": found,
        "day": day,
        "parts": slots.by_part_of_day(shown),
        "thinned": day is not None and len(shown) < len(day.slots),
        "errors": errors or {},
    }
    return await _page(request, "citizen/move.html", ticket, context, status)


async def _confirm_move(request: AppRequest, ticket: Held, starts_at: datetime) -> Response:
    context = {"starts_at": starts_at, "key": web.fresh_id()}
    return await _page(request, "citizen/move_confirm.html", ticket, context)


async def _page(
    request: AppRequest, template: str, ticket: Held, context: Mapping[str, Any], status: int = 200
) -> Response:
    whole = {**await _standing(request, ticket), **context}
    return web.render(request, template, whole, status, private=True)


def _may_change(ticket: Held) -> None:
    if not ticket.movable:
        raise Refused("not_booked", 409, {"state": ticket.visit["state"]})


async def accept(request: AppRequest) -> Response:
    """Yes to the time that the office had to give instead."""
    ticket = await held(request)
    web.spend(request, "ticket_changes_per_hour", ticket.token)
    form = await web.read_form(request)
    await web.act(
        request,
        commands.answer_change,
        ticket.office_id,
        "web",
        web.key(request, form),
        visit_id=UUID(ticket.visit["visit_id"]),
    )
    return web.see_other(f"{ticket.path}?did=agreed")


async def inside(request: AppRequest) -> Response:
    """Who was invited has come in, and says so."""
    ticket = await held(request)
    web.spend(request, "ticket_changes_per_hour", ticket.token)
    form = await web.read_form(request)
    await web.act(
        request,
        commands.come_in,
        ticket.office_id,
        "web",
        web.key(request, form),
        visit_id=UUID(ticket.visit["visit_id"]),
    )
    return web.see_other(ticket.path)


ROUTES = [
    Route("/t/{token}", show, methods=["GET"], name="ticket"),
    Route("/t/{token}/standing", live, methods=["GET"], name="standing"),
    Route("/t/{token}/qr.{kind:str}", qr, methods=["GET"], name="qr"),
    Route("/t/{token}/calendar.ics", calendar, methods=["GET"], name="calendar"),
    Route("/t/{token}/inside", inside, methods=["POST"], name="come_in"),
    Route("/t/{token}/accept", accept, methods=["POST"], name="accept_change"),
    Route("/t/{token}/cancel", ask_cancel, methods=["GET"], name="ask_cancel"),
    Route("/t/{token}/cancel", cancel, methods=["POST"], name="cancel"),
    Route("/t/{token}/time", ask_move, methods=["GET"], name="ask_move"),
    Route("/t/{token}/time", move, methods=["POST"], name="move"),
]
