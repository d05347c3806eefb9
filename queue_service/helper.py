"""The helper's page at the door, for a phone in the hand: who may go in, who gets a number."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from queue_service import door, web
from queue_service.db import Refused
from queue_service.door import TOLD
from queue_service.web import AppRequest, Form


async def page(request: AppRequest) -> Response:
    return await _page(request, Form(), dict(request.query_params))


async def fragment(request: AppRequest) -> Response:
    context = await _seen(request, Form(), {})
    return web.render(request, "helper/live.html", context, private=True)


async def find(request: AppRequest) -> Response:
    """By POST: a name stands in no address. A script asks for the list alone."""
    office_id = await web.office_of(request)
    await web.caller(request, office_id=office_id)
    form = await web.read_form(request)
    found = await door.find(request, office_id, form.get("q", "")[:100])
    if web.asks_part(request):
        context = {**await _seen(request, form, {}), "found": found}
        return web.render(request, "helper/found.html", context, private=True)
    return await _page(request, form, {}, found=found)


async def act(request: AppRequest) -> Response:
    office_id = await web.office_of(request)
    word = request.path_params["act"]
    who = await web.caller(request, office_id=office_id)
    form = await web.read_form(request)
    try:
        told = await door.Door(request, office_id, who, form).do(word)
    except Refused as refused:
        if refused.code == "no_such_page":
            raise
        return await _page(request, form, {}, refused.status, refused=refused)
    if web.asks_part(request):
        return await _page(request, Form(area=form.get("area", "")), told)
    query = urlencode({"area": form.get("area", "")[:63], **told})
    return web.see_other(f"/door/{request.path_params['office']}?{query}")


async def _page(
    request: AppRequest, form: Form, told: Mapping[str, str], status: int = 200, **more: Any
) -> Response:
    """The whole page, or for its script the parts that change."""
    template = "helper/answer.html" if web.asks_part(request) else "helper/door.html"
    context = {**await _seen(request, form, told), **more}
    return web.render(request, template, context, status, private=True)


async def _seen(request: AppRequest, form: Form, told: Mapping[str, str]) -> dict[str, Any]:
    office_id = await web.office_of(request)
    who = await web.caller(request, office_id=office_id)
    said = {name: told[name] for name in TOLD if name in told}
    context = await door.seen(request, office_id, who, form, said)
    return {**context, "door_base": f"/door/{context['office']['slug']}"}


ROUTES = [
    Route("/door/{office}", page, methods=["GET"], name="door"),
    Route("/door/{office}/live", fragment, methods=["GET"], name="door_live"),
    Route("/door/{office}/find", find, methods=["POST"], name="door_find"),
    Route("/door/{office}/{act}", act, methods=["POST"], name="door_act"),
]
