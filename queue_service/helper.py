"""The helper's page at the door, for a phone in the hand: who may go in, who gets a number."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from queue_service import door, web
from queue_service.door import TOLD
from queue_service.web import AppRequest, Form


async def page(request: AppRequest) -> Response:
    return await PAGE.show(request, Form(), dict(request.query_params))


async def fragment(request: AppRequest) -> Response:
    context = await _seen(request, Form(), {})
    return web.render(request, "helper/live.html", context, private=True)


async def act(request: AppRequest) -> Response:
    office_id = await web.office_of(request)
    word = request.path_params["act"]
    who = await web.caller(request, office_id=office_id)
    form = await web.read_form(request)
    return await PAGE.answer(request, form, door.Door(request, office_id, who, form).do(word))


async def _seen(request: AppRequest, form: Form, told: Mapping[str, str]) -> dict[str, Any]:
    office_id = await web.office_of(request)
    who = await web.caller(request, office_id=office_id)
    said = {name: told[name] for name in TOLD if name in told}
    context = await door.seen(request, office_id, who, form, said)
    return {**context, "door_base": f"/door/{context['office']['slug']}"}


PAGE = door.Page("door", "helper/door.html", "helper/answer.html", _seen)
ROUTES = [
    Route("/door/{office}", page, methods=["GET"], name="door"),
    Route("/door/{office}/live", fragment, methods=["GET"], name="door_live"),
    Route("/door/{office}/find", PAGE.find, methods=["POST"], name="door_find"),
    Route("/door/{office}/{act}", act, methods=["POST"], name="door_act"),
]
