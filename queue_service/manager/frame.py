"""What all pages of a manager share: whose office it is, and the way from page to page."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from queue_service import reads, web
from queue_service.db import Refused
from queue_service.i18n import N_
from queue_service.web import AppRequest, Caller

# What the index and the navigation lead to: the end of the address, its name, what it is for.
PAGES: list[tuple[str, str, str]] = [
    ("closures", N_("Closed days"), N_("Holidays, a closed morning, a closed area")),
    ("caps", N_("Caps"), N_("How many may be present, how many are served in an hour, from when")),
    ("opening", N_("Hours and counters"), N_("Opening hours, planned counters and staff")),
    ("services", N_("Services"), N_("How long each takes, and where it is to be had instead")),
    ("board", N_("Board"), N_("The message line in the lobby, and how loud it calls")),
    ("file", N_("Office file"), N_("Everything at once, to edit, to save or to put in")),
    ("history", N_("History"), N_("Who changed what and when, and the way back")),
    (
        "box",
        N_("Machine at the office"),
        N_("Who looks after door and counters, how fresh its word is, and taking the floor back"),
    ),
]


class Sent(dict[str, str]):
    """A form as templates may ask it, whether a field was sent or not."""

    def __missing__(self, name: str) -> str:
        return ""


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
