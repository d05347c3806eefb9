"""Page: the keys of this office; lets a device in by the code on its screen, withdraws a key."""

import re
from typing import Any
from uuid import UUID, uuid4

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, reads, rights, web, wording
from queue_service.db import Refused
from queue_service.i18n import N_
from queue_service.manager import frame
from queue_service.web import AppRequest, Caller, Form

frame.PAGES.append(("devices", N_("Devices"), N_("Kiosks, screens and tablets: let in, withdraw.")))
LONGEST_LABEL = 60
FIELDS = {
    "no_such_code": "code",
    "code_of_box": "role",
    "code_of_device": "role",
    "bad_name": "label",
}


async def show(request: AppRequest) -> Response:
    who, office = await frame.enter(request)
    return await _page(request, who, office)


async def act(request: AppRequest) -> Response:
    who, office = await frame.enter(request)
    form = await web.read_form(request)
    try:
        if "withdraw" in form:
            await _withdraw(request, who, office, form["withdraw"])
            done = "withdrawn"
        else:
            await _pair(request, who, office, form)
            done = "box" if form["role"] == "box" else "paired"
    except Refused as refused:
        field = FIELDS.get(refused.code, "")
        words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
        return await _page(request, who, office, form, {field: words.text}, refused.status)
    return web.see_other(f"/manage/{office['slug']}/devices?done={done}")


async def _pair(request: AppRequest, who: Caller, office: dict[str, Any], form: Form) -> None:
    role, label = form.get("role", ""), web.clean_line(form.get("label", ""), LONGEST_LABEL)
    if role not in rights.PAIRED:
        raise Refused("bad_request", 422, {})
    if label is None:
        raise Refused("bad_name", 422, {})
    # Who tries codes would let in a device they do not see: a person types few.
    await web.spend_try(request, "pairing", who)
    state, code = request.state, re.sub(r"\D", "", form.get("code", ""))[:20]
    offices = [office["office_id"]]
    await commands.pair_device(
        state.pool, state.clock.at(), who.actor, uuid4(), code, role, offices, label
    )


async def _withdraw(request: AppRequest, who: Caller, office: dict[str, Any], token: str) -> None:
    for row in await reads.tokens(request.state.pool, office["office_id"]):
        if row["token_id"] == token and _may_withdraw(who, row):
            at = request.state.clock.at()
            await commands.revoke_token(request.state.pool, at, UUID(token), who.actor)
            return
    raise Refused("no_such_token", 404, {})


def _may_withdraw(who: Caller, row: dict[str, Any]) -> bool:
    """No key of an administrator, and none that opens an office they do not."""
    over = row["role"] == "admin" and who.role != "admin"
    return not over and all(who.may_enter(one) for one in row["offices"])


async def _page(
    request: AppRequest,
    who: Caller,
    office: dict[str, Any],
    form: Form | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    rows = await reads.tokens(request.state.pool, office["office_id"])
    language = web.lang(request)
    context = {
        "keys": [{**row, "mine": _may_withdraw(who, row)} for row in rows],
        "roles": [(role, wording.say_role(language, role)) for role in rights.PAIRED],
        "form": form or Form(),
        "errors": errors or {},
        "address": request.state.settings.address,
        "done": request.query_params.get("done", ""),
    }
    return frame.page(request, office, "devices.html", context, status)


ROUTES = [
    Route("/manage/{office}/devices", show, methods=["GET"], name="manage_devices"),
    Route("/manage/{office}/devices", act, methods=["POST"]),
]
