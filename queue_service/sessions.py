"""Who is behind a request: somebody with a session on this server, or the holder of a token.

Both are looked up at every request and kept nowhere else, so what is withdrawn in one process
is worth nothing in any. A session's cookie holds a random id, the database only its hash.
"""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from starlette.requests import HTTPConnection
from starlette.responses import Response

from queue_service import commands, tokens
from queue_service.factors import Proof
from queue_service.settings import Settings
from queue_service.tokens import Holder

SEAT = "seat"  # which browser it is, however often somebody signs in with it
COOKIES = ("__Host-session", "session")  # over https; without it browsers refuse the first
# What pages ask for by themselves keeps nobody signed in who has gone home.
BY_ITSELF = ("/live", "/heartbeat", "/changes", "/stream", "/standing")


def cookie_name(settings: Settings) -> str:
    return COOKIES[0 if settings.address.startswith("https:") else 1]


def id_of(request: HTTPConnection[Any]) -> str:
    """The session's id as the browser sent it; nothing where there is none."""
    return request.cookies.get(cookie_name(request.state.settings), "")[: tokens.LONGEST]


async def look_up(request: HTTPConnection[Any]) -> Holder | None:
    """A key that was sent as such counts alone; else a person comes before the device they use."""
    state = request.state
    bearer = tokens.bearer(request)
    if not bearer and (session := id_of(request)):
        settings: Settings = state.settings
        found = await commands.use_session(
            state.pool,
            state.clock.at(),
            tokens.sha_of(session),
            not request.url.path.endswith(BY_ITSELF),
            timedelta(minutes=settings.session_idle_minutes),
            timedelta(hours=settings.session_hours),
        )
        if found is not None:
            offices = found["offices"]
            return Holder(
                found["role"],
                found["login"],
                None if offices is None else tuple(offices),
                UUID(found["account_id"]),
                found["authority"],
                sent=session,
            )
    token, device = bearer or request.cookies.get("token", ""), request.cookies.get("device", "")
    try:
        return await tokens.look_up(state.pool, token, device)
    except tokens.Elsewhere:
        sha = tokens.sha_of(device) if device else None
        await commands.claim_token(state.pool, state.clock.at(), tokens.sha_of(token), sha)
        raise


async def begin(
    request: HTTPConnection[Any],
    response: Response,
    account_id: UUID,
    proof: Proof | None = None,
) -> None:
    """A fresh id at every sign-in, so that nobody can bring one along; gone with the browser."""
    state = request.state
    session, proof = secrets.token_urlsafe(32), proof or Proof()
    await commands.begin_session(
        state.pool,
        state.clock.at(),
        tokens.sha_of(session),
        account_id,
        proof.step,
        proof.recovery,
    )
    await end(request, response)
    response.set_cookie(
        cookie_name(state.settings),
        session,
        httponly=True,
        samesite="lax",
        secure=state.settings.address.startswith("https:"),
    )
    if not request.cookies.get(SEAT):
        response.set_cookie(
            SEAT,
            secrets.token_urlsafe(16),
            max_age=400 * 86_400,
            httponly=True,
            samesite="lax",
            secure=state.settings.address.startswith("https:"),
        )


async def end(request: HTTPConnection[Any], response: Response, everywhere: bool = False) -> bool:
    """Signs out here, or wherever this person is signed in; whether there was a session."""
    session = id_of(request)
    if not session:
        return False
    state = request.state
    # Nobody is kept signed in for want of the right time: what counts is that it has ended.
    await commands.end_session(state.pool, state.clock.now(), tokens.sha_of(session), everywhere)
    response.delete_cookie(
        cookie_name(state.settings),
        httponly=True,
        samesite="lax",
        secure=state.settings.address.startswith("https:"),
    )
    return True
