"""What is answered: another address, cookies, and refusals as a page or as a problem."""

import html
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from queue_service import wording
from queue_service.db import Refused, Unavailable
from queue_service.guard import Guard
from queue_service.settings import Settings
from queue_service.web.asked import asks_part
from queue_service.web.looks import lang, render


def see_other(url: str) -> RedirectResponse:
    return RedirectResponse(url, 303, {"cache-control": "no-store"})


# What holds until it is taken back; browsers keep nothing for longer.
KEPT_SECONDS = 400 * 86_400
PASSING_SECONDS = 600


def sign_in_cookie(response: Response, token: str, settings: Settings) -> None:
    _cookie(response, "token", token, settings, KEPT_SECONDS, "strict")


def device_cookie(
    response: Response, secret: str, settings: Settings, name: str = "device"
) -> None:
    """What a browser keeps beside the key that is for it alone."""
    _cookie(response, name, secret, settings, KEPT_SECONDS, "strict")


def passing_cookie(response: Response, name: str, text: str, settings: Settings) -> None:
    """What is needed for the next step alone, also when another site sends the browser back."""
    _cookie(response, name, text, settings, PASSING_SECONDS, "lax")


def _cookie(
    response: Response,
    name: str,
    text: str,
    settings: Settings,
    seconds: int,
    site: Literal["lax", "strict"],
) -> None:
    response.set_cookie(
        name,
        text,
        max_age=seconds,
        httponly=True,
        samesite=site,
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
