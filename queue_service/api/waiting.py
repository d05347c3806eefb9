"""The waiting list: who waits for an earlier time, and what they answer when one is offered."""

import secrets
from uuid import UUID, uuid4

from msgspec import convert

from queue_service import commands, reads, web
from queue_service.api import checks
from queue_service.api.bookings import held, ticket_of, ticket_url
from queue_service.api.operations import Answer, Call
from queue_service.api.shapes import (
    Nothing,
    OfferBody,
    ProofBody,
    Waiting,
    WaitingBody,
    WaitingProof,
    WaitingWithTicketBody,
)
from queue_service.tickets import make_token, new_digits, new_proof


async def join(call: Call, asked: WaitingBody) -> Waiting:
    phone = checks.phone(asked.phone)
    web.spend_booking(call.request, phone)
    wish = {
        "waiting_id": str(asked.waiting_id or uuid4()),
        "services": [{"service": one.service, "quantity": one.quantity} for one in asked.services],
        "party_size": checks.party_size(asked.party_size),
        "until_at": checks.moment_or_none("until_at", asked.until_at),
        "name": checks.name(asked.name),
        "phone": phone,
        "language": asked.language,
        "channel": "api",
        "person": checks.person(call.state.settings, asked.identity) if asked.identity else "",
        "proof": new_proof(),
        **_secrets(),
    }
    key = call.key(asked.waiting_id)
    return await _seen(call, await call.run(commands.join_waiting_list, key, wish))


async def join_with_ticket(call: Call, asked: WaitingWithTicketBody) -> Waiting:
    visit = await ticket_of(call)
    wish = {
        "waiting_id": str(uuid4()),
        "visit_id": visit["visit_id"],
        "until_at": checks.moment_or_none("until_at", asked.until_at),
        "channel": "api",
        **_secrets(),
    }
    return await _seen(call, await call.run(commands.join_waiting_list, None, wish))


async def get(call: Call, asked: Nothing) -> Waiting:
    return await _seen(call, await _waiting(call))


async def prove(call: Call, asked: ProofBody) -> WaitingProof:
    """A wrong code is an answer and not a refusal, for it is counted."""
    waiting_id = UUID((await _waiting(call))["waiting_id"])
    answer = await call.run(commands.prove_phone, call.key(), waiting_id, asked.code)
    if answer["decision"] == "wrong_code":
        await web.spend_try(call.request, "proof")
    return WaitingProof(answer["decision"], answer.get("tries_left"), answer["waiting"]["state"])


async def send_code(call: Call, asked: Nothing) -> Waiting:
    waiting = await _waiting(call)
    await call.run(commands.send_code, call.key(), UUID(waiting["waiting_id"]), new_proof())
    return await _seen(call, waiting)


async def reply(call: Call, asked: OfferBody) -> Waiting:
    waiting = await _waiting(call)
    waiting_id = UUID(waiting["waiting_id"])
    answer = await call.run(
        commands.answer_offer, call.key(), waiting_id, asked.accept, False, new_proof()
    )
    return await _seen(call, answer["waiting"], answer["decision"])


async def leave(call: Call, asked: Nothing) -> Waiting:
    waiting = await _waiting(call)
    command = commands.leave_waiting_list
    return await _seen(call, await call.run(command, call.key(), UUID(waiting["waiting_id"])))


def _secrets() -> Answer:
    return {"token": secrets.token_hex(16), "digits": new_digits()}


async def _waiting(call: Call) -> Answer:
    return await held(call, reads.waiting)


async def _seen(call: Call, waiting: Answer, decision: str | None = None) -> Waiting:
    secret = bytes.fromhex(waiting["token"])
    token = make_token(call.office_id, secret)
    found = await reads.waiting(call.pool, call.office_id, call.now, secret)
    ticket = found["visit_token"] if found else None
    holder = ticket_url(call, make_token(call.office_id, bytes.fromhex(ticket))) if ticket else None
    own = {"token": token, "waiting_url": f"{call.state.settings.address}/w/{token}"}
    return convert({**waiting, **own, "ticket_url": holder, "decision": decision}, Waiting)
