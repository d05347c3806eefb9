"""Where an office's floor is: the box that takes it, tells and hears; the manager who ends that."""

from base64 import urlsafe_b64encode
from typing import Any

import msgspec
from msgspec import convert
from starlette.responses import Response

from queue_service import commands, reads
from queue_service.api.operations import Call
from queue_service.api.problems import Invalid
from queue_service.api.shapes import (
    FloorHandBackBody,
    FloorNow,
    FloorTakeBackBody,
    FloorTakeBody,
    FloorTaken,
    FloorWord,
    LateVisit,
    Nothing,
)
from queue_service.api.signing import keys_of


async def get_floor(call: Call, asked: Nothing) -> FloorNow:
    at = call.at
    return _now(call, await reads.floor(call.pool, call.office_id, at))


def _now(call: Call, found: dict[str, Any] | None) -> FloorNow:
    return convert({"at_box": False, **(found or {}), "at": call.at}, FloorNow)


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
    return Response(
        msgspec.json.encode({**answer, "keys": told}),
        headers={"cache-control": "no-store"},
        media_type="application/json",
    )


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
