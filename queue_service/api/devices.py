"""What doors and boxes ask for: which tickets are worth nothing; and that they say they live."""

import time
from datetime import datetime
from typing import Any

import msgspec
from msgspec import convert

from queue_service import commands, reads, web
from queue_service.api import checks
from queue_service.api.operations import Call
from queue_service.api.problems import Invalid
from queue_service.api.shapes import (
    Alive,
    HeartbeatBody,
    Revocations,
    RevocationsQuery,
    ScreenBody,
)
from queue_service.rights import ROOM

MOST = 10**9  # seconds: a clock that far off has no battery


async def list_revocations(call: Call, asked: RevocationsQuery) -> Revocations:
    found = await reads.revocations(call.pool, call.office_id, call.now, asked.since)
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
    del facts["office"], facts["clock"]
    if asked.clock is not None:
        facts["clock_off"] = clock_off(call, asked.clock)
    office_id, at = directory[slug], call.at
    device, role = call.caller.label or call.caller.role, call.caller.role
    name = f"counter:{asked.counter}" if asked.page == "counter" else f"{asked.page}:{device}"
    await commands.heartbeat(call.pool, office_id, at, name.lstrip(":"), role, facts)
    if role not in ROOM:
        return Alive(at, slug, device)
    known = await reads.devices(call.pool, office_id, at)
    troubled = [f"{one['device']} {one['trouble']}" for one in known if one["trouble"]]
    return Alive(at, slug, device, troubled)


async def screen_alive(call: Call, asked: ScreenBody) -> Alive:
    """Open to everybody, as the screens are: names nobody hung up are refused, and of the others
    each is written down every few seconds at most, however often it is said."""
    call.key()  # judged, and not needed
    screen, now = checks.slug(call.path["screen"], "no_such_screen"), time.monotonic()
    if now - heard.get((call.office_id, screen), -RARELY) >= RARELY:
        facts: dict[str, Any] = msgspec.to_builtins(asked)
        at = call.at
        await commands.screen_alive(call.pool, call.office_id, at, screen, facts)
        heard[call.office_id, screen] = now  # only names of office files come here
    return Alive(call.now, call.path["office"], f"screen:{screen}")


RARELY = 4.0  # seconds
heard: dict[tuple[int, str], float] = {}


def clock_off(call: Call, clock: datetime) -> int:
    """Seconds by which the device's clock is ahead; the installation's own may be shifted."""
    if clock.tzinfo is None:
        raise Invalid("not_a_time", field="clock")
    now = call.now - call.state.clock.shift
    return max(-MOST, min(MOST, round((clock - now).total_seconds())))
