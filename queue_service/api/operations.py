"""How one operation runs: who asks, for which office, what; then one handler, one answer."""

import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from queue_service import reads, rights, web, wording
from queue_service.api.problems import Invalid, invalid, problem
from queue_service.api.shapes import Picture
from queue_service.db import Pool, Refused, Unavailable
from queue_service.guard import LARGEST_BODY, LARGEST_PICTURE
from queue_service.i18n import LANGUAGES
from queue_service.web import AppRequest, Caller

A = TypeVar("A", bound=msgspec.Struct)
P = ParamSpec("P")
Answer = dict[str, Any]
Command = Callable[Concatenate[Pool, int, Any, str, str | None, P], Awaitable[Answer]]

LONGEST_KEY = 100
KEY_PATTERN = "^[!-~]+$"
KEY = re.compile(f"[!-~]{{1,{LONGEST_KEY}}}")
JSON = b"application/json"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
log = logging.getLogger("queue_service.api")


@dataclass(frozen=True)
class Operation(Generic[A]):
    """One row of the table of operations: what it is called, what it asks and answers."""

    method: str
    path: str
    name: str
    summary: str
    handler: Callable[["Call", A], Awaitable[object]]
    asks: type[A]
    answers: Any  # a type: a struct, a list of structs, or bytes for a stream
    status: int = 200
    refuses: tuple[str, ...] = ()
    largest: int = LARGEST_BODY
    decode: Callable[[bytes], A] = field(init=False, repr=False, compare=False)
    lists: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        decoder = msgspec.json.Decoder(self.asks)
        object.__setattr__(self, "decode", decoder.decode)
        fields = msgspec.structs.fields(self.asks)
        lists = {known.encode_name for known in fields if "list" in str(known.type)}
        object.__setattr__(self, "lists", frozenset(lists))

    @property
    def roles(self) -> frozenset[str]:
        return rights.of_act(self.name)

    @property
    def of_office(self) -> bool:
        return "{office}" in self.path

    @property
    def takes_picture(self) -> bool:
        return self.asks is Picture

    @property
    def body_needed(self) -> bool:
        return any(known.required for known in msgspec.structs.fields(self.asks))


class Call:
    """One request on its way: what every handler needs to know beside what is asked."""

    def __init__(self, request: AppRequest, operation: Operation[Any]) -> None:
        self.request = request
        self.operation = operation
        self.state = request.state
        self.path: Mapping[str, str] = request.path_params
        self.sent: Mapping[bytes, bytes] = request.scope["sent"]  # by the guard
        self.caller: Caller | None = None
        self.office_id = 0
        self.zone_name = wording.DEFAULT_ZONE

    @property
    def pool(self) -> Pool:
        return self.state.pool

    @property
    def now(self) -> datetime:
        """For reads."""
        return self.state.clock.now()

    @property
    def at(self) -> datetime:
        """For a command."""
        return self.state.clock.at()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)

    @cached_property
    def language(self) -> str:
        return web.lang(self.request)

    @property
    def actor(self) -> str:
        return self.caller.actor if self.caller else "web"

    @property
    def signed_in(self) -> bool:
        """Whether a sign-in was sent; what it is worth is for `web.allowed` to say."""
        cookie = self.sent.get(b"cookie", b"")
        return b"authorization" in self.sent or b"token=" in cookie or b"session=" in cookie

    def key(self, of_body: object = None) -> str | None:
        """The caller's idempotency key, from the header or the body."""
        header = self.sent.get(b"idempotency-key")
        if header is None:
            return None if of_body is None else str(of_body)
        key = header.decode("latin-1")
        if not KEY.fullmatch(key):
            raise Invalid("bad_key")
        if len(key) > 2 and key[0] == key[-1] == '"':  # as a string of structured fields
            key = key[1:-1]
        if of_body is not None and key.lower() != str(of_body):
            raise Invalid("two_keys")
        return key

    async def run(
        self, command: Command[P], key: str | None, *args: P.args, **kwargs: P.kwargs
    ) -> Answer:
        """One command, counted; the boards of its office are woken."""
        return await self.state.hub.run(command, self.office_id, self.actor, key, *args, **kwargs)

    def count(self, command: str, answer: Answer) -> None:
        """A decision that needed no command is counted all the same."""
        self.state.counts.answer(self.office_id, command, answer)


class Json(Response):
    """JSON that is encoded already; it saves a crowd's bookings the making of general headers."""

    def __init__(
        self, body: bytes, status: int = 200, headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self.raw_headers = [
            (b"content-length", b"%d" % len(body)),
            (b"content-type", JSON),
            (b"cache-control", b"no-store"),
            *headers,
        ]


class Resource:
    """An address with its operations by method; an ASGI application, to keep bookings quick."""

    def __init__(self, operations: Iterable[Operation[Any]]) -> None:
        self.by_method = {operation.method: operation for operation in operations}
        self.allowed = ", ".join(sorted(self.by_method))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = AppRequest(scope, receive)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        operation = self.by_method.get(method)
        if operation is None:
            facts = {"method": scope["method"], "allowed": self.allowed}
            response = problem(
                "not_allowed", 405, facts, web.lang(request), headers={"allow": self.allowed}
            )
        else:
            try:
                response = await answer(operation, request)
            except ClientDisconnect:
                return
        await response(scope, receive, send)


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    request = AppRequest(scope, receive)
    await problem("no_such_page", 404, {}, web.lang(request))(scope, receive, send)


async def answer(operation: Operation[Any], request: AppRequest) -> Response:
    call = Call(request, operation)
    try:
        if operation.roles is not rights.ANYBODY:
            call.caller = await web.allowed(request, operation.roles)
        if operation.of_office and not _knows_office(call):
            await _find_office(call)
        asked = await _read(call, operation)
        found = await operation.handler(call, asked)
    except Invalid as wrong:
        return problem(wrong.code, wrong.status, wrong.facts, call.language)
    except Refused as refused:
        facts: Answer = facts_in_zone(refused.facts, call.zone)
        headers = {"www-authenticate": "Bearer"} if refused.status == 401 else None
        return problem(refused.code, refused.status, facts, call.language, call.zone_name, headers)
    except Unavailable:
        return problem("unavailable", 503, {"retry_after": 2}, call.language)
    except ClientDisconnect:
        raise
    except Exception:
        # The route, not the address: addresses hold tokens.
        log.exception("%s %s failed", operation.method, operation.path)
        return problem("error", 500, {}, call.language)
    if isinstance(found, Response):
        return found
    plain = msgspec.to_builtins(found, builtin_types=(datetime,))
    return Json(msgspec.json.encode(in_zone(plain, call.zone)), operation.status)


def _knows_office(call: Call) -> bool:
    """Nearly always: the crowd waits for nobody."""
    known = call.state.offices.get(call.path["office"])
    if known is None or call.caller is not None:
        return False
    call.office_id, call.zone_name = known, zones.now(known)
    return call.zone_name != ""


async def _find_office(call: Call) -> None:
    call.office_id = await web.office_of(call.request)
    if call.caller and not call.caller.may_enter(call.office_id):
        raise web.Forbidden("forbidden", 403, {})
    call.zone_name = zones.now(call.office_id) or await zones.of(call)


class Zones:
    """The time zone of each office, asked for once a minute: a booking needs no round trip."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[str, float]] = {}

    def now(self, office_id: int) -> str:
        """Empty where it is not known, or not any more."""
        name, until = self.known.get(office_id, ("", 0.0))
        return name if until >= time.monotonic() else ""

    async def of(self, call: Call) -> str:
        office = await reads.office(call.pool, call.office_id, call.now)
        self.known[call.office_id] = office["time_zone"], time.monotonic() + 60
        return office["time_zone"]


zones = Zones()


async def _read(call: Call, operation: Operation[A]) -> A:
    request = call.request
    if request.scope["query_string"]:
        _check_query(operation, request)
    if operation.method == "GET":
        return _read_query(operation, request)
    if operation.takes_picture:
        return operation.asks(raw=await _body(request, LARGEST_PICTURE))
    body = await _body(request, operation.largest)
    if not body and not operation.body_needed:
        return operation.asks()
    kind = call.sent.get(b"content-type", b"")
    if kind != JSON and kind.partition(b";")[0].strip().lower() != JSON:
        raise Invalid("unsupported_media_type", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        return operation.decode(body)
    except msgspec.ValidationError as error:
        raise invalid(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("not_json", HTTPStatus.BAD_REQUEST) from None


def _check_query(operation: Operation[Any], request: AppRequest) -> None:
    for name, value in request.query_params.multi_items():
        if name == "lang":
            if value not in LANGUAGES:
                raise Invalid("not_a_choice", field="lang")
        elif operation.method != "GET":
            raise Invalid("unknown_field", field=name)


def _read_query(operation: Operation[A], request: AppRequest) -> A:
    query: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in operation.lists:
            query.setdefault(name, []).append(value)
        elif name != "lang":
            query[name] = value
    try:
        return msgspec.convert(query, operation.asks, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(error) from None


async def _body(request: AppRequest, most: int) -> bytes:
    message = await request.receive()
    body = bytearray(message.get("body", b""))
    while message.get("more_body"):
        if len(body) > most:
            break
        message = await request.receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    if len(body) > most:
        raise Invalid("body_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, limit=most)
    return bytes(body)


def in_zone(value: Any, zone: ZoneInfo) -> Any:
    """The same moments, as the clock on the office's wall shows them."""
    if isinstance(value, datetime):
        return value.astimezone(zone)
    if isinstance(value, dict):
        return {name: in_zone(part, zone) for name, part in value.items()}  # pyright: ignore
    if isinstance(value, list):
        return [in_zone(part, zone) for part in value]  # pyright: ignore
    return value


@lru_cache(maxsize=4096)
def on_the_wall(moment: str, zone_name: str) -> datetime:
    """One moment of the database's answer; a crowd asks for the same few again and again."""
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone_name))


def facts_in_zone(value: Any, zone: ZoneInfo) -> Any:
    """The same for facts straight from the database, whose moments are text."""
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return datetime.fromisoformat(value).astimezone(zone).isoformat()
    if isinstance(value, dict):
        return {name: facts_in_zone(part, zone) for name, part in value.items()}  # pyright: ignore
    if isinstance(value, list):
        return [facts_in_zone(part, zone) for part in value]  # pyright: ignore
    return value


def stream(chunks: AsyncIterator[bytes]) -> StreamingResponse:
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(chunks, 200, headers, media_type="text/event-stream")
