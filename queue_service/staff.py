"""Signing in: people with a name and a password, devices once with the key they were given."""

import contextlib
import secrets
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, entrance, passwords, reads, sessions, tokens, web, wording
from queue_service.db import Refused, origin
from queue_service.web import AppRequest, Caller, Form

TOKEN_SIZES = range(20, 201)


async def show(request: AppRequest) -> Response:
    return await _page(request, await web.signed_in(request))


async def sign_in(request: AppRequest) -> Response:
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise Refused("other_site", 403, {})
    form = await web.read_form(request)
    origin.set(web.address(request))
    if "token" in form:
        return await _sign_in_device(request, form)
    login, password = form.get("login", "").strip().lower(), form.get("password", "")
    try:
        account = await entrance.by_password(request, login, password)
    except Refused as refused:
        words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
        errors = {"login": words.text}
        return await _page(request, None, form, errors, refused.status)
    return await entrance.let_in(request, account, form.get("next", ""))


async def ask_code(request: AppRequest) -> Response:
    return _code_page(request)


async def enter_code(request: AppRequest) -> Response:
    """The second step, for who has a second factor."""
    form = await web.read_form(request)
    origin.set(web.address(request))
    try:
        return await entrance.with_code(request, form.get("code", "")[:60])
    except Refused as refused:
        words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
        if refused.code == "sign_in_again":
            return await _page(request, None, None, {"login": words.text}, refused.status)
        return _code_page(request, {"code": words.text}, refused.status)


def _code_page(
    request: AppRequest, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    return web.render(request, "staff/code.html", {"errors": errors or {}}, status, private=True)


async def _sign_in_device(request: AppRequest, form: Form) -> Response:
    token = form["token"].strip()
    state = request.state
    device = request.cookies.get("device") or secrets.token_urlsafe(32)
    code, holder = "bad_token", None
    if len(token) in TOKEN_SIZES:
        claim = await commands.claim_token(
            state.pool, state.clock.at(), tokens.sha_of(token), tokens.sha_of(device)
        )
        with contextlib.suppress(tokens.Elsewhere):
            holder = await tokens.look_up(state.pool, token, device)
        if (
            holder is None
            and not claim["mine"]
            and await reads.token(state.pool, tokens.sha_of(token))
        ):
            code = "token_elsewhere"
    if holder is None:
        await web.spend_try(request, "token")
        words = wording.say_refusal(web.lang(request), code)
        return await _page(request, None, form, {"token": words.text}, 422)
    offices = None if holder.offices is None else frozenset(holder.offices)
    who = Caller(holder.role, holder.label, offices)
    response = web.see_other(await entrance.after(request, form.get("next"), who))
    await sessions.end(request, response)
    web.sign_in_cookie(response, token, state.settings)
    web.device_cookie(response, device, state.settings)
    return response


# --- A device that asks to be let in ----------------------------------------------------------

AGAIN = "4"  # seconds between two looks whether somebody has said yes


async def pair(request: AppRequest) -> Response:
    """Shows a code; once a manager has typed it, this browser has its key, which nobody saw."""
    state = request.state
    secret, device = request.cookies.get("pairing", ""), request.cookies.get("device", "")
    fresh = len(secret) not in TOKEN_SIZES or not device
    if fresh:
        await web.spend_try(request, "pair")
        secret, device = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    elif holder := await tokens.look_up(state.pool, secret, device):
        offices = None if holder.offices is None else frozenset(holder.offices)
        who = Caller(holder.role, holder.label, offices)
        response = web.see_other(await entrance.after(request, None, who))
        web.sign_in_cookie(response, secret, state.settings)
        response.delete_cookie("pairing", httponly=True, samesite="strict")
        return response
    try:
        keys = tokens.sha_of(secret), tokens.sha_of(device)
        code = (await tokens.pairing_code(state.pool, state.clock.at(), *keys))["code"]
    except Refused as refused:
        if refused.code != "key_used":
            raise
        response = web.see_other("/pair")
        response.delete_cookie("pairing", httponly=True, samesite="strict")
        return response
    told = {"refresh": AGAIN}
    response = web.render(request, "staff/pair.html", {"code": code}, private=True, headers=told)
    if fresh:
        web.device_cookie(response, device, state.settings)
        web.device_cookie(response, secret, state.settings, "pairing")
    return response


async def sign_out(request: AppRequest) -> Response:
    """A person goes, the device they used stays what it is; a device signs out itself."""
    origin.set(web.address(request))
    form = await web.read_form(request)
    response = web.see_other("/sign-in")
    if not await sessions.end(request, response, everywhere="everywhere" in form):
        response.delete_cookie("token", httponly=True, samesite="strict")
    return response


async def _page(
    request: AppRequest,
    who: Caller | None,
    form: Form | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    form = form or Form()
    settings = request.state.settings
    host = urlsplit(settings.openid_issuer).hostname or ""
    after = form.get("next") or request.query_params.get("next")
    context = {
        "errors": errors or {},
        "signed_in": who,
        "places": await entrance.places(request, who) if who else [],
        "wider": entrance.wider_places(who) if who else {},
        # An address that came with a code in it is not sent on.
        "after": urlsplit(web.own_path(after) or "").path,
        "openid": settings.openid_issuer and (settings.openid_name or host),
        "login": form.get("login", "")[: entrance.LONGEST_LOGIN],
    }
    return web.render(request, "staff/sign_in.html", context, status, private=True)


# --- A password of one's own ------------------------------------------------------------------


async def ask_password(request: AppRequest) -> Response:
    """By the link of an administrator; opening it uses nothing up, mail programs look at links."""
    account = await _by_link(request)
    return _password_page(request, account, {})


async def set_password(request: AppRequest) -> Response:
    form = await web.read_form(request)
    origin.set(web.address(request))
    account = await _by_link(request)
    errors = _password_errors(request, form, account["login"])
    if errors:
        return _password_page(request, account, errors, 422)
    state = request.state
    await commands.set_password(
        state.pool,
        state.clock.at(),
        f"{account['role']}:{account['login']}",
        UUID(account["account_id"]),
        await passwords.make(form["password"]),
        link=tokens.sha_of(request.path_params["link"]),
    )
    return web.see_other("/sign-in?done=password")


async def _by_link(request: AppRequest) -> dict[str, Any]:
    state = request.state
    sha = tokens.sha_of(request.path_params["link"][: tokens.LONGEST])
    account = await reads.account(state.pool, state.clock.now(), link=sha)
    if account is None:
        await web.spend_try(request, "link")
        raise Refused("no_such_link", 404, {})
    return account


async def own(request: AppRequest) -> Response:
    """What somebody may change about their own sign-in."""
    await web.person(request)
    return _password_page(request, None, {})


async def change_password(request: AppRequest) -> Response:
    who = await web.person(request)
    form = await web.read_form(request)
    errors = _password_errors(request, form, who.label)
    if not errors:
        try:
            await entrance.by_password(request, who.label, form.get("old", ""))
        except Refused as refused:
            code = "bad_old_password" if refused.code == "bad_sign_in" else refused.code
            errors = {"old": wording.say_refusal(web.lang(request), code, refused.facts).text}
    if errors:
        return _password_page(request, None, errors, 422)
    assert who.account_id is not None
    state = request.state
    await commands.set_password(
        state.pool,
        state.clock.at(),
        who.actor,
        who.account_id,
        await passwords.make(form["password"]),
        kept=tokens.sha_of(sessions.id_of(request)),
    )
    return web.see_other("/account?done=password")


def _password_errors(request: AppRequest, form: Form, login: str) -> dict[str, str]:
    password = form.get("password", "")
    if code := passwords.problem(password, login):
        facts = {"least": passwords.SHORTEST, "limit": passwords.LONGEST}
        return {"password": wording.say_refusal(web.lang(request), code, facts).text}
    if password != form.get("again", ""):
        return {"again": wording.say_refusal(web.lang(request), "password_differs").text}
    return {}


def _password_page(
    request: AppRequest, account: dict[str, Any] | None, errors: dict[str, str], status: int = 200
) -> Response:
    context = {
        "account": account,
        "errors": errors,
        "least": passwords.SHORTEST,
        "done": request.query_params.get("done", ""),
    }
    return web.render(request, "staff/password.html", context, status, private=True)


ROUTES = [
    Route("/sign-in", show, methods=["GET"], name="sign_in"),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-in/code", ask_code, methods=["GET"], name="sign_in_code"),
    Route("/sign-in/code", enter_code, methods=["POST"]),
    Route("/pair", pair, methods=["GET"], name="pair"),
    Route("/sign-out", sign_out, methods=["POST"], name="sign_out"),
    Route("/new-password/{link}", ask_password, methods=["GET"], name="new_password"),
    Route("/new-password/{link}", set_password, methods=["POST"]),
    Route("/account", own, methods=["GET"], name="account"),
    Route("/account/password", change_password, methods=["POST"], name="change_password"),
]
