"""Page: where the floor of the office is, how fresh its word, and the way to take it back."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, reads, web
from queue_service.db import Refused
from queue_service.manager import frame
from queue_service.web import AppRequest

MOST_LATE = 200  # visits told after a floor was taken back


async def page(request: AppRequest) -> Response:
    _, office = await frame.enter(request)
    return await _show(request, office)


async def take_back(request: AppRequest) -> Response:
    """What the box did and did not tell is lost to the room's count: so it is said to be off."""
    who, office = await frame.enter(request)
    form = await web.read_form(request)
    reason = web.clean_line(form.get("reason", ""), 200) or ""
    state = request.state
    try:
        if form.get("off") != "1":
            raise Refused("box_not_off", 422, {})
        await commands.take_back_floor(
            state.pool, office["office_id"], state.clock.at(), who.actor, reason
        )
    except Refused as refused:
        return await _show(request, office, refused.status, refused=refused, reason=reason)
    state.hub.changed(office["office_id"])
    return web.see_other(f"/manage/{office['slug']}/box")


async def _show(
    request: AppRequest, office: dict[str, Any], status: int = 200, **more: Any
) -> Response:
    now = request.state.clock.now()
    late = await reads.floor_late(request.state.pool, office["office_id"])
    rooms = {area["area"]: area for area in office["areas"]}
    floor: dict[str, Any] = office["floor"] or {"uncounted": []}
    context = {
        **web.staff_words(request),
        "reason": "",
        "silent_minutes": _minutes(floor.get("heard_at"), now),
        "late": late[:MOST_LATE],
        "more_late": len(late) - MOST_LATE,
        "uncounted": [rooms[area] for area in floor["uncounted"] if area in rooms],
        "zone": ZoneInfo(office["time_zone"]),
    }
    return frame.page(request, office, "box.html", {**context, **more}, status)


def _minutes(since: str | None, now: datetime) -> int:
    return int((now - datetime.fromisoformat(since)).total_seconds() // 60) if since else 0


ROUTES = [
    Route("/manage/{office}/box", page, methods=["GET"], name="manage_box"),
    Route("/manage/{office}/box/take-back", take_back, methods=["POST"], name="manage_take_back"),
]
