"""Bookings, and what the holder of a ticket's link may see and do."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID, uuid4

import msgspec
from msgspec import convert
from starlette.responses import Response

from queue_service import commands, reads, web
from queue_service.api import checks
from queue_service.api.operations import Answer, Call, Json, on_the_wall
from queue_service.api.problems import Invalid
from queue_service.api.shapes import (
    Booked,
    BookingBody,
    CancelBody,
    Nothing,
    Proof,
    ProofBody,
    RescheduleBody,
    TicketView,
)
from queue_service.db import Pool, Refused
from queue_service.group_commit import BookRequest, Wanted
from queue_service.rights import EVERY_ROLE
from queue_service.tickets import make_token, new_proof, new_secrets, parse_token

CHANNELS = {None: "api", "kiosk": "kiosk", "operator": "hotline", "board": "api", "auditor": "api"}


async def book(call: Call, asked: BookingBody) -> Response:
    """The crowd's way in: nothing here asks the database but the group."""
    if asked.services is not None:
        if asked.service is not None:
            raise Invalid("one_of", fields="service, services")
        services = tuple(Wanted(one.service, one.quantity) for one in asked.services)
    elif asked.service is not None:
        services = (Wanted(asked.service),)
    else:
        raise Invalid("missing_field", field="service")
    phone = checks.phone(asked.phone)
    if call.signed_in:
        call.caller = await web.allowed(call.request, EVERY_ROLE)
    else:
        web.spend_booking(call.request, phone)
    secret, digits, proof = new_secrets()
    visit = await call.state.groups.book(
        call.office_id,
        BookRequest(
            booking_id=_booking_id(call, asked.booking_id),
            actor=call.actor,
            services=services,
            starts_at=checks.moment("starts_at", asked.starts_at),
            name=checks.name(asked.name),
            phone=phone,
            party_size=checks.party_size(asked.party_size),
            language=asked.language,
            channel=CHANNELS.get(call.caller and call.caller.role, "helper"),
            priority=asked.priority,
            needs=tuple(asked.needs),
            token=secret.hex(),
            digits=digits,
            person=checks.person(call.state.settings, asked.identity) if asked.identity else "",
            proof=proof,
        ),
    )
    token = make_token(call.office_id, bytes.fromhex(visit["token"]))
    url = ticket_url(call, token)
    until = visit.get("held_until")
    booked = Booked(
        booking_id=visit["visit_id"],
        code=visit["code"],
        token=token,
        status=visit["state"],
        starts_at=on_the_wall(visit["starts_at"], call.zone_name),
        ends_at=on_the_wall(visit["ends_at"], call.zone_name),
        ticket_url=url,
        qr_url=f"{url}/qr.png",
        held_until=until and on_the_wall(until, call.zone_name),
    )
    location = f"/api/v1/tickets/{token}".encode()
    return Json(msgspec.json.encode(booked), 201, [(b"location", location)])


def ticket_url(call: Call, token: str) -> str:
    return f"{call.state.settings.ticket_address}/t/{token}"


def _booking_id(call: Call, of_body: UUID | None) -> UUID:
    if of_body is not None and b"idempotency-key" not in call.sent:
        return of_body
    key = call.key(of_body)
    if of_body is not None:
        return of_body
    if key is None:
        return uuid4()
    try:
        return UUID(key)
    except ValueError:
        raise Invalid("bad_key") from None


# The ticket: its link is all the right there is


async def get_ticket(call: Call, asked: Nothing) -> TicketView:
    return _view(call, await ticket_of(call))


async def cancel_ticket(call: Call, asked: CancelBody) -> TicketView:
    visit = await ticket_of(call)
    web.spend(call.request, "ticket_changes_per_hour", call.path["token"])
    await call.run(commands.cancel, call.key(), UUID(visit["visit_id"]), asked.reason)
    return _view(call, await ticket_of(call))


async def reschedule_ticket(call: Call, asked: RescheduleBody) -> TicketView:
    visit = await ticket_of(call)
    web.spend(call.request, "ticket_changes_per_hour", call.path["token"])
    starts_at = checks.moment("starts_at", asked.starts_at)
    await call.run(commands.reschedule, call.key(), UUID(visit["visit_id"]), starts_at)
    return _view(call, await ticket_of(call))


async def prove_ticket(call: Call, asked: ProofBody) -> Proof:
    """A wrong code is an answer and not a refusal, for it is counted."""
    visit = await ticket_of(call)
    visit_id = UUID(visit["visit_id"])
    answer = await call.run(commands.prove_phone, call.key(), visit_id, asked.code)
    if answer["decision"] == "wrong_code":
        await web.spend_try(call.request, "proof")
    return Proof(answer["decision"], answer.get("tries_left"), answer["visit"]["state"])


async def send_ticket_code(call: Call, asked: Nothing) -> TicketView:
    visit = await ticket_of(call)
    await call.run(commands.send_code, call.key(), UUID(visit["visit_id"]), new_proof())
    return _view(call, await ticket_of(call))


async def ticket_of(call: Call) -> Answer:
    return await held(call, reads.ticket)


async def held(
    call: Call, read: Callable[[Pool, int, datetime, bytes], Awaitable[Answer | None]]
) -> Answer:
    """What the holder of the link in the path may see; the call is at its office from here on."""
    parsed = parse_token(call.path["token"])
    if parsed is None:
        raise Refused("no_such_visit", 404, {})
    call.office_id, secret = parsed
    found = await read(call.pool, call.office_id, call.now, secret)
    if found is None:
        raise Refused("no_such_visit", 404, {})
    call.zone_name = found["office"]["time_zone"]
    return found


def _view(call: Call, found: Answer) -> TicketView:
    token = call.path["token"]
    url = ticket_url(call, token)
    own = {"token": token, "ticket_url": url, "qr_url": f"{url}/qr.png"}
    return convert({**found, **own, "calendar_url": f"{url}/calendar.ics"}, TicketView)
