"""Letting in who has proved who they are: the second factor, the session, and where they go."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from starlette.responses import Response

from queue_service import commands, factors, passwords, reads, sealing, sessions, tokens, web
from queue_service.db import Refused
from queue_service.i18n import N_
from queue_service.settings import ticket_secret
from queue_service.web import AppRequest, Caller

# Where people work, for an office; the first that is theirs is where they go after signing in.
PLACES = {
    "/counter/{office}": N_("Counters"),
    "/door/{office}": N_("Door"),
    "/tablet/{office}": N_("One tablet"),
    "/kiosk/{office}": N_("Kiosk"),
    "/manage/{office}": N_("Manage this office"),
}
# Those that are no single office's.
WIDER = {
    "/authority": N_("What is in force where"),
    "/manage/live": N_("What goes on at all my offices"),
    "/manage/statistics": N_("Statistics"),
    "/hotline": N_("Hotline"),
    "/hotline/call-backs": N_("To be called back"),
    "/hotline/inbox": N_("Inbox"),
    "/messages": N_("Messages that could not be sent"),
}
SCREENS = {
    "/board/{office}": N_("Lobby screen"),
    "/board/{office}?view=door": N_("Screen at the door"),
}
LONGEST_LOGIN = 80
# A thief with many names, and one with many addresses, may try this many times as often.
PER_ADDRESS, PER_ACCOUNT = 6, 10

# Between the password and the code of the second factor.
HALF_WAY, COOKIE = timedelta(minutes=5), "half-way"


async def by_password(request: AppRequest, login: str, password: str) -> dict[str, Any]:
    """The account, by its password. Every failure takes as long and says the same."""
    tries = _sign_in_tries(request, login)
    await _spend(request, tries)
    known = len(login) <= LONGEST_LOGIN and login != ""
    found = (
        await reads.account(request.state.pool, request.state.clock.now(), login=login)
        if known
        else None
    )
    good = await passwords.fits(found["password"] if found else None, password)
    if found is None or not good or found["disabled"]:
        raise Refused("bad_sign_in", 422, {})
    await _give_back(request, tries)
    return found


Tries = tuple[tuple[str, int], ...]  # whose they are, and how many an hour


def _sign_in_tries(request: AppRequest, login: str) -> Tries:
    most, address = request.state.settings.failed_sign_ins_per_hour, web.address(request)
    return (
        (f"sign-in/{address}/{tokens.sha_of(login).hex()}", most),
        (f"sign-in/{address}", most * PER_ADDRESS),
        (f"sign-in//{tokens.sha_of(login).hex()}", most * PER_ACCOUNT),
    )


def _code_tries(request: AppRequest, account: dict[str, Any]) -> Tries:
    most, address = request.state.settings.failed_sign_ins_per_hour, web.address(request)
    return (
        (f"factor/{account['account_id']}", most),
        (f"factor//{address}", most * PER_ADDRESS),
    )


async def _spend(request: AppRequest, tries: Tries) -> None:
    """Counted before a secret is looked at, so that none is tried beside the count."""
    state = request.state
    for key, per_hour in tries:
        if not await commands.take_attempt(state.pool, key, state.clock.at(), per_hour, per_hour):
            raise Refused("too_many_tries", 429, {"retry_after": max(1, 3600 // per_hour)})


async def _give_back(request: AppRequest, tries: Tries) -> None:
    """What fitted was no guess: many may sign in of a morning behind the one address of a house."""
    state = request.state
    rows = [
        {"key": key, "taken": -1, "per_hour": per_hour, "burst": per_hour}
        for key, per_hour in tries
    ]
    await commands.share_attempts(state.pool, state.clock.at(), rows)


async def let_in(request: AppRequest, account: dict[str, Any], wish: str) -> Response:
    """A session; who has a second factor is asked for it first."""
    if account["totp"] is None:
        return await _begin(request, account, wish)
    state = request.state
    facts = {"login": account["login"], "password": _mark(account), "wish": wish[:500]}
    note = sealing.note(ticket_secret(state.settings), COOKIE, facts, state.clock.now(), HALF_WAY)
    response = web.see_other("/sign-in/code")
    web.passing_cookie(response, COOKIE, note, state.settings)
    return response


async def with_code(request: AppRequest, text: str) -> Response:
    """The second step: a code of the app or a recovery code, counted before it is looked at."""
    state = request.state
    note = sealing.read_note(
        ticket_secret(state.settings), COOKIE, request.cookies.get(COOKIE, ""), state.clock.now()
    )
    account = None
    if note is not None:
        account = await reads.account(state.pool, state.clock.now(), login=note["login"])
    if note is None or account is None or not account["totp"] or _mark(account) != note["password"]:
        raise Refused("sign_in_again", 409, {})
    proof = await proved(request, account, text)
    response = await _begin(request, account, note["wish"], proof)
    await _give_back(request, _code_tries(request, account))
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


async def proved(request: AppRequest, account: dict[str, Any], text: str) -> factors.Proof:
    """What was typed, as a command takes it. Refused where it cannot be theirs, or too often."""
    await spend_code(request, account)
    ours = ticket_secret(request.state.settings)
    secret = factors.kept(ours, account["totp"], account["account_id"])
    proof = factors.prove(secret, text, real_now(request))
    if proof is None:
        raise Refused("bad_code", 422, {})
    return proof


async def spend_code(request: AppRequest, account: dict[str, Any]) -> None:
    """One more try of a code, where it is theirs to set up or to turn off too."""
    await _spend(request, _code_tries(request, account))


def real_now(request: AppRequest) -> Any:
    """A demonstration's clock is shifted, the clock of somebody's phone is not."""
    state = request.state
    return state.clock.now() - state.clock.shift


async def _begin(
    request: AppRequest,
    account: dict[str, Any],
    wish: str,
    proof: factors.Proof | None = None,
) -> Response:
    offices = account["offices"]
    who = Caller(account["role"], account["login"], None if offices is None else frozenset(offices))
    used_up = proof is not None and proof.recovery is not None
    path = "/account/second-factor?done=recovery" if used_up else await after(request, wish, who)
    response = web.see_other(path)
    await sessions.begin(request, response, UUID(account["account_id"]), proof)
    return response


def _mark(account: dict[str, Any]) -> str:
    """Whose password changed meanwhile begins anew."""
    return tokens.sha_of(account["password"] or "").hex()


async def after(request: AppRequest, wish: str | None, who: Caller) -> str:
    """The page that was asked for, else where they work, else the list of it."""
    if path := web.own_path(wish):
        return path
    if who.role == "authority":
        return "/authority"
    theirs, wider = await places(request, who), wider_places(who)
    if len(theirs) == 1 and theirs[0]["links"]:
        return next(iter(theirs[0]["links"]))
    return next(iter(wider)) if wider and not any(one["links"] for one in theirs) else "/sign-in"


async def places(request: AppRequest, who: Caller) -> list[dict[str, Any]]:
    """The pages this sign-in opens, by office: address and name."""
    offices = await reads.offices(request.state.pool, request.state.clock.now())
    paths = {path: name for path, name in PLACES.items() if who.may_open(path)}
    if who.role == "board":
        paths = SCREENS
    return [
        {
            "office": office,
            "links": {path.format(office=office["slug"]): name for path, name in paths.items()},
        }
        for office in offices
        if who.may_enter(office["office_id"])
    ]


def wider_places(who: Caller) -> dict[str, str]:
    """The pages it opens beside them."""
    return {path: name for path, name in WIDER.items() if who.may_open(path)}
