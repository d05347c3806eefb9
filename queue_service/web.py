"""What every page and call shares: words and looks, forms, who calls, and how errors are told."""

import contextlib
import html
import secrets
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, overload
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

import msgspec
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from starlette.datastructures import State, UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from queue_service import (
    addresses,
    assets,
    commands,
    i18n,
    machines,
    phones,
    reads,
    rights,
    sessions,
    tokens,
    wording,
)
from queue_service.db import Clock, Pool, Refused, Unavailable, origin, seat
from queue_service.guard import Guard
from queue_service.limits import Limits
from queue_service.settings import Settings
from queue_service.speech import Voice

if TYPE_CHECKING:
    from queue_service.events import Hub
    from queue_service.group_commit import Groups


class Service(State):
    """What the lifespan puts into every request."""

    pool: Pool
    clock: Clock
    settings: Settings
    hub: "Hub"
    groups: "Groups"
    limits: Limits
    voice: Voice
    offices: dict[str, int]


AppRequest = Request[Service]

# --- Language and looks -----------------------------------------------------------------------

HERE = Path(__file__).parent
# A device's templates are named after it: "kiosk/start.html".
LOADER = ChoiceLoader(
    [
        FileSystemLoader(HERE / "templates"),
        PrefixLoader(
            {
                device: FileSystemLoader(HERE.parent / device / "templates")
                for device in ("kiosk", "display_board")
            }
        ),
    ]
)


def lang(request: Request[Any]) -> str:
    """What the address asks for, else what was chosen before, else the browser's wish."""
    return i18n.pick_language(
        request.query_params.get("lang"),
        request.cookies.get("lang"),
        request.headers.get("accept-language"),
    )


def render(
    request: Request[Any],
    template: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
    *,
    private: bool = False,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A page. A private one is kept by no cache and listed by no search engine."""
    language = lang(request)
    text = (
        templates(language)
        .get_template(template)
        .render(
            {
                "request": request,
                "lang": language,
                "languages": _languages(request),
                **(context or {}),
            }
        )
    )
    caching = {"cache-control": "no-store", "x-robots-tag": "noindex"} if private else {}
    response = HTMLResponse(
        text, status, {"cache-control": "no-cache", **caching, **(headers or {})}
    )
    response.headers.append("vary", "cookie, accept-language")
    if request.query_params.get("lang") == language != request.cookies.get("lang"):
        response.set_cookie("lang", language, max_age=365 * 86_400, samesite="lax")
    return response


@cache
def templates(language: str) -> Environment:
    """One environment per language, so that a template says dates and texts without naming it."""
    environment = Environment(
        loader=LOADER,
        autoescape=True,
        undefined=StrictUndefined,
        lstrip_blocks=True,
    )
    i18n.install(environment, language)

    environment.filters.update(_sayings(language))
    globals_: dict[str, Any] = cast("dict[str, Any]", environment.globals)
    globals_["static"] = assets.static
    globals_["version"] = assets.digest
    return environment


def _sayings(language: str) -> dict[str, Callable[..., str]]:
    """What templates say in their language; moments come as the text JSON has for them."""

    def name_of(thing: Mapping[str, Any], field: str = "name") -> str:
        return thing.get(f"{field}_{language}") or thing.get(f"{field}_vi") or ""

    def day(when: str | date, zone: tzinfo | None = None) -> str:
        return i18n.say_date(as_moment(when), language, zone)

    def moment(when: str | datetime, zone: tzinfo) -> str:
        return i18n.say_moment(as_moment(when), language, zone)

    def time(when: str | datetime, zone: tzinfo) -> str:
        return i18n.say_time(as_moment(when), zone)

    def from_time(when: str | datetime, zone: tzinfo) -> str:
        return i18n.say_time(i18n.whole_minute(as_moment(when)), zone)

    def minutes(count: int) -> str:
        return i18n.say_minutes(count, language)

    def state(name: str) -> str:
        return wording.say_state(language, name)

    def channel(name: str) -> str:
        return wording.say_channel(language, name)

    def role(name: str) -> str:
        return wording.say_role(language, name)

    def phone(number: str) -> str:
        return phones.pretty(number) if number.startswith("+") else number

    def dial(number: str) -> str:
        """What a phone dials: links take no spaces and no brackets."""
        return "".join(sign for sign in number if sign.isdigit() or sign in "+*#")

    def attention(name: str) -> str:
        return wording.say_attention(language, name)

    def reason(name: str) -> str:
        return wording.say_reason(language, name)

    def whole_day(when: str | date) -> str:
        """A day without a time: no zone may move it."""
        return i18n.say_date(date.fromisoformat(when) if isinstance(when, str) else when, language)

    def weekday(number: int) -> str:
        return i18n.say_weekday(number, language)

    said = (name_of, day, moment, time, minutes, state, channel, reason, whole_day, weekday, phone)
    said += (dial, attention, from_time, role)
    return {say.__name__: say for say in said}


@overload
def as_moment(when: str | datetime) -> datetime: ...
@overload
def as_moment(when: date) -> date: ...
def as_moment(when: str | date) -> date:
    """A moment, or a whole day, of what the database answers."""
    return datetime.fromisoformat(when) if isinstance(when, str) else when


def gettext(request: Request[Any]) -> Callable[[str], str]:
    return i18n.translator(lang(request)).gettext


def _languages(request: Request[Any]) -> dict[str, str]:
    """This very page in each language; after a form that failed, the page the form is on."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return {
        language: f"{quote(request.url.path)}?{urlencode([*asked, ('lang', language)])}"
        for language in i18n.LANGUAGES
    }


# --- What was asked ---------------------------------------------------------------------------


class Form(dict[str, str]):
    """The first value of each field, with whole letters and no control characters left in doubt."""


async def read_form(request: Request[Any], most: int = 100) -> Form:
    async with request.form(max_files=0, max_fields=most) as sent:
        fields = Form()
        for name, value in sent.multi_items():
            if isinstance(value, str):
                # A scanner's noise may hold a zero byte, which no text of the database can.
                fields.setdefault(name, unicodedata.normalize("NFC", value.replace("\0", "")))
        return fields


async def read_table(request: Request[Any]) -> tuple[bytes, str] | None:
    """A table that was sent as a file, and the file's name; None where none was chosen."""
    async with request.form(max_files=1, max_fields=10) as sent:
        file = sent.get("file")
        if not isinstance(file, UploadFile) or not file.size:
            return None
        return await file.read(), (file.filename or "")[:80]


def clean_line(text: str, longest: int) -> str | None:
    """One line without outer spaces, or None where it is empty, too long or not plain text."""
    words = unicodedata.normalize("NFC", text[: longest * 8]).split(" ")
    line = " ".join(word for word in words if word)
    plain = all(unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} for c in line)
    return line if plain and 1 <= len(line) <= longest and len(text) <= longest * 8 else None


def as_uuid(text: str | None) -> UUID | None:
    with contextlib.suppress(ValueError, TypeError):
        return UUID(text)  # pyright: ignore[reportArgumentType] - TypeError is what None raises
    return None


def help_id(form: Form) -> UUID:
    """Which call for help a form of the door or of a counter answers."""
    found = as_uuid(form.get("help"))
    if found is None:
        raise Refused("no_such_call", 404, {})
    return found


def read_moment(text: str) -> datetime | None:
    """A moment with its offset, as addresses and forms carry it; None where it is none."""
    with contextlib.suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        if moment.tzinfo is not None and 2000 < moment.year < 2200:
            return moment.astimezone(UTC)
    return None


def need_moment(text: str) -> datetime:
    """The same; refused where it is none."""
    moment = read_moment(text)
    if moment is None:
        raise Refused("not_a_time", 422, {})
    return moment


def key(request: Request[Any], form: Mapping[str, str] | None = None) -> str:
    """The caller's idempotency key; a form carries its own, made when it was shown."""
    given = request.headers.get("idempotency-key") or (form or {}).get("key") or ""
    return given[:200] if given.isprintable() and given else str(uuid4())


def address(request: AppRequest) -> str:
    """Who is at the other end. Only a proxy the settings trust may speak for others."""
    return addresses.of(request.scope, request.state.settings.forwarded_allow_ips)


def this_machine(request: AppRequest) -> bool:
    """Whether a program of this very machine asks; what a proxy passes on is not this machine."""
    if request.client is None or {"x-forwarded-for", "forwarded"} & set(request.headers):
        return False
    with contextlib.suppress(ValueError):
        return ip_address(request.client.host).is_loopback
    return False


async def office_of(request: AppRequest) -> int:
    """The office the path names by its slug; a new office is found at its first call."""
    slug = request.path_params["office"]
    offices = request.state.offices
    if slug not in offices:
        found = await reads.directory(request.state.pool)
        offices.clear()
        offices.update({row["slug"]: row["office_id"] for row in found})
    if slug not in offices:
        raise Refused("no_such_office", 404, {})
    return offices[slug]


# --- Who calls --------------------------------------------------------------------------------


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


async def troubles(request: AppRequest, office: Mapping[str, Any]) -> list[wording.Words]:
    """What staff should look at, in words: the office's machine and its line, then devices."""
    state = request.state
    devices = await reads.devices(state.pool, office["office_id"], state.clock.now())
    language, zone = lang(request), office["time_zone"]
    machine = [*wording.say_floor(language, office.get("floor"), zone)]
    if machines.disk_full(state.settings.data_dir):
        machine.insert(0, wording.say_disk_full(language))
    return machine + wording.say_troubles(language, devices, zone)


# --- Answers ----------------------------------------------------------------------------------


def see_other(url: str) -> RedirectResponse:
    return RedirectResponse(url, 303, {"cache-control": "no-store"})


def asks_part(request: Request[Any]) -> bool:
    """Whether a page's own script asks, which puts the parts that changed in their places."""
    return request.headers.get("x-part") == "1"


def staff_words(request: AppRequest) -> dict[str, Any]:
    """What every page of staff says things with."""
    return {
        "fresh": fresh_id,
        "refused": None,
        "say_refusal": wording.say_refusal,
        "priorities": dict(wording.options(lang(request), wording.PRIORITIES)),
        "needs": dict(wording.options(lang(request), wording.NEEDS)),
    }


def own_path(text: str | None) -> str | None:
    """An address on this site to go on to, never one that leads away."""
    if text and text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable():
        return text
    return None


def sign_in_cookie(response: Response, token: str, settings: Settings) -> None:
    response.set_cookie(
        "token",
        token,
        max_age=400 * 86_400,
        httponly=True,
        samesite="strict",
        secure=settings.address.startswith("https:"),
    )


def device_cookie(
    response: Response, secret: str, settings: Settings, name: str = "device"
) -> None:
    """What a browser keeps beside the key that is for it alone."""
    response.set_cookie(
        name,
        secret,
        max_age=400 * 86_400,
        httponly=True,
        samesite="strict",
        secure=settings.address.startswith("https:"),
    )


def passing_cookie(response: Response, name: str, text: str, settings: Settings) -> None:
    """What is needed for the next step alone, also when another site sends the browser back."""
    response.set_cookie(
        name,
        text,
        max_age=600,
        httponly=True,
        samesite="lax",
        secure=settings.address.startswith("https:"),
    )


def wants_problem(request: Request[Any]) -> bool:
    return request.url.path.startswith("/api/")


def problem(request: Request[Any], refused: Refused) -> Response:
    """A refusal as RFC 9457 has it; programs read the type and the facts, people the rest."""
    words = wording.say_refusal(lang(request), refused.code, refused.facts)
    body = {
        **refused.facts,
        "type": f"/problems/{refused.code}",
        "title": words.title,
        "status": refused.status,
        "detail": words.detail,
    }
    return Response(
        msgspec.json.encode(body),
        refused.status,
        {**_headers(refused), "content-language": lang(request)},
        "application/problem+json",
    )


def error_page(request: Request[Any], refused: Refused) -> Response:
    """The refusal as a page of its own, where no form is there to show it beside."""
    words = wording.say_refusal(lang(request), refused.code, refused.facts)
    headers = _headers(refused)
    again = refused.status == 503 and request.method == "GET"
    if again:
        headers["refresh"] = str(refused.facts.get("retry_after", 3))
    context = {"words": words, "code": refused.code, "again": again}
    return render(request, "error.html", context, refused.status, private=True, headers=headers)


def refuse(request: Request[Any], refused: Refused) -> Response:
    return problem(request, refused) if wants_problem(request) else error_page(request, refused)


def _headers(refused: Refused) -> dict[str, str]:
    headers = {"cache-control": "no-store"}
    if "retry_after" in refused.facts:
        headers["retry-after"] = str(refused.facts["retry_after"])
    if refused.status == 401:
        headers["www-authenticate"] = "Bearer"
    return headers


async def _on_refused(request: Request[Any], error: Exception) -> Response:
    assert isinstance(error, Refused)
    whole = request.method == "GET" and not wants_problem(request) and not asks_part(request)
    if error.status == 401 and whole:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return see_other(f"/sign-in?{urlencode({'next': here})}")
    return refuse(request, error)


async def _on_unavailable(request: Request[Any], error: Exception) -> Response:
    return refuse(request, Refused("unavailable", 503, {"retry_after": 3}))


CODES = {
    404: "no_such_page",
    405: "not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}


async def _on_http(request: Request[Any], error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = CODES.get(error.status_code, "bad_request")
    response = refuse(request, Refused(code, error.status_code, {}))
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def _on_gone(request: Request[Any], error: Exception) -> Response:
    return Response(status_code=400)


async def _on_error(request: Request[Any], error: Exception) -> Response:
    """The last resort; it may not need what has just failed."""
    try:
        return refuse(request, Refused("error", 500, {}))
    except Exception:
        words = wording.say_refusal("vi", "error", {})
        return HTMLResponse(f"<p>{html.escape(words.text)}</p>", 500)


HANDLERS: Mapping[Any, Callable[[Request[Any], Exception], Awaitable[Response]]] = {
    Refused: _on_refused,
    Unavailable: _on_unavailable,
    HTTPException: _on_http,
    ClientDisconnect: _on_gone,
    Exception: _on_error,
}


def middleware(settings: Settings) -> list[Middleware]:
    return [
        Middleware(Guard, refuse=refuse, public_url=settings.address, embed_in=settings.embed_in)
    ]


def fresh_id() -> str:
    return str(UUID(bytes=secrets.token_bytes(16), version=4))
