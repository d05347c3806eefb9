"""The waiting list: asking for an earlier time, and answering when one is offered."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, identities, phones, reads, tickets, web, wording
from queue_service.citizen import slots
from queue_service.citizen.basket import Shop, enter
from queue_service.citizen.booking import LONGEST_NAME
from queue_service.citizen.ticket import held
from queue_service.db import Refused
from queue_service.settings import ticket_secret
from queue_service.web import AppRequest, Form

FIELDS = {
    "party_too_large": "party_size",
    "party_too_small": "party_size",
    "phone_needed": "phone",
    "already_waiting": "phone",
    "too_many_waiting": "phone",
    "too_many_codes": "phone",
    "identity_needed": "identity",
}

# --- Asking without a booking -----------------------------------------------------------------


@dataclass(slots=True)
class Wish:
    """The form as it was filled in, and what is wrong with it."""

    waiting_id: str
    days: Sequence[date]
    name: str = ""
    phone: str = ""
    identity: str = ""
    party_size: str = "1"
    until: str = ""
    errors: dict[str, str] = field(default_factory=dict[str, str])


async def ask(request: AppRequest) -> Response:
    shop = await enter(request)
    if not shop.basket:
        return web.see_other(shop.url())
    return _form(request, shop, Wish(web.fresh_id(), await _days(request, shop)))


async def join(request: AppRequest) -> Response:
    shop = await enter(request)
    if not shop.basket:
        return web.see_other(shop.url())
    wish = _filled(await web.read_form(request), await _days(request, shop))
    try:
        wanted = _checked(request, shop, wish)
        web.spend_booking(request, str(wanted["phone"]))
        waiting = await web.act(
            request, commands.join_waiting_list, shop.office_id, "web", None, wish=wanted
        )
    except Refused as refused:
        if refused.code == "id_reused":  # the same form with other words in it is a new one
            wish.waiting_id = web.fresh_id()
        if refused.code != "bad_form":
            words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
            wish.errors[FIELDS.get(refused.code, "")] = words.text
        return _form(request, shop, wish, refused.status)
    return web.see_other(_path(shop.office_id, waiting))


async def _days(request: AppRequest, shop: Shop) -> list[date]:
    found = await slots.days(request, shop.office_id, shop.office, shop.basket.rows())
    return [one.day for one in found]


def _filled(form: Form, days: Sequence[date]) -> Wish:
    waiting_id = web.as_uuid(form.get("id"))
    return Wish(
        str(waiting_id or web.fresh_id()),
        days,
        name=form.get("name", "")[:20_000],
        phone=form.get("phone", "")[:20_000],
        identity=form.get("identity", "")[:500],
        party_size=form.get("party_size", "").strip()[:20] or "1",
        until=form.get("until", "")[:20],
    )


def _checked(request: AppRequest, shop: Shop, wish: Wish) -> dict[str, object]:
    """Every field that is wrong is told at once."""
    language, errors = web.lang(request), wish.errors
    name = web.clean_line(wish.name, LONGEST_NAME)
    if name is None:
        errors["name"] = wording.say_refusal(language, "no_name").title
    phone = person = ""
    try:
        phone = phones.normalise(wish.phone)
    except phones.BadPhone as bad:
        errors["phone"] = wording.say_phone(language, bad.reason)
    if shop.scarce:
        number = identities.read(wish.identity)
        if number is None:
            errors["identity"] = wording.say_refusal(language, "bad_identity").title
        else:
            person = identities.keyed(ticket_secret(request.state.settings), number)
    if errors:
        raise Refused("bad_form", 422, {})
    last = next((day for day in wish.days if day.isoformat() == wish.until), None)
    zone = ZoneInfo(shop.office["time_zone"])
    until_at = datetime.combine(last + timedelta(days=1), time(), zone) if last else None
    return {
        "waiting_id": wish.waiting_id,
        "services": shop.basket.rows(),
        "party_size": int(wish.party_size) if wish.party_size.isdecimal() else 0,
        "until_at": until_at,
        "name": name,
        "phone": phone,
        "person": person,
        "language": language,
        "channel": "web",
        "token": secrets.token_hex(16),
        "digits": tickets.new_digits(),
        "proof": tickets.new_proof(),
    }


def _form(request: AppRequest, shop: Shop, wish: Wish, status: int = 200) -> Response:
    context = {
        "shop": shop,
        "wish": wish,
        "errors": wish.errors,
        "action": shop.url("wait"),
        "people": [(n, str(n)) for n in range(1, int(shop.office["largest_party"]) + 1)],
    }
    return web.render(request, "citizen/wait.html", context, status, private=True)


# --- Asking with a booking --------------------------------------------------------------------


async def join_with_ticket(request: AppRequest) -> Response:
    ticket = await held(request)
    form = await web.read_form(request)
    wanted = {
        "waiting_id": str(web.as_uuid(form.get("key")) or web.fresh_id()),
        "visit_id": ticket.visit["visit_id"],
        "channel": "web",
        "token": secrets.token_hex(16),
        "digits": tickets.new_digits(),
    }
    try:
        waiting = await web.act(
            request, commands.join_waiting_list, ticket.office_id, "web", None, wish=wanted
        )
    except Refused as refused:
        if refused.code != "already_waiting":  # a second press: the ticket shows that
            raise
        return web.see_other(ticket.path)
    return web.see_other(_path(ticket.office_id, waiting))


# --- Waiting ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody whose link was shown."""

    office_id: int
    token: str
    waiting: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"/w/{self.token}"

    @property
    def ticket(self) -> str:
        """Where the booking is: the one to be moved, or the one that was made in the end."""
        secret = self.waiting["visit_token"]
        if not secret:
            return ""
        return f"/t/{tickets.make_token(self.office_id, bytes.fromhex(secret))}"


async def waiter(request: AppRequest) -> Waiter:
    token, state = request.path_params["token"], request.state
    if parsed := tickets.parse_token(token):
        office_id, secret = parsed
        waiting = await reads.waiting(state.pool, office_id, state.clock.now(), secret)
        if waiting is not None:
            return Waiter(office_id, token, waiting)
    await web.spend_try(request, "link")
    raise Refused("no_such_visit", 404, {})


async def show(request: AppRequest) -> Response:
    who = await waiter(request)
    if who.waiting["state"] == "booked" and who.ticket:
        return web.see_other(f"{who.ticket}?did=accepted")
    return _page(request, who, request.query_params.get("did", ""))


async def reply(request: AppRequest) -> Response:
    who = await waiter(request)
    form = await web.read_form(request)
    word = form.get("answer")
    if word not in ("yes", "no"):
        raise Refused("bad_request", 422, {})
    try:
        answer = await web.act(
            request,
            commands.answer_offer,
            who.office_id,
            "web",
            web.key(request, form),
            waiting_id=UUID(who.waiting["waiting_id"]),
            accept=word == "yes",
            proof=tickets.new_proof(),
        )
    except Refused as refused:
        if refused.code != "no_offer":
            raise
        words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
        return _page(request, await waiter(request), words=words, status=refused.status)
    if answer["decision"] == "accepted":
        return web.see_other(who.path)
    return web.see_other(f"{who.path}?did={answer['decision']}")


async def leave(request: AppRequest) -> Response:
    who = await waiter(request)
    form = await web.read_form(request)
    await web.act(
        request,
        commands.leave_waiting_list,
        who.office_id,
        "web",
        web.key(request, form),
        waiting_id=UUID(who.waiting["waiting_id"]),
    )
    return web.see_other(who.path)


async def prove(request: AppRequest) -> Response:
    """The code that was texted to who wants to wait."""
    who = await waiter(request)
    form = await web.read_form(request)
    code = tickets.plain_digits(form.get("code", "")[:40]) or ""
    language = web.lang(request)
    if len(code) != tickets.PROOF_LENGTH:  # a slip of the finger costs no try
        words = wording.say_refusal(language, "bad_proof")
        return _page(request, who, errors={"code": words.text}, status=422)
    answer = await _of_wish(request, who, commands.prove_phone, form, code)
    if answer is not None and answer["decision"] == "wrong_code":
        await web.spend_try(request, "proof")
        words = wording.say_wish_proof(language, answer)
        return _page(request, who, errors={"code": words.text}, status=422)
    return web.see_other(f"{who.path}?did={answer['decision']}" if answer else who.path)


async def send_again(request: AppRequest) -> Response:
    who = await waiter(request)
    form = await web.read_form(request)
    try:
        sent = await _of_wish(request, who, commands.send_code, form, tickets.new_proof())
    except Refused as refused:
        if refused.code != "too_many_codes":
            raise
        words = wording.say_refusal(web.lang(request), refused.code, refused.facts)
        return _page(request, who, errors={"": words.text}, status=refused.status)
    return web.see_other(f"{who.path}?did=sent" if sent else who.path)


async def _of_wish(
    request: AppRequest, who: Waiter, command: Any, form: Form, code: str
) -> Mapping[str, Any] | None:
    """None: proven before, or too late, as the page says."""
    key, waiting_id = web.key(request, form), UUID(who.waiting["waiting_id"])
    try:
        return await web.act(
            request, command, who.office_id, "web", key, visit_id=waiting_id, code=code
        )
    except Refused as refused:
        if refused.code not in ("not_held", "no_such_visit"):
            raise
        return None


def _page(
    request: AppRequest,
    who: Waiter,
    did: str = "",
    words: wording.Words | None = None,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
) -> Response:
    facts = {**who.waiting["office"], "per_person": who.waiting["fairness"]["per_person"]}
    if did in wording.OFFERS and did != "accepted" and not who.waiting["offer"]:
        words = wording.say_offer(web.lang(request), {**facts, "decision": did})
    elif did == "proven" and who.waiting["state"] == "waiting":
        words = wording.say_wish_proof(web.lang(request), {"decision": did})
    elif did in wording.WISH_PROOFS and who.waiting["state"] == "over":
        words = wording.say_wish_proof(web.lang(request), {**facts, "decision": did})
    context = {
        "who": who,
        "waiting": who.waiting,
        "office": who.waiting["office"],
        "zone": ZoneInfo(who.waiting["office"]["time_zone"]),
        "now": request.state.clock.now(),
        "words": words,
        "good": did == "proven",
        "key": web.fresh_id(),
        "keys": (web.fresh_id(), web.fresh_id()),
        "errors": errors or {},
        "sent_again": did == "sent",
        "hidden_phone": phones.hidden(who.waiting["phone"]),
    }
    page = "citizen/prove_wish.html" if who.waiting["state"] == "held" else "citizen/waiting.html"
    return web.render(request, page, context, status, private=True)


def _path(office_id: int, waiting: Mapping[str, Any]) -> str:
    return f"/w/{tickets.make_token(office_id, bytes.fromhex(waiting['token']))}"


ROUTES = [
    Route("/o/{office}/wait", ask, methods=["GET"], name="wait"),
    Route("/o/{office}/wait", join, methods=["POST"], name="join_waiting_list"),
    Route("/t/{token}/wait", join_with_ticket, methods=["POST"], name="wait_with_ticket"),
    Route("/w/{token}", show, methods=["GET"], name="waiting"),
    Route("/w/{token}/prove", prove, methods=["POST"], name="prove_wish"),
    Route("/w/{token}/code", send_again, methods=["POST"], name="send_wish_code"),
    Route("/w/{token}/answer", reply, methods=["POST"], name="answer_offer"),
    Route("/w/{token}/leave", leave, methods=["POST"], name="leave_waiting_list"),
]
