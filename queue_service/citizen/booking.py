"""Choosing a time and booking it. Back, reload and double click never book twice."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.responses import Response
from starlette.routing import Route

from queue_service import identities, phones, reads, tickets, web, wording
from queue_service.citizen import slots
from queue_service.citizen.basket import Shop, enter
from queue_service.db import Refused
from queue_service.group_commit import BookRequest
from queue_service.settings import ticket_secret
from queue_service.web import AppRequest

OLD = timedelta(hours=2)
LONGEST_NAME = 100
# Which field of the form a refusal is about; "time" offers the nearest free times.
FIELDS = {
    "bad_name": "name",
    "bad_phone": "phone",
    "too_many_bookings": "phone",
    "too_many_codes": "phone",
    "phone_needed": "phone",
    "identity_needed": "identity",
    "person_limit": "identity",
    "not_open_yet": "starts_at",
    "party_too_large": "party_size",
    "party_too_small": "party_size",
    "slot_full": "starts_at",
    "not_a_slot": "starts_at",
    "in_the_past": "starts_at",
    "too_soon": "starts_at",
    "too_far": "starts_at",
    "closed_day": "starts_at",
    "not_a_time": "starts_at",
}


async def times(request: AppRequest) -> Response:
    """Days and times for what is wanted."""
    shop = await enter(request)
    if not shop.basket:
        return web.see_other(shop.url())
    found = await slots.days(request, shop.office_id, shop.office, shop.basket.rows())
    asked = request.query_params.get("day", "")
    day = next((one for one in found if one.day.isoformat() == asked), None)
    day = day or next((one for one in found if one.free), found[0] if found else None)
    every = request.query_params.get("all") == "1"
    shown = () if day is None else day.slots if every else slots.spread(day.slots)
    context = {
        "shop": shop,
        "zone": ZoneInfo(shop.office["time_zone"]),
        "days": found,
        "day": day,
        "parts": slots.by_part_of_day(shown),
        "thinned": day is not None and len(shown) < len(day.slots),
    }
    return web.render(request, "citizen/times.html", context)


# --- The form ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Details:
    """The form as it was filled in, and what is wrong with it."""

    booking_id: UUID
    shown_at: datetime
    starts_at: datetime | None
    name: str = ""
    phone: str = ""
    identity: str = ""
    party_size: str = "1"
    priority: str = ""
    needs: list[str] = field(default_factory=list[str])
    errors: dict[str, str] = field(default_factory=dict[str, str])


async def show(request: AppRequest) -> Response:
    """The form. Its id stands in the address, so that Back and reload find the same form."""
    shop = await enter(request)
    if not shop.basket:
        return web.see_other(shop.url())
    details = _details(request)
    if details is None:
        return web.see_other(_fresh(request, shop))
    return _form(request, shop, details)


async def book(request: AppRequest) -> Response:
    shop = await enter(request)
    if not shop.basket:
        return web.see_other(shop.url())
    details = _details(request) or _made_up(request)
    async with request.form(max_files=0, max_fields=100) as sent:
        _fill(details, sent)
    try:
        wanted = _checked(request, shop, details)
        web.spend_booking(request, wanted.phone)
        await _not_too_old(request, shop, details)
        visit = await request.state.groups.book(shop.office_id, wanted)
    except Refused as refused:
        return await _refused(request, shop, details, refused)
    token = tickets.make_token(shop.office_id, bytes.fromhex(visit["token"]))
    return web.see_other(f"/t/{token}")


def _details(request: AppRequest) -> Details | None:
    """The form the address names; None where its id or the hour it was shown is missing."""
    query = request.query_params
    booking_id, since = web.as_uuid(query.get("id")), query.get("since", "")
    if booking_id is None or not since.isdecimal() or len(since) > 10:
        return None
    shown_at = datetime.fromtimestamp(int(since), UTC)
    if request.method == "GET" and request.state.clock.now() - shown_at > OLD:
        return None
    return Details(booking_id, shown_at, web.read_moment(query.get("at", "")))


def _made_up(request: AppRequest) -> Details:
    """A form sent to an address without its id: it is treated as new."""
    at = web.read_moment(request.query_params.get("at", ""))
    return Details(UUID(web.fresh_id()), request.state.clock.now(), at)


def _fresh(request: AppRequest, shop: Shop, booking_id: str | None = None) -> str:
    """The same page with an id of its own; an id already there stays."""
    query = request.query_params
    known = web.as_uuid(query.get("id"))
    return shop.url(
        "book",
        at=query.get("at", ""),
        id=booking_id or known or web.fresh_id(),
        since=int(request.state.clock.now().timestamp()),
    )


def _fill(details: Details, sent: FormData) -> None:
    def text(name: str) -> str:
        value = sent.get(name)
        return value[:20_000] if isinstance(value, str) else ""

    details.name, details.phone = text("name"), text("phone")
    details.identity = text("identity")
    details.party_size = text("party_size").strip() or "1"
    details.priority = text("priority")
    details.needs = [str(need) for need in sent.getlist("needs") if need in wording.NEEDS]
    if moved := text("starts_at"):
        details.starts_at = web.read_moment(moved)


def _checked(request: AppRequest, shop: Shop, details: Details) -> BookRequest:
    """Every field that is wrong is told at once."""
    language, errors = web.lang(request), details.errors
    name = web.clean_line(details.name, LONGEST_NAME)
    if name is None:
        code = "bad_name" if details.name.strip() else "no_name"
        errors["name"] = wording.say_refusal(language, code).title
    phone = ""
    try:
        phone = phones.normalise(details.phone)
    except phones.BadPhone as bad:
        errors["phone"] = wording.say_phone(language, bad.reason)
    person = ""
    if shop.scarce:
        number = identities.read(details.identity)
        if number is None:
            errors["identity"] = wording.say_refusal(language, "bad_identity").title
        else:
            person = identities.keyed(ticket_secret(request.state.settings), number)
    people = details.party_size.lstrip("-")
    size = int(details.party_size) if people.isdecimal() and len(people) <= 6 else 0
    largest = int(shop.office["largest_party"])
    if not 1 <= size <= largest:
        code = "party_too_large" if size > largest else "party_too_small"
        errors["party_size"] = wording.say_refusal(language, code, shop.office).text
    if details.starts_at is None:
        errors["starts_at"] = wording.say_refusal(language, "not_a_time").text
    if errors or details.starts_at is None or name is None:
        raise Refused("bad_form", 422, {})
    return BookRequest(
        booking_id=details.booking_id,
        actor="web",
        services=shop.basket.wanted,
        starts_at=details.starts_at,
        name=name,
        phone=phone,
        token=secrets.token_hex(16),
        digits=tickets.new_digits(),
        party_size=size,
        language=language,
        priority=details.priority if details.priority in wording.PRIORITIES else "",
        needs=tuple(details.needs),
        person=person,
        proof=tickets.new_proof(),
    )


async def _not_too_old(request: AppRequest, shop: Shop, details: Details) -> None:
    """Hours later the time may be gone; but whoever has booked with this form gets that ticket."""
    state = request.state
    now = state.clock.now()
    if now - details.shown_at <= OLD:
        return
    if await reads.visit(state.pool, shop.office_id, now, details.booking_id) is None:
        raise Refused("form_too_old", 409, {})


async def _refused(request: AppRequest, shop: Shop, details: Details, refused: Refused) -> Response:
    """The same form, every field kept, with what is wrong and what would be free."""
    if refused.status == 503:
        return _busy(request, details, refused)
    if refused.code in ("form_too_old", "id_reused"):
        details.shown_at = request.state.clock.now()
    if refused.code == "id_reused":
        details.booking_id = UUID(web.fresh_id())
    where = FIELDS.get(refused.code, "")
    if refused.code != "bad_form":
        zone = shop.office["time_zone"]
        words = wording.say_refusal(web.lang(request), refused.code, refused.facts, zone)
        details.errors[where] = words.text
    offered: list[slots.Slot] = []
    if "starts_at" in details.errors:
        around = details.starts_at or request.state.clock.now()
        day = around.astimezone(ZoneInfo(shop.office["time_zone"])).date()
        found = await slots.days(request, shop.office_id, shop.office, shop.basket.rows(), day)
        heads = int(details.party_size) if details.party_size.isdecimal() else 1
        offered = slots.nearest(found, around, heads)
    return _form(request, shop, details, refused.status, offered)


def _form(
    request: AppRequest,
    shop: Shop,
    details: Details,
    status: int = 200,
    offered: list[slots.Slot] | None = None,
) -> Response:
    at = details.starts_at.isoformat() if details.starts_at else ""
    since = int(details.shown_at.timestamp())
    context: Mapping[str, Any] = {
        "shop": shop,
        "zone": ZoneInfo(shop.office["time_zone"]),
        "details": details,
        "errors": details.errors,
        "offered": offered or [],
        "action": shop.url("book", at=at, id=details.booking_id, since=since),
        "people": [(n, str(n)) for n in range(1, int(shop.office["largest_party"]) + 1)],
        "priorities": wording.options(web.lang(request), wording.PRIORITIES),
        "needs": wording.options(web.lang(request), wording.NEEDS),
    }
    # Not "no-store": Back has to find this very form, or its id would be a new one.
    headers = {"cache-control": "private, no-cache", "x-robots-tag": "noindex"}
    return web.render(request, "citizen/details.html", context, status, headers=headers)


def _busy(request: AppRequest, details: Details, refused: Refused) -> Response:
    """Sends the same form again by itself; without JavaScript by one button."""
    seconds = int(refused.facts.get("retry_after", 3))
    fields = [
        ("name", details.name),
        ("phone", details.phone),
        ("identity", details.identity),
        ("party_size", details.party_size),
        ("priority", details.priority),
        ("starts_at", details.starts_at.isoformat() if details.starts_at else ""),
        *(("needs", need) for need in details.needs),
    ]
    context = {
        "words": wording.say_refusal(web.lang(request), refused.code, {"retry_after": seconds}),
        "action": f"{request.url.path}?{request.url.query}",
        "fields": fields,
        "seconds": seconds,
    }
    headers = {"retry-after": str(seconds)}
    return web.render(request, "citizen/busy.html", context, 503, private=True, headers=headers)


ROUTES = [
    Route("/o/{office}/time", times, methods=["GET"], name="times"),
    Route("/o/{office}/book", show, methods=["GET"], name="details"),
    Route("/o/{office}/book", book, methods=["POST"], name="book"),
]
