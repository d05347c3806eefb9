"""Page: the list of what is handled in person while only urgent matters are.

For everybody: to read, to print, and to be shown inside other websites.
"""

from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from queue_service import names, reads, web
from queue_service.db import Refused
from queue_service.web import AppRequest

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


async def show(request: AppRequest) -> Response:
    return await _page(request, "authority/urgent.html")


async def embedded(request: AppRequest) -> Response:
    return await _page(request, "authority/urgent_embed.html")


async def _page(request: AppRequest, template: str) -> Response:
    state = request.state
    today = state.clock.now().astimezone(ZONE).date()
    name = request.path_params["authority"]
    found = await reads.urgent_list(state.pool, name, today)
    if found is None:
        raise Refused("no_such_authority", 404, {})
    language = web.lang(request)
    measures = [
        {**one, "fields": _by_field(one["procedures"], language)} for one in found["measures"]
    ]
    context = {
        "authority": found,
        "measures": measures,
        "fields": _by_field(found["procedures"], language),
        "today": today,
        "here": f"/urgent/{name}",
        "address": state.settings.address,
    }
    return web.render(request, template, context)


def _by_field(rows: list[dict[str, Any]], language: str) -> list[tuple[str, list[dict[str, Any]]]]:
    def field(row: dict[str, Any]) -> str:
        return row[f"field_{language}"] or row["field_vi"] or ""

    def place(row: dict[str, Any]) -> names.Key:
        return names.sort_key(field(row))

    return [(name, list(several)) for name, several in groupby(sorted(rows, key=place), field)]


ROUTES = [
    Route("/urgent/{authority}", show, methods=["GET"], name="urgent"),
    Route("/urgent/{authority}/embed", embedded, methods=["GET"]),
]
