"""The door: who comes, who walks in, who goes out, and how many are in the room."""

import contextlib
import secrets
import time
from typing import Any
from uuid import UUID, uuid4, uuid5

from msgspec import convert, structs

from queue_service import commands, reads, web, wording
from queue_service.api import checks
from queue_service.api.bookings import CHANNELS, ticket_url
from queue_service.api.operations import Answer, Call
from queue_service.api.problems import Invalid
from queue_service.api.shapes import (
    AdmitBody,
    AreaNow,
    ArrivalBody,
    CheckBody,
    Decision,
    EnterBody,
    EntriesBody,
    ExitBody,
    Help,
    HelpBody,
    Nothing,
    NotPassed,
    PresentBody,
    SlipBody,
    UndoBody,
    Undone,
    Visit,
    WalkInBody,
)
from queue_service.api.signing import hub_keys, key_of_day
from queue_service.db import Refused
from queue_service.hub_line import book_window
from queue_service.tickets import (
    BadTicket,
    Code,
    Link,
    Payload,
    PublicKeyOf,
    Unreadable,
    make_token,
    new_digits,
    office_of,
    parse_token,
    person_of_day,
    plain_digits,
    qr_data,
    read_scan,
    verify,
)

# Where the cable is cut, many codes are unknown and right: those tries are counted apart.
UNHEARD = "unheard"
KNOWN_FIELDS = frozenset(known.encode_name for known in structs.fields(Decision))


async def arrive(call: Call, asked: ArrivalBody) -> Decision:
    key = call.key(asked.scan_id)
    came_at = checks.moment_or_none("came_at", asked.came_at)
    people = None if asked.party_size is None else checks.party_size(asked.party_size)
    scan = read_scan(asked.ticket)
    guessable = isinstance(scan, Code) or bool(asked.phone)
    if guessable:
        tries.check(call)
    found = await find_by_phone(call, asked) if asked.phone else await find(call, scan)
    if "decision" in found:
        call.count("arrive", found)
        if asked.phone:
            await tries.failed(call)
        return await decided(call, found)
    answer = await call.run(
        commands.arrive,
        key,
        **found,
        party_size=people,
        came_at=came_at,
        checked=asked.checked,
    )
    if guessable and answer["decision"] == "invalid":
        await tries.failed(call)
    elif answer.get("reason") == "service_needed":
        await tries.failed(call, UNHEARD)
    if answer.get("at_hub"):
        return await _window_for_late(call, answer)
    return await decided(call, answer)


async def _window_for_late(call: Call, answer: Answer) -> Decision:
    """Too late, and nothing left at the box: a window of the hub's, under an id that a scan sent
    again arrives at too. Code, link and name of the booking lead to it."""
    late: Answer = answer["visit"]
    assert call.caller
    said: dict[str, Any] = {
        "visit_id": uuid5(UUID(late["visit_id"]), "came late"),
        "services": answer["at_hub"],
        **{name: late[name] for name in ("party_size", "priority", "needs", "language")},
        **dict.fromkeys(("name", "phone"), ""),
        "channel": "helper",  # whoever has booked need not say who they are
        "token": secrets.token_hex(16),
    }
    window = await book_window(
        call.state.settings, call.pool, call.office_id, call.now, answer, said
    )
    if window is None:
        return await decided(call, answer)
    more: dict[str, Any] = {"digits": 0, "checked": True, "person": None, "says_booked": None}
    window["late"] = late["visit_id"]
    found = await call.run(commands.walk_in, str(said["visit_id"]), **said, **more, at_hub=window)
    return await decided(call, found, _token(call, found))


def _token(call: Call, answer: Answer) -> str | None:
    secret: str | None = answer.get("token")
    return make_token(call.office_id, bytes.fromhex(secret)) if secret else None


async def find(call: Call, scan: Code | Link | Unreadable) -> Answer:
    """The visit a ticket speaks of, as the command wants it; or at once the decision why none."""
    if isinstance(scan, Unreadable):
        return {"decision": "invalid", "reason": scan.reason}
    if isinstance(scan, Code):
        if office_of(scan.code) != call.office_id:
            return await elsewhere(call, office_of(scan.code))
        return {"visit_id": None, "code": scan.code}
    unknown = {"decision": "invalid", "reason": "no_such_ticket"}
    if scan.fragment:
        try:
            signed = verify(scan.fragment, await _public_key(call))
        except BadTicket as bad:
            # A key this installation has lost, and an end that was not read, say nothing against
            # the link itself.
            if bad.reason == "altered":
                return {"decision": "invalid", "reason": bad.reason}
            if bad.reason == "malformed":
                unknown["reason"] = "cut"
        else:
            if signed.office_id != call.office_id:
                return await elsewhere(call, signed.office_id)
            if call.state.settings.box_hub:
                await _believe(call, signed, scan.token)
            return {"visit_id": signed.visit_id, "revision": signed.revision}
    parsed = parse_token(scan.token)
    if parsed is None:
        return unknown
    office_id, secret = parsed
    if office_id != call.office_id:
        return await elsewhere(call, office_id)
    ticket = await reads.ticket(call.pool, office_id, call.now, secret)
    if ticket is None:
        return unknown
    return {"visit_id": UUID(ticket["visit_id"])}


async def _public_key(call: Call) -> PublicKeyOf:
    return await hub_keys.of(call.pool, call.state.settings, call.office_id)


async def _believe(call: Call, signed: Payload, token: str) -> None:
    """A box that has not heard of a booking, or of its move, learns it from the ticket."""
    parsed = parse_token(token)
    if parsed is None:
        return
    said = {
        "revision": signed.revision,
        "services": [{"service": one, "quantity": many} for one, many in signed.services],
        "starts_at": signed.starts_at,
        "ends_at": signed.ends_at,
        "party_size": signed.party_size,
        "priority": signed.priority,
        "needs": signed.needs,
    } | ({"code": signed.code} if signed.code else {})
    await commands.adopt_booking(
        call.pool, call.office_id, call.at, call.actor, signed.visit_id, parsed[1].hex(), said
    )


async def find_by_phone(call: Call, asked: ArrivalBody) -> Answer:
    """By phone and the code's last four digits. Which of the two was wrong is told to nobody."""
    phone = checks.phone(asked.phone)
    digits = plain_digits(asked.ticket) or ""
    if len(digits) != 4:
        return {"decision": "invalid", "reason": "last_digits"}
    visit_id = await reads.visit_of_phone(call.pool, call.office_id, call.now, phone, digits)
    if visit_id is None:
        return {"decision": "invalid", "reason": "unknown"}
    return {"visit_id": visit_id}


async def elsewhere(call: Call, office_id: int) -> Answer:
    """Another office's ticket; that office is named if this installation knows it."""
    directory = await reads.directory(call.pool)
    if all(row["office_id"] != office_id for row in directory):
        return {"decision": "wrong_office", "reason": "unknown_office"}
    office = await reads.office(call.pool, office_id, call.now)
    names = {name: office.get(name, "") for name in ("slug", "name_vi", "name_en", "address_vi")}
    return {"decision": "wrong_office", "office": names}


async def decided(call: Call, answer: Answer, token: str | None = None) -> Decision:
    visit: Answer | None = answer.get("visit")
    language = call.language
    headers = call.request.headers
    if visit and "lang" not in call.request.query_params and "accept-language" not in headers:
        language = visit["language"]
    words = wording.say_decision(language, answer, call.zone_name)
    area = answer.get("area")
    if isinstance(area, str):  # its name alone
        area = None
    url = ticket_url(call, token) if token else None
    facts = {name: value for name, value in answer.items() if name not in KNOWN_FIELDS | {"token"}}
    return convert(
        {
            **answer,
            "area": area,
            "code": visit and visit["code"],
            "number": answer.get("number") or (visit and visit["number"]),
            "message": words.text,
            "ticket_url": url,
            "qr_url": url and f"{url}/qr.png",
            "facts": {**answer.get("facts", {}), **facts},
        },
        Decision,
    )


class Tries:
    """Codes that were not there, counted for address and device.

    Whoever has used up their tries is told so before the next code is looked at: else the answer
    to a right guess would still tell.
    """

    def __init__(self) -> None:
        self.until: dict[str, float] = {}

    def check(self, call: Call) -> None:
        until = self.until.get(self._who(call), 0)
        left = until - time.monotonic()
        if left > 0:
            raise Refused("too_many_tries", 429, {"retry_after": int(left) + 1})

    async def failed(self, call: Call, what: str = "code") -> None:
        try:
            await web.spend_try(call.request, what, call.caller)
        except Refused as refused:
            now = time.monotonic()
            self.until = {who: until for who, until in self.until.items() if until > now}
            self.until[self._who(call)] = now + int(refused.facts["retry_after"])
            raise

    @staticmethod
    def _who(call: Call) -> str:
        return f"{web.address(call.request)} {call.office_id} {call.actor}"


tries = Tries()


async def walk_in(call: Call, asked: WalkInBody) -> Decision:
    if asked.services is not None and asked.service is not None:
        raise Invalid("one_of", fields="service, services")
    wanted: list[dict[str, Any]] = [
        {"service": one.service, "quantity": one.quantity} for one in asked.services or ()
    ]
    if asked.service is not None:
        wanted = [{"service": asked.service, "quantity": 1}]
    assert call.caller
    visit_id = asked.walk_in_id or _as_uuid(call.key()) or uuid4()
    phone = checks.phone(asked.phone)
    key = call.key(asked.walk_in_id) or str(visit_id)
    said: dict[str, Any] = {
        "visit_id": visit_id,
        "services": wanted,
        "party_size": checks.party_size(asked.party_size),
        "priority": asked.priority,
        "needs": asked.needs,
        "name": checks.name(asked.name, needed=False),
        "phone": phone,
        "language": asked.language,
        "channel": CHANNELS.get(call.caller.role, "helper"),
        "token": secrets.token_hex(16),
        "digits": new_digits(),
        "checked": asked.checked,
        "person": await _person(call, asked.person or phone),
        "says_booked": _code(asked.says_booked),
    }
    answer = await call.run(commands.walk_in, key, **said)
    if window := await book_window(
        call.state.settings, call.pool, call.office_id, call.now, answer, said
    ):
        answer = await call.run(commands.walk_in, key, **said, at_hub=window)
    return await decided(call, answer, _token(call, answer))


async def _person(call: Call, said: str) -> bytes | None:
    """Who takes a number, for today and this office only; what was said goes no further."""
    if not said:
        return None
    with contextlib.suppress(Refused):  # a card's number is no phone's
        said = checks.phone(said)
    day = call.now.astimezone(call.zone).date()
    key = await key_of_day(call.pool, call.state.settings, call.office_id, day)
    return person_of_day(key, said)


def _code(said: str) -> str | None:
    """A code with its check digit right; whether there is such a booking, the hub will know."""
    scan = read_scan(said)
    if said and not isinstance(scan, Code):
        raise Invalid("bad_letters", field="says_booked")
    return scan.code if isinstance(scan, Code) else None


def _as_uuid(key: str | None) -> UUID | None:
    try:
        return UUID(key) if key else None
    except ValueError:
        raise Invalid("bad_key") from None


# What happens to a visit at the door


async def slip(call: Call, asked: SlipBody) -> Visit:
    return await on_visit(call, commands.slip, word=asked.slip)


async def enter(call: Call, asked: EnterBody) -> Visit:
    return await on_visit(call, commands.enter, checked=asked.checked)


async def leave(call: Call, asked: Nothing) -> Visit:
    return await on_visit(call, commands.leave)


async def admit(call: Call, asked: AdmitBody) -> Visit:
    return await on_visit(call, commands.admit, reason=asked.reason, checked=asked.checked)


async def on_visit(call: Call, command: Any, **rest: Any) -> Visit:
    visit_id = checks.visit_id(call.path["visit"])
    return convert(await call.run(command, call.key(), visit_id=visit_id, **rest), Visit)


async def entry_check(call: Call, asked: CheckBody) -> NotPassed:
    """Only that somebody did not pass is counted: not who, nor what it was."""
    call.key()
    office = await reads.office(call.pool, call.office_id, call.now)
    call.count("entry_check", {"decision": "not_passed"})
    words = wording.say_refusal(call.language, "not_passed", {}, call.zone_name)
    book_url = f"{call.state.settings.address}/o/{office['slug']}"
    return NotPassed(words.text, office["phone"], book_url, qr_data(book_url))


async def call_help(call: Call, asked: HelpBody) -> Help:
    help_id = asked.help_id or _as_uuid(call.key()) or uuid4()
    answer = await call.run(commands.call_help, call.key(asked.help_id), help_id=help_id)
    return convert(answer, Help)


async def answer_help(call: Call, asked: Nothing) -> Help:
    return convert(await call.run(commands.answer_help, call.key(), help_id=_help(call)), Help)


async def get_help(call: Call, asked: Nothing) -> Help:
    answer = await reads.help_call(call.pool, call.office_id, _help(call))
    if answer is None:
        raise Refused("no_such_call", 404, {})
    return convert(answer, Help)


def _help(call: Call) -> UUID:
    try:
        return UUID(call.path["help"])
    except ValueError:
        raise Refused("no_such_call", 404, {}) from None


# The room


async def exit(call: Call, asked: ExitBody) -> AreaNow:
    said = [one for one in (asked.ticket, asked.visit, asked.count) if one is not None]
    if len(said) != 1:
        raise Invalid("one_of", fields="ticket, visit, count")
    visit_id = asked.visit
    if asked.ticket is not None:
        visit_id = await _who(call, asked.ticket)
    return await on_area(call, commands.exit, visit_id=visit_id, count=asked.count)


async def _who(call: Call, ticket: str) -> UUID:
    scan = read_scan(ticket)
    found = await find(call, scan)
    if (visit_id := found.get("visit_id")) is not None:
        return visit_id
    if isinstance(scan, Code) and "decision" not in found:
        tries.check(call)
        visits = await reads.find_visits(call.pool, call.office_id, call.now, code=scan.code)
        if visits:
            return UUID(visits[0]["visit_id"])
        await tries.failed(call)
    raise Refused("no_such_visit", 404, {})


async def count_in(call: Call, asked: EntriesBody) -> AreaNow:
    return await on_area(call, commands.count_in, count=asked.count)


async def recount(call: Call, asked: PresentBody) -> AreaNow:
    return await on_area(call, commands.recount, present=asked.present)


async def staff(call: Call, asked: PresentBody) -> AreaNow:
    return await on_area(call, commands.staff, present=asked.present)


async def undo(call: Call, asked: UndoBody) -> Undone:
    answer = await call.run(commands.undo, call.key(), undone=asked.undone)
    what = {"visit" if "visit_id" in answer else "area": answer} if len(answer) > 1 else {}
    return convert({"undone": answer["undone"], **what}, Undone)


async def on_area(call: Call, command: Any, **rest: Any) -> AreaNow:
    area_id = checks.slug(call.path["area"], "no_such_area")
    return convert(await call.run(command, call.key(), area_id=area_id, **rest), AreaNow)
