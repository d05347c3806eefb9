"""What doors and boxes ask for: which tickets are worth nothing; and that they say they live."""

from typing import Any

import msgspec
from msgspec import convert

from queue_service import commands, reads, web
from queue_service.api.operations import Call
from queue_service.api.problems import Invalid
from queue_service.api.shapes import (
    Alive,
    HeartbeatBody,
    Revocations,
    RevocationsQuery,
)


async def list_revocations(call: Call, asked: RevocationsQuery) -> Revocations:
    found = await reads.revocations(call.pool, call.office_id, call.at, asked.since)
    return convert(found, Revocations)


async def heartbeat(call: Call, asked: HeartbeatBody) -> Alive:
    assert call.caller
    call.key()  # judged, and not needed: to say it twice does no harm
    directory = {
        row["slug"]: row["office_id"]
        for row in await reads.directory(call.pool)
        if call.caller.may_enter(row["office_id"])
    }
    if asked.office is None and len(directory) != 1:
        raise Invalid("which_office")
    slug = asked.office or next(iter(directory))
    if slug not in directory:
        raise web.Forbidden("forbidden", 403, {})
    facts: dict[str, Any] = msgspec.to_builtins(asked)
    del facts["office"]
    at = call.state.clock.at()
    device = call.caller.label or call.caller.role
    await commands.heartbeat(call.pool, directory[slug], at, device, call.caller.role, facts)
    return Alive(at, slug, device)
