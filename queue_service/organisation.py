"""Pages: signing in with the organisation's own account, where OpenID Connect is configured."""

import hmac
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, entrance, openid, reads, sealing, web, wording
from queue_service.db import Refused, origin
from queue_service.settings import ticket_secret
from queue_service.web import AppRequest

COOKIE, ON_THE_WAY = "openid", timedelta(minutes=10)
ACTOR = "openid"


async def go(request: AppRequest) -> Response:
    """To the provider; what must come back stays in this browser alone."""
    state = request.state
    _configured(request)
    way = openid.new_way()
    try:
        address = await openid.address(state.settings, way)
    except Refused as refused:
        return _page(request, refused)
    wish = web.own_path(request.query_params.get("next")) or ""
    response = web.see_other(address)
    note = sealing.note(
        ticket_secret(state.settings),
        COOKIE,
        {**asdict(way), "wish": wish[:500]},
        state.clock.now(),
        ON_THE_WAY,
    )
    web.passing_cookie(response, COOKIE, note, state.settings)
    return response


async def back(request: AppRequest) -> Response:
    _configured(request)
    origin.set(web.address(request))
    try:
        response = await _back(request)
    except Refused as refused:
        response = _page(request, refused)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


async def _back(request: AppRequest) -> Response:
    state, asked = request.state, request.query_params
    note = sealing.read_note(
        ticket_secret(state.settings), COOKIE, request.cookies.get(COOKIE, ""), state.clock.now()
    )
    if note is None:
        raise Refused("sign_in_again", 409, {})
    ours = hmac.compare_digest(asked.get("state", "").encode(), note["state"].encode())
    if not ours or asked.get("iss", state.settings.openid_issuer) != state.settings.openid_issuer:
        raise Refused("openid_failed", 403, {"why": "state"})
    if "code" not in asked:
        raise Refused("openid_denied", 403, {})
    way = openid.Way(note["state"], note["nonce"], note["verifier"])
    person = await openid.person(state.settings, way, asked["code"])
    return await entrance.let_in(request, await _account(request, person), note["wish"])


async def _account(request: AppRequest, person: openid.Person) -> dict[str, Any]:
    """Theirs by who they are to the provider; where the settings say so, first by their e-mail."""
    state = request.state
    now = state.clock.now()
    account = await reads.account(state.pool, now, subject=person.subject)
    if account is None and person.email and state.settings.openid_email == "on":
        account = await reads.account(state.pool, now, login=person.email)
        if account is not None and (account["subject"] or account["disabled"]):
            account = None  # linked to somebody else: an e-mail address is handed on, too
        if account is not None:
            account_id = UUID(account["account_id"])
            at, subject = state.clock.at(), person.subject
            await commands.set_account(state.pool, at, ACTOR, account_id, subject=subject)
    if account is None or account["disabled"]:
        sub = person.subject.partition(" ")[2]
        raise Refused("openid_unknown", 403, {"subject": sub})
    return account


def _configured(request: AppRequest) -> None:
    if not request.state.settings.openid_issuer:
        raise Refused("no_such_page", 404, {})


def _page(request: AppRequest, refused: Refused) -> Response:
    words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
    context = {"words": words, "subject": refused.facts.get("subject", "")}
    return web.render(request, "staff/openid.html", context, refused.status, private=True)


ROUTES = [
    Route("/sign-in/openid", go, methods=["GET"], name="openid"),
    Route(openid.BACK, back, methods=["GET"], name="openid_back"),
]
