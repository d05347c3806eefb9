"""Who calls, what the table of rights lets them do, and how often they may ask."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from queue_service import commands, rights, sessions, tokens
from queue_service.db import Refused, origin, seat
from queue_service.web.asked import address
from queue_service.web.service import AppRequest


class Forbidden(Refused):
    """401 without a sign-in, 403 with one that does not reach so far."""


@dataclass(frozen=True, slots=True)
class Caller:
    role: str
    label: str
    offices: frozenset[int] | None
    account_id: UUID | None = None
    authority: str | None = None  # that they speak for

    @property
    def actor(self) -> str:
        return f"{self.role}:{self.label}"

    def may_enter(self, office_id: int) -> bool:
        return self.offices is None or office_id in self.offices

    def may(self, act: str) -> bool:
        """Whether the table of rights has this act for them; pages offer nothing else."""
        return rights.may(self.role, rights.of_act(act))

    def may_open(self, path: str) -> bool:
        return rights.may(self.role, rights.of_address("GET", path))


async def caller(request: AppRequest, *roles: str, office_id: int | None = None) -> Caller:
    """Who is signed in, where the table of rights opens this address to them.

    Roles that are named narrow what the table says; the office is one of theirs, or it is refused.
    """
    line = rights.of_address(request.method, request.scope["route"].path)
    return await allowed(request, line & {*roles, "admin"} if roles else line, office_id)


async def person(request: AppRequest) -> Caller:
    """Somebody with an account; a device has nothing of its own to change."""
    who = await caller(request)
    if who.account_id is None:
        raise Refused("not_a_person", 409, {})
    return who


async def allowed(request: AppRequest, line: rights.Roles, office_id: int | None = None) -> Caller:
    """Who is signed in with one of these roles, at this office; all others are refused."""
    known = await signed_in(request)
    if known is None:
        raise Forbidden("sign_in", 401, {})
    if known.role not in line or (office_id is not None and not known.may_enter(office_id)):
        raise Forbidden("forbidden", 403, {"roles": sorted(line)})
    return known


async def signed_in(request: AppRequest) -> Caller | None:
    """Whoever is signed in; looked up once for each request."""
    if "signed_in" not in request.scope:
        request.scope["signed_in"] = await _look_up(request)
    return request.scope["signed_in"]


async def _look_up(request: AppRequest) -> Caller | None:
    holder = await sessions.look_up(request)
    if holder is None:
        return None
    if "token_counted" not in request.scope:
        wait = tokens.spend(request.state.limits, holder.sent, holder)
        if wait:
            raise Refused("too_many_requests", 429, {"retry_after": wait})
    origin.set(address(request))
    sit(request, holder)
    offices = None if holder.offices is None else frozenset(holder.offices)
    return Caller(holder.role, holder.label, offices, holder.account_id, holder.authority)


def sit(request: AppRequest, holder: tokens.Holder) -> None:
    """Says to the commands in which browser this is: one clerk has one counter, in one of them."""
    if tokens.bearer(request):
        seat.set("program")
        return
    kind, cookie = ("device", "device") if holder.account_id is None else ("person", sessions.SEAT)
    mine = request.cookies.get(cookie) or holder.sent
    seat.set(f"{kind}/{tokens.sha_of(mine[: tokens.LONGEST]).hex()}")


def share_seat() -> None:
    """One tablet is at several counters."""
    kind, slash, mine = seat.get().partition("/")
    seat.set(f"tablet/{mine}" if slash else kind)


async def spend_try(request: AppRequest, what: str, caller: Caller | None = None) -> None:
    """Counts a failed code or key against the address and the device; too many are refused."""
    state = request.state
    per_hour = state.settings.failed_codes_per_hour * (4 if what == "unheard" else 1)
    whose = [f"{what}/address/{address(request)}"]
    whose += [f"{what}/device/{caller.actor}"] if caller else []
    left = [
        await commands.take_attempt(state.pool, one, state.clock.at(), per_hour, per_hour)
        for one in whose
    ]
    if not all(left):
        raise Refused("too_many_tries", 429, {"retry_after": max(1, 3600 // per_hour)})


def spend(request: AppRequest, what: str, of: str) -> None:
    """One more of what an address, a phone or a ticket may do in an hour; too many are refused.

    Asks no database: every process counts for itself and tells the others (limits.py).
    """
    if wait := request.state.limits.take(what, of):
        raise _too_many(wait)


def spend_booking(request: AppRequest, phone: str) -> None:
    """A booking from outside the office, or a wish to wait for one."""
    take = request.state.limits.take
    if wait := take("bookings_per_hour", request.scope.get("crowd", "")):
        raise _too_many(wait)
    if wait := take("phone_bookings_per_hour", phone):
        raise _too_many(wait)


def _too_many(wait: int) -> Refused:
    return Refused("too_many_requests", 429, {"retry_after": wait})


async def act(
    request: AppRequest,
    command: Callable[..., Awaitable[dict[str, Any]]],
    office_id: int,
    actor: str,
    key: str | None,
    **rest: Any,
) -> dict[str, Any]:
    """A command at this moment, for whom the table has it; the hub counts it, boards wake."""
    line = rights.of_act(getattr(command, "__name__", ""))
    if line != rights.ANYBODY:
        await allowed(request, line, office_id)
    return await request.state.hub.run(command, office_id, actor, key, **rest)
