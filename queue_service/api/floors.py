"""Where an office's floor is: the box that takes it, tells and hears; the manager who ends that."""

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any

import msgspec
from msgspec import convert, structs
from starlette.responses import Response

from queue_service import commands, reads, tokens, web
from queue_service.api import checks
from queue_service.api.operations import Call
from queue_service.api.problems import Invalid
from queue_service.api.shapes import (
    FloorHandBackBody,
    FloorNow,
    FloorTakeBackBody,
    FloorTakeBody,
    FloorTaken,
    FloorWindow,
    FloorWindowBody,
    FloorWord,
    LateVisit,
    Nothing,
    Pairing,
    PairingBody,
)
from queue_service.api.signing import day_keys, keys_of
from queue_service.db import Refused
from queue_service.group_commit import BookRequest, Wanted
from queue_service.tickets import new_secrets

MOST_TRIES = 12  # times of a day, until one is free


async def get_floor(call: Call, asked: Nothing) -> FloorNow:
    return _now(call, await reads.floor(call.pool, call.office_id, call.now))


def _now(call: Call, found: dict[str, Any] | None) -> FloorNow:
    return convert({"at_box": False, **(found or {}), "at": call.now}, FloorNow)


async def pair_box(call: Call, asked: PairingBody) -> Pairing:
    """Asked again and again until a manager has said yes; only a new code counts as a try."""
    call.key()
    sha = bytes.fromhex(asked.key)
    found = await reads.pairing(call.pool, sha, call.now)
    if found is None:
        await web.spend_try(call.request, "pair")
        shown = await tokens.pairing_code(call.pool, call.at, sha, None, call.office_id)
        found = {"state": "waiting", **shown}
    return convert(found, Pairing)


async def take_floor(call: Call, asked: FloorTakeBody) -> FloorTaken:
    call.key()  # judged, and not needed: the epoch says what is the same
    at = call.at
    taken = await commands.take_floor(
        call.pool, call.office_id, at, call.actor, asked.box_id, asked.name
    )
    call.state.hub.changed(call.office_id)
    return convert({**taken, "at": at}, FloorTaken)


async def exchange_floor(call: Call, asked: FloorWord) -> Response:
    """Entries go through as they are: only the two databases know what is in them."""
    call.key()
    word = msgspec.json.encode(asked)
    if rb"\u0000" in word:
        raise Invalid("not_json")
    answer = await commands.exchange_floor(
        call.pool, call.office_id, call.at, msgspec.json.decode(word)
    )
    if asked.entries and not answer["lost"]:
        call.state.hub.changed(call.office_id)
    keys = keys_of(call.state.settings).public_keys(call.office_id)
    told = {str(no): urlsafe_b64encode(key).rstrip(b"=").decode() for no, key in keys.items()}
    days = day_keys(call.state.settings, call.office_id, call.now.astimezone(call.zone).date())
    return Response(
        msgspec.json.encode({**answer, "keys": told, "day_keys": days}),
        headers={"cache-control": "no-store"},
        media_type="application/json",
    )


async def book_window(call: Call, asked: FloorWindowBody) -> FloorWindow:
    """The first time left today, booked as any other under the id the box has for the visit."""
    call.key()
    floor = await reads.floor(call.pool, call.office_id, call.now)
    if not floor or (floor["box_id"], floor["epoch"]) != (str(asked.box_id), asked.epoch):
        facts = {name: floor and floor[name] for name in ("box", "heard_at")}
        raise Refused("floor_taken", 409, facts)
    services = tuple(Wanted(one.service, one.quantity) for one in asked.services)
    wanted = [{"service": one.service, "quantity": one.quantity} for one in services]
    today = call.now.astimezone(call.zone).date()
    slots = await reads.slots(call.pool, call.office_id, call.now, wanted, today, 1)
    _, digits, _ = new_secrets()
    request = BookRequest(
        booking_id=asked.visit_id,
        actor=call.actor,
        services=services,
        starts_at=call.now,
        name=asked.name,
        phone=checks.phone(asked.phone),
        token=asked.token,
        digits=digits,
        party_size=asked.party_size,
        language=asked.language,
        channel=asked.channel,
        priority=asked.priority,
        needs=tuple(asked.needs),
    )
    for slot in [one for one in slots if one["left"] > 0][:MOST_TRIES]:
        starts_at = datetime.fromisoformat(slot["starts_at"])
        try:
            visit = await call.state.groups.book(
                call.office_id, structs.replace(request, starts_at=starts_at)
            )
        except Refused as refused:
            if refused.code not in ("slot_full", "too_soon"):
                raise
            continue  # somebody was faster, or the party is larger than what is left
        return convert(visit, FloorWindow)
    raise Refused("day_full", 409, {})


async def hand_back_floor(call: Call, asked: FloorHandBackBody) -> FloorNow:
    call.key()
    found = await commands.hand_back_floor(
        call.pool, call.office_id, call.at, call.actor, asked.box_id, asked.epoch, asked.seq
    )
    call.state.hub.changed(call.office_id)
    return _now(call, found)


async def take_back_floor(call: Call, asked: FloorTakeBackBody) -> FloorNow:
    call.key()
    found = await commands.take_back_floor(
        call.pool, call.office_id, call.at, call.actor, asked.reason
    )
    call.state.hub.changed(call.office_id)
    return _now(call, found)


async def list_late(call: Call, asked: Nothing) -> list[LateVisit]:
    return convert(await reads.floor_late(call.pool, call.office_id), list[LateVisit])
