"""The one middleware: safe headers, no orders from other sites, no endless bodies, no floods."""

import contextlib
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from queue_service import addresses, sessions, tokens
from queue_service.db import NotReady, Refused, Unavailable

LARGEST_BODY = 64 * 1024
# A camera's picture, a box's word and an office's file are larger; each goes to one address alone.
LARGEST_PICTURE = 5 * 1024 * 1024
LARGEST_WORD = 4 * 1024 * 1024
LARGEST_FILE = 512 * 1024
LARGER = {
    "/scans": LARGEST_PICTURE,
    "/floor/exchange": LARGEST_WORD,
    "/file": LARGEST_FILE,
    "/catalogue": LARGEST_WORD,
    "/filed": LARGEST_WORD,
}
LARGE = tuple(LARGER)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Not counted against an address: files, what watches the service, carriers that sign their calls.
UNCOUNTED = ("/static/", "/healthz", "/readyz", "/metrics", "/twilio/", "/gateway/")

# Nothing inline, nothing from elsewhere; the camera is for the doors. `same-origin` and not
# `no-referrer`: with the latter browsers send `Origin: null` with our own forms.
SHORT = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"font-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; "
    b"base-uri 'none'; frame-ancestors 'none'"
)
PAGE = (
    *SHORT,
    (b"content-security-policy", POLICY),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)

EMBEDDED = "/embed"  # the end of pages that other websites may show inside their own


def embedding(sites: str) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of a page that may be shown inside these websites' pages."""
    policy = POLICY.replace(b"frame-ancestors 'none'", b"frame-ancestors " + sites.encode())
    kept = [one for one in PAGE if one[0] not in (b"content-security-policy", b"x-frame-options")]
    return (*kept, (b"content-security-policy", policy))


Refuse = Callable[[Request, Refused], Response]


class Guard:
    """Pure ASGI and short: the booking call passes through here thousands of times a second."""

    def __init__(
        self, app: ASGIApp, refuse: Refuse, public_url: str = "", embed_in: str = ""
    ) -> None:
        self.app = app
        self.refuse = refuse
        self.embedded = embedding(embed_in) if embed_in else PAGE
        self.own_host = urlsplit(public_url).netloc.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        safe_headers = SHORT if path.startswith("/api/") else PAGE
        if safe_headers is PAGE and path.endswith(EMBEDDED):
            safe_headers = self.embedded

        def send_safely(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *safe_headers]
            return send(message)

        # Looked at by many on the way; scanning the list of pairs each time costs more.
        headers = scope["sent"] = dict(scope["headers"])
        wait = 0 if path.startswith(UNCOUNTED) else _flood(scope)
        if wait and (wait := await _of_token(scope, wait)):
            refused = Refused("too_many_requests", 429, {"retry_after": wait})
            await self.refuse(Request(scope), refused)(scope, receive, send_safely)
            return

        if scope["method"] not in SAFE_METHODS:
            most = LARGEST_BODY
            if path.endswith(LARGE):
                most = next(most for end, most in LARGER.items() if path.endswith(end))
            refused = _foreign(headers, self.own_host) or _too_large(headers, most)
            if refused:
                await self.refuse(Request(scope), refused)(scope, receive, send_safely)
                return
            if b"content-length" not in headers:
                receive = _limited(receive, most)
        await self.app(scope, receive, send_safely)


def _flood(scope: Scope) -> int:
    """Seconds to wait where an address asks too much."""
    state = scope.get("state", {})
    if "limits" not in state:
        return 0
    crowd = addresses.crowd(addresses.of(scope, state["settings"].forwarded_allow_ips))
    scope["crowd"] = crowd
    return state["limits"].take("requests_per_minute", crowd)


async def _of_token(scope: Scope, wait: int) -> int:
    """Who works there has a count of their own, instead of their address's.

    Their token is looked up only once the address has nothing left: the crowd pays no look-up.
    """
    with contextlib.suppress(tokens.Elsewhere, Unavailable, NotReady):
        if holder := await sessions.look_up(Request(scope)):
            scope["token_counted"] = True
            return tokens.spend(scope["state"]["limits"], holder.sent, holder)
    return wait


def _foreign(headers: dict[bytes, bytes], own_host: bytes) -> Refused | None:
    """Whether a browser was sent here, with our cookie, by a page of somebody else.

    Only the cookies of a sign-in carry a right. Without it there is nothing to abuse, and an old
    phone that sends neither header must still be able to book.
    """
    cookie = headers.get(b"cookie", b"")
    if b"authorization" in headers or not (b"token=" in cookie or b"session=" in cookie):
        return None
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return None if site in (b"same-origin", b"none") else Refused("other_site", 403, {})
    origin = headers.get(b"origin", b"").partition(b"//")[2]
    if origin and origin in (headers.get(b"host"), own_host):
        return None
    return Refused("other_site", 403, {})


def _too_large(headers: dict[bytes, bytes], most: int) -> Refused | None:
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length[:12]) <= most:
        return None
    return Refused("body_too_large", 413, {"limit": most})


def _limited(receive: Receive, most: int) -> Receive:
    """A body sent in pieces, its length not announced, is counted as it comes."""
    size = 0

    async def limited() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise Refused("body_too_large", 413, {"limit": most})
        return message

    return limited
