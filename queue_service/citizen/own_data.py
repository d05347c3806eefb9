"""What is kept of who holds a ticket: they see it, and have it removed once the visit is over."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, phones, reads, web
from queue_service.citizen import ticket
from queue_service.db import Refused
from queue_service.web import AppRequest


async def show(request: AppRequest) -> Response:
    held = await ticket.held(request)
    if held.visit["state"] == "held":  # until the phone is proven nobody knows whose data it is
        raise Refused("not_proven", 409, {})
    kept = await _kept(request, held)
    context = {
        "ticket": held,
        "visit": held.visit,
        "office": held.office,
        "zone": held.zone,
        "kept": kept,
        "shown_phone": phones.hidden(kept["phone"]) if kept["phone"] else "",
        "anything": any(kept[one] for one in ("name", "phone", "dossiers", "messages")),
        "removed": request.query_params.get("did") == "removed",
        "key": web.fresh_id(),
    }
    return web.render(request, "citizen/own_data.html", context, private=True)


async def remove(request: AppRequest) -> Response:
    held = await ticket.held(request)
    web.spend(request, "ticket_changes_per_hour", held.token)
    form = await web.read_form(request)
    await web.act(
        request,
        commands.forget_visit,
        held.office_id,
        "web",
        web.key(request, form),
        visit_id=UUID(held.visit["visit_id"]),
    )
    return web.see_other(f"{held.path}/data?did=removed")


async def _kept(request: AppRequest, held: ticket.Held) -> Mapping[str, Any]:
    state, visit_id = request.state, UUID(held.visit["visit_id"])
    return await reads.own_data(state.pool, held.office_id, state.clock.now(), visit_id)


ROUTES = [
    Route("/t/{token}/data", show, methods=["GET"], name="own_data"),
    Route("/t/{token}/data", remove, methods=["POST"], name="remove_own_data"),
]
