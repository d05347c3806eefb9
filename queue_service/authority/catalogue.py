"""Pages: the catalogue of services, and the calendar and texts that offices share.

Nothing of it changes an office before it is passed on, by a directive like any other.
"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, reads, web
from queue_service.authority import frame
from queue_service.db import Refused
from queue_service.offices import FileError, catalogue, shared
from queue_service.web import AppRequest

SHOWN = 50
LONGEST = 60  # letters of a name that is not known here, as texts must hold it


async def show(request: AppRequest) -> Response:
    _who, authority = await frame.enter(request)
    return await _page(request, authority, {})


async def take_in(request: AppRequest) -> Response:
    """A table as CSV or XLSX: all of it, or nothing and every mistake with its line."""
    who, authority = await frame.enter(request)
    sent = await web.read_table(request)
    if sent is None:
        _ = web.gettext(request)
        errors = {"file": _("Please choose a file.")}
        return await _page(request, authority, {"errors": errors}, 422)
    try:
        rows = catalogue.read(*sent)
    except FileError as error:
        language = web.lang(request)
        problems = [(one.line, getattr(one, language)) for one in error.problems]
        return await _page(request, authority, {"problems": problems}, 422)
    state, here = request.state, authority["authority_id"]
    told = await commands.keep_procedures(state.pool, state.clock.at(), who.actor, here, rows)
    return await _page(request, await _again(request), {"told": told})


async def _again(request: AppRequest) -> dict[str, Any]:
    found = await reads.authority(request.state.pool, request.path_params["authority"])
    if found is None:
        raise Refused("no_such_authority", 404, {})
    return found


async def _page(
    request: AppRequest, authority: Mapping[str, Any], more: Mapping[str, Any], status: int = 200
) -> Response:
    words = " ".join(request.query_params.get("q", "").split())[:80]
    found = await reads.procedures(request.state.pool, authority["authority_id"], words, SHOWN)
    context = {
        "words": words,
        "found": found,
        "behind": sum(1 for office in authority["offices"] if office["behind"]),
        "problems": [],
        "told": None,
        **more,
    }
    return frame.page(request, authority, "catalogue.html", context, status)


async def edit_shared(request: AppRequest) -> Response:
    _who, authority = await frame.enter(request)
    context: dict[str, Any] = {"text": authority["shared"].get("source", ""), "problems": []}
    return frame.page(request, authority, "shared.html", context)


async def keep_shared(request: AppRequest) -> Response:
    who, authority = await frame.enter(request)
    form, _offices = await frame.read_form(request)
    text = form.get("text", "")
    try:
        document = shared.read(text, "calendar", _longest(authority))
    except FileError as error:
        language = web.lang(request)
        problems = [(one.line, getattr(one, language)) for one in error.problems]
        context = {"text": text, "problems": problems}
        return frame.page(request, authority, "shared.html", context, 422)
    state, here = request.state, authority["authority_id"]
    await commands.keep_shared(state.pool, state.clock.at(), who.actor, here, document)
    return web.see_other(f"/authority/{here}/direct?act=pass_on")


def _longest(authority: Mapping[str, Any]) -> dict[str, str]:
    names = [office["name_vi"] for office in authority["offices"]]
    office = max(names, key=len, default="x" * LONGEST)
    some = dict.fromkeys(("area", "counter", "where", "service"), "x" * LONGEST)
    return {**some, "office": office, "place": office, "phone": "0236 1022"}


ROUTES = [
    Route("/authority/{authority}/catalogue", show, methods=["GET"], name="catalogue"),
    Route("/authority/{authority}/catalogue", take_in, methods=["POST"]),
    Route("/authority/{authority}/shared", edit_shared, methods=["GET"], name="shared"),
    Route("/authority/{authority}/shared", keep_shared, methods=["POST"]),
]
