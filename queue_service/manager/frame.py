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
    (
        "closures",
        N_("Closed days"),
        N_("Holidays, a closed morning or area, only what is urgent"),
    ),
    ("caps", N_("Caps"), N_("How many may be present, how many are served in an hour, from when")),
    ("opening", N_("Hours and counters"), N_("Opening hours, planned counters and staff")),
    ("days", N_("Single dates"), N_("Other counters or staff on one date than in the week")),
    ("services", N_("Services"), N_("What people come for, how long it takes")),
    ("queues", N_("Queues"), N_("Lines of people, their letters, which counters call them")),
    ("counters", N_("Counters"), N_("What they are called, where they are, what they call")),
    ("pools", N_("Shared counters"), N_("Counters that several queues share")),
    ("areas", N_("Rooms"), N_("What they are called, and the staff planned there")),
    (
        "board",
        N_("Board"),
        N_("The message line, how loud it calls, which screens hang"),
    ),
    ("door", N_("Door and kiosk"), N_("The entry check, and one number a person")),
    ("printers", N_("Printers"), N_("Where slips are printed")),
    ("messages", N_("Messages"), N_("What is sent by text, when, and when not")),
    ("texts", N_("Message texts"), N_("What the texts say, in words of your own")),
    (
        "rules",
        N_("Rules"),
        N_("How far ahead one books, how late one may come"),
    ),
    ("fairness", N_("Fair booking"), N_("Proven phones, freed places, services with few places")),
    ("targets", N_("Targets"), N_("What share is to be handled without a visit")),
    ("about", N_("About this office"), N_("Names, address, phone, place on the map")),
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
    usual: dict[str, Any] = {"office": office, "pages": pages, "errors": {}, "since": ()}
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
