"""Where to go, and whether one has to go at all: offices, their services, what to bring."""

from collections.abc import Mapping
from ipaddress import ip_address
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from queue_service import reads, tickets, web, wording
from queue_service.citizen.basket import MOST_COPIES, Shop, enter
from queue_service.db import Refused
from queue_service.i18n import N_
from queue_service.names import fold, sort_key
from queue_service.web import AppRequest


class Page(NamedTuple):
    """A page the first page of a demonstration leads to."""

    path: str
    name: str
    on_phones: bool = False


DEMO_PAGES = (
    Page("/o/{}", N_("Book an appointment"), on_phones=True),
    Page("/door/{}", N_("Helper at the door"), on_phones=True),
    Page("/kiosk/{}", N_("Kiosk at the door")),
    Page("/kiosk/{}?mode=exit", N_("Exit scanner")),
    Page("/counter/{}", N_("Counters")),
    Page("/board/{}", N_("Lobby screen")),
    Page("/board/{}?view=door", N_("Door screen")),
)
FEW = 8


async def offices(request: AppRequest) -> Response:
    state = request.state
    found = await reads.offices(state.pool, state.clock.now())
    wish = fold(request.query_params.get("q", "")[:100])
    name = f"name_{web.lang(request)}"
    found = [office for office in found if not wish or _says(wish, office, OFFICE_WORDS)]
    found.sort(key=lambda office: sort_key(office[name]))
    found = [{**office, "zone": ZoneInfo(office["time_zone"])} for office in found]
    context = {"offices": found, "q": request.query_params.get("q", "")[:100]}
    context |= {"demo": _demo(request), "phones_reach": _phones_reach(request)}
    context["outbox"] = bool(_demo(request)) and web.this_machine(request)
    return web.render(request, "citizen/offices.html", context)


def _demo(request: AppRequest) -> tuple[Page, ...]:
    """In a demonstration the first page leads to every device, by link and by QR."""
    return DEMO_PAGES if request.state.settings.demo == "on" else ()


def _phones_reach(request: AppRequest) -> bool:
    """A QR code of this computer's own address would lead a phone to itself."""
    host = urlsplit(request.state.settings.address).hostname or "localhost"
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


async def demo_qr(request: AppRequest) -> Response:
    """Takes a page of this very service to a phone; only where the first page offers it."""
    path = web.own_path(request.query_params.get("path"))
    if not _demo(request) or path is None or len(path) > 200:
        raise Refused("no_such_page", 404, {})
    svg = tickets.qr_svg(request.state.settings.address + path)
    return Response(svg, media_type="image/svg+xml")


async def services(request: AppRequest) -> Response:
    shop = await enter(request)
    typed = request.query_params.get("q", "")[:100]
    wish = fold(typed)
    found = [
        service
        for service in shop.services.values()
        if not wish or _says(wish, service, SERVICE_WORDS)
    ]
    language = web.lang(request)
    fields = [
        (field, list(of_field))
        for field, of_field in groupby(found, key=lambda one: _field(one, language))
    ]
    context = {
        "shop": shop,
        "zone": ZoneInfo(shop.office["time_zone"]),
        "fields": _merged(fields),
        "flat": bool(wish) or len(found) <= FEW,
        "found": found,
        "q": typed,
        "closed_today": _closure(request, shop),
    }
    return web.render(request, "citizen/services.html", context)


def _closure(request: AppRequest, shop: Shop) -> Mapping[str, Any] | None:
    zone = ZoneInfo(shop.office["time_zone"])
    today = request.state.clock.now().astimezone(zone).date().isoformat()
    return next((one for one in shop.office["closures"] if one["day"] == today), None)


async def service(request: AppRequest) -> Response:
    shop = await enter(request)
    found = shop.services.get(request.path_params["service"])
    if found is None:
        raise Refused("unknown_service", 404, {})
    modes = {channel["mode"] for channel in found["channels"]}
    context = {
        "shop": shop,
        "service": found,
        "only_elsewhere": not found["bookable"],
        "ways": [way for way in found["channels"] if way["channel"] not in ("in_person", "later")],
        "later": any(way["channel"] == "later" for way in found["channels"]),
        "steered": bool(modes & {"steered", "only"}),
        "most": MOST_COPIES,
    }
    return web.render(request, "citizen/service.html", context)


OFFICE_WORDS = ("name_vi", "name_en", "address_vi", "address_en", "old_names", "aliases", "slug")
SERVICE_WORDS = (
    *("name_vi", "name_en", "field_vi", "field_en", "aliases", "national_code", "service"),
)


def _says(wish: str, thing: Mapping[str, Any], words: tuple[str, ...]) -> bool:
    """Whether every word typed occurs somewhere, with or without its marks."""
    texts: list[str] = []
    for word in words:
        value: object = thing.get(word)
        texts += [str(one) for one in value] if isinstance(value, list) else [str(value or "")]  # pyright: ignore
    said = fold(" ".join(texts))
    return all(part in said for part in wish.split())


def _field(service: Mapping[str, Any], language: str) -> str:
    return service.get(f"field_{language}") or service.get("field_vi") or ""


def _merged(fields: list[tuple[str, list[Any]]]) -> list[tuple[str, list[Any]]]:
    """Each field once, where it first stood, though the office's order may come back to it."""
    merged: dict[str, list[Any]] = {}
    for field, of_field in fields:
        merged.setdefault(field, []).extend(of_field)
    return list(merged.items())


async def problem(request: AppRequest) -> Response:
    """What the type of a problem document leads to: the same words, for whoever looks it up."""
    code = request.path_params["code"]
    if code not in wording.REFUSALS:
        raise Refused("no_such_page", 404, {})
    words = wording.say_refusal(web.lang(request), code)
    return web.render(request, "error.html", {"words": words, "code": code, "again": False})


async def robots(request: AppRequest) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /t/\nDisallow: /api/\n")


ROUTES = [
    Route("/", offices, methods=["GET"], name="offices"),
    Route("/demo/qr.svg", demo_qr, methods=["GET"], name="demo_qr"),
    Route("/problems/{code}", problem, methods=["GET"], name="problem"),
    Route("/robots.txt", robots, methods=["GET"], name="robots"),
    Route("/o/{office}", services, methods=["GET"], name="services"),
    Route("/o/{office}/s/{service}", service, methods=["GET"], name="service"),
]
