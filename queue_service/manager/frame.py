"""What all pages of a manager share: whose office it is, and the way from page to page."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from queue_service import reads, web
from queue_service.db import Refused
from queue_service.web import AppRequest, Caller


def _(text: str) -> str:
    """Marks a text for the translators; it is translated where it is shown."""
    return text


# What the index and the navigation lead to: the end of the address, its name, what it is for.
PAGES: list[tuple[str, str, str]] = []


async def enter(request: AppRequest) -> tuple[Caller, dict[str, Any]]:
    """Who asks, and the office, for whom rights.py has the page, at this office alone."""
    office_id = await web.office_of(request)
    who = await web.caller(request, office_id=office_id)
    office = await reads.office(request.state.pool, office_id, request.state.clock.now())
    return who, {**office, "zone": ZoneInfo(office["time_zone"])}


def page(
    request: AppRequest,
    office: Mapping[str, Any],
    template: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Response:
    who: Caller = request.scope["signed_in"]
    pages = [one for one in PAGES if who.may_open(f"/manage/{{office}}/{one[0]}")]
    usual: dict[str, Any] = {"office": office, "pages": pages, "errors": {}}
    return web.render(
        request, f"manager/{template}", {**usual, **(context or {})}, status, private=True
    )


async def mine(request: AppRequest) -> Sequence[Mapping[str, Any]]:
    """Every office of whoever asks, for pages over all of them."""
    who = await web.caller(request)
    offices = await reads.offices(request.state.pool, request.state.clock.now())
    found = [office for office in offices if who.may_enter(office["office_id"])]
    if not found:
        raise Refused("no_such_office", 404, {})
    return found
