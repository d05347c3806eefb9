"""Pages: what goes on now, at one office or at all of mine; they renew themselves."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from queue_service import reads, web, wording
from queue_service.i18n import N_
from queue_service.manager import frame, words
from queue_service.web import AppRequest

BREATH = 2.0  # seconds between two looks, however much goes on
MOST_ANSWERS = 12

frame.PAGES.insert(
    0, ("live", N_("Live view"), N_("People, lines, counters, devices and refusals now."))
)


async def of_office(request: AppRequest) -> Response:
    _who, office = await frame.enter(request)
    return frame.page(request, office, "live.html", await _seen(request, [office]))


async def part_of_office(request: AppRequest) -> Response:
    _who, office = await frame.enter(request)
    return web.render(
        request, "manager/live_part.html", await _seen(request, [office]), private=True
    )


async def of_all(request: AppRequest) -> Response:
    context = await _seen(request, await frame.mine(request))
    return web.render(request, "manager/all_live.html", context, private=True)


async def part_of_all(request: AppRequest) -> Response:
    context = await _seen(request, await frame.mine(request))
    return web.render(request, "manager/live_part.html", context, private=True)


async def changes(request: AppRequest) -> Response:
    """Says that one of my offices has changed, and nothing more; of all, or of those asked for."""
    offices = await frame.mine(request)
    asked = set(request.query_params.getlist("o")[:20])
    watched = [office["office_id"] for office in offices if not asked or office["slug"] in asked]
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    chunks = _slowly(request.state.hub.changes(watched))
    return StreamingResponse(chunks, 200, headers, media_type="text/event-stream")


async def _slowly(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Of what comes in between, the last word is kept: it says the same. The first word says that
    the page is heard of, as a board's first state does."""
    yield b"data: here\n\n"
    async for chunk in chunks:
        yield chunk
        await asyncio.sleep(BREATH)


async def _seen(request: AppRequest, offices: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    state, language = request.state, web.lang(request)
    now = state.clock.now()
    rows = await reads.live(state.pool, now, [office["office_id"] for office in offices])
    shown = [_said(row, language, now) for row in rows]
    # Who needs a look stands first: troubles, then rooms over their cap, then the longest wait.
    shown.sort(key=lambda row: (not row["troubles"], -row["over"], -row["longest"]))
    return {
        "offices": shown,
        "single": len(shown) == 1,
        "now": now,
        "inside": sum(row["present"] for row in shown),
        "waiting": sum(row["lines"]["outside"] + row["lines"]["inside"] for row in shown),
        "longest": max((row["longest"] for row in shown), default=0),
    }


def _said(row: dict[str, Any], language: str, now: datetime) -> dict[str, Any]:
    zone = row["time_zone"]
    since = row["lines"]["since"]
    waited = (now - datetime.fromisoformat(since)).total_seconds() / 60 if since else 0
    answers = [
        (words.place(language, one["command"]), words.answered(language, one["code"]), one["count"])
        for one in row["answers"]
        if one["code"] not in words.SERVED_NOBODY_ILL
    ]
    nothing = {"recounts": 0, "drift": 0, "excesses": 0, "last_at": None}
    areas = [{**area, **row["noted"].get(area["area"], nothing)} for area in row["areas"]]
    over = [area["present"] - area["cap"] for area in areas if area["cap"] is not None]
    return {
        **row,
        "zone": ZoneInfo(zone),
        "areas": areas,
        "present": sum(area["present"] for area in areas),
        "over": max([*over, 0]),
        "longest": int(max(0, waited)),
        "open": [one for one in row["counters"] if one["state"] == "open"],
        "troubles": wording.say_troubles(language, row["devices"], zone),
        "answers": answers[:MOST_ANSWERS],
    }


ROUTES = [
    Route("/manage/live", of_all, methods=["GET"], name="all_live"),
    Route("/manage/live/part", part_of_all, methods=["GET"]),
    Route("/manage/live/changes", changes, methods=["GET"]),
    Route("/manage/{office}/live", of_office, methods=["GET"], name="live"),
    Route("/manage/{office}/live/part", part_of_office, methods=["GET"]),
]
