"""Page: how busy an office is now and usually is, and its next free times. It names nobody.

However many read it, a process asks the database once per office and quarter of a minute: what is
read, and the page as it was made of it, are kept for that long.
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from queue_service import reads, web
from queue_service.i18n import N_
from queue_service.web import AppRequest

FRESH = 15.0  # seconds
MOST_SERVICES = 8  # whose next time is looked up
LEVELS = ((0.4, N_("quiet")), (0.75, N_("moderate")), (1.0, N_("busy")))
FULL = N_("full")


@dataclass
class _Kept:
    """Of one office: the facts, and each language's page made of them."""

    until: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    pages: dict[str, bytes] = field(default_factory=dict[str, bytes])
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)


# By database too: tests run several services in one process.
_kept: dict[tuple[int, int], _Kept] = {}


async def page(request: AppRequest) -> Response:
    office_id = await web.office_of(request)
    kept = _kept.setdefault((id(request.state.pool), office_id), _Kept())
    async with kept.reading:  # the first who comes reads, the others wait for it
        if time.monotonic() >= kept.until:
            kept.facts = await _read(request, office_id)
            kept.pages.clear()
            kept.until = time.monotonic() + FRESH
    language = web.lang(request)
    if language not in kept.pages:
        made = web.render(request, "citizen/busy_now.html", kept.facts)
        kept.pages[language] = bytes(made.body)
    headers = {"cache-control": f"public, max-age={FRESH:.0f}", "vary": "cookie, accept-language"}
    return Response(kept.pages[language], headers=headers, media_type="text/html; charset=utf-8")


async def _read(request: Request[Any], office_id: int) -> dict[str, Any]:
    state = request.state
    now = state.clock.now()
    office = await reads.office(state.pool, office_id, now)
    hours = await reads.usual_hours(state.pool, office_id, now)
    services = await reads.services(state.pool, office_id, now)
    bookable = [one for one in services if one["bookable"]][:MOST_SERVICES]
    wishes = [
        {
            "office_id": office_id,
            "services": [{"service": one["service"], "quantity": 1}],
            "from_at": now.isoformat(),
            "party_size": 1,
        }
        for one in bookable
    ]
    found = await reads.next_slots(state.pool, now, wishes, 3) if wishes else []
    zone = ZoneInfo(office["time_zone"])
    today = now.astimezone(zone).date()
    rota = await reads.public_rota(state.pool, office_id, now, today, today)
    hour = now.astimezone(zone).strftime("%H")
    caps = [area["cap"] for area in office["areas"]]
    cap = sum(caps) if caps and None not in caps else None
    return {
        "office": office,
        "zone": zone,
        "now": now,
        "areas": [
            {**area, "level": _level(area["present"], area["cap"])} for area in office["areas"]
        ],
        "hours": [
            {**one, "level": _level(float(one["present"]), cap), "current": one["hour"] == hour}
            for one in hours
        ],
        "cap": cap,
        "rota": rota is not None,
        "services": [
            {**service, "times": _of_one_day(row["times"], zone)}
            for service, row in zip(bookable, found, strict=True)
        ],
        "languages": {code: f"/o/{office['slug']}/now?lang={code}" for code in ("vi", "en")},
    }


def _of_one_day(times: list[str], zone: ZoneInfo) -> list[datetime]:
    """The first time and those of its day: the page names the day once."""
    found = [datetime.fromisoformat(one) for one in times]
    return [one for one in found if _day(one, zone) == _day(found[0], zone)]


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _level(present: float, cap: int | None) -> str:
    """How full that is in a word; where there is no cap nobody can say."""
    if not cap:
        return ""
    return next((word for share, word in LEVELS if present / cap < share), FULL)


ROUTES = [Route("/o/{office}/now", page, methods=["GET"], name="busy_now")]
