"""Page: a second factor for one's own sign-in, set up with a QR code and taken off again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import anyio.to_thread
from starlette.responses import Response
from starlette.routing import Route

from queue_service import (
    commands,
    entrance,
    factors,
    passwords,
    reads,
    sealing,
    sessions,
    tickets,
    tokens,
    web,
    wording,
)
from queue_service.db import Refused
from queue_service.settings import ticket_secret
from queue_service.web import AppRequest, Caller, Form

SETTING_UP, PURPOSE = timedelta(minutes=15), "second factor to be"
Account = dict[str, Any]


async def show(request: AppRequest) -> Response:
    who = await web.person(request)
    return await _page(request, await _mine(request, who))


async def act(request: AppRequest) -> Response:
    who = await web.person(request)
    form = await web.read_form(request)
    account = await _mine(request, who)
    doing = {"begin": _begin, "confirm": _confirm, "drop": _drop}
    one = next((doing[word] for word in doing if word in form), None)
    if one is None:
        raise Refused("bad_request", 422, {})
    try:
        return await one(request, who, account, form)
    except Refused as refused:
        code = "bad_old_password" if refused.code == "bad_sign_in" else refused.code
        words = wording.say_refusal(web.lang(request), code, refused.facts)
        field = "password" if one is _begin else "code"
        secret = _told(request, form)
        return await _page(
            request, account, secret, errors={field: words.text}, status=refused.status
        )


async def _begin(request: AppRequest, who: Caller, account: Account, form: Form) -> Response:
    """A secret of its own. A browser left open for a moment is not enough to lock its owner out."""
    if account["totp"] is not None:
        raise Refused("factor_on", 409, {})
    if account["password"] is not None:
        await entrance.by_password(request, who.label, form.get("password", ""))
    return await _page(request, account, factors.new_secret())


async def _confirm(request: AppRequest, who: Caller, account: Account, form: Form) -> Response:
    """On from the first code that fits: whoever scanned nothing cannot lock themselves out."""
    secret = _told(request, form)
    if secret is None:
        raise Refused("sign_in_again", 409, {})
    await entrance.spend_code(request, account)
    step = factors.step_of(secret, form.get("code", "")[:60], entrance.real_now(request))
    if step is None:
        raise Refused("bad_code", 422, {})
    state, codes = request.state, factors.new_recovery_codes()
    await commands.set_factor(
        state.pool,
        state.clock.at(),
        who.actor,
        UUID(account["account_id"]),
        factors.keep(ticket_secret(state.settings), secret, account["account_id"]),
        step,
        [factors.hash_of(code) for code in codes],
        kept=tokens.sha_of(sessions.id_of(request)),
    )
    # Shown now and never again: no address may carry them.
    return await _page(request, await _mine(request, who), codes=codes)


async def _drop(request: AppRequest, who: Caller, account: Account, form: Form) -> Response:
    if account["totp"] is None:
        raise Refused("factor_off", 409, {})
    proof = await entrance.proved(request, account, form.get("code", "")[:60])
    state, account_id = request.state, UUID(account["account_id"])
    at = state.clock.at()
    await commands.drop_factor(state.pool, at, who.actor, account_id, proof.step, proof.recovery)
    return web.see_other("/account/second-factor?done=off")


async def _mine(request: AppRequest, who: Caller) -> Account:
    state = request.state
    account = await reads.account(state.pool, state.clock.now(), login=who.label)
    assert account is not None  # whose session was just looked up
    return account


def _told(request: AppRequest, form: Form) -> bytes | None:
    """The secret that this form is about, which nobody but its page has seen."""
    state = request.state
    note = sealing.read_note(
        ticket_secret(state.settings), PURPOSE, form.get("sealed", ""), state.clock.now()
    )
    mine = note is not None and note["session"] == _session(request)
    return bytes.fromhex(note["secret"]) if note and mine else None


def _session(request: AppRequest) -> str:
    return tokens.sha_of(sessions.id_of(request)).hex()


async def _page(
    request: AppRequest,
    account: Account,
    secret: bytes | None = None,
    codes: list[str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    state = request.state
    context: dict[str, Any] = {
        "account": account,
        "errors": errors or {},
        "codes": codes or [],
        "done": request.query_params.get("done", ""),
        "least": passwords.SHORTEST,
        "new": None,
    }
    if secret is not None:
        facts = {"secret": secret.hex(), "session": _session(request)}
        ours, now = ticket_secret(state.settings), state.clock.now()
        address = factors.address(secret, account["login"], _issuer(request))
        context["new"] = {
            "sealed": sealing.note(ours, PURPOSE, facts, now, SETTING_UP),
            "qr": await anyio.to_thread.run_sync(tickets.qr_data, address),
            "typed": factors.typed(secret),
        }
    return web.render(request, "staff/second_factor.html", context, status, private=True)


def _issuer(request: AppRequest) -> str:
    """How the app names this service: by its address, as people know it."""
    return request.state.settings.address.partition("://")[2]


ROUTES = [
    Route("/account/second-factor", show, methods=["GET"], name="second_factor"),
    Route("/account/second-factor", act, methods=["POST"]),
]
