"""Sign-in for devices and staff: a token once, then a cookie that no script can read."""

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from queue_service import reads, rights, web, wording
from queue_service.web import AppRequest

# Where people work, for an office; the first that is theirs is where they go after signing in.
PLACES = (
    "/counter/{office}",
    "/door/{office}",
    "/tablet/{office}",
    "/kiosk/{office}",
    "/manage/{office}",
    "/hotline",
    "/hotline/call-backs",
    "/hotline/inbox",
    "/messages",
)
SCREENS = ("/board/{office}", "/board/{office}?view=door")
TOKEN_SIZES = range(20, 201)


async def show(request: AppRequest) -> Response:
    signed_in = None
    places: list[dict[str, Any]] = []
    if request.cookies.get("token"):
        row = await _known(request, request.cookies["token"])
        signed_in = row
        places = await _places(request, row) if row else []
    return _page(request, {"signed_in": signed_in, "places": places})


async def sign_in(request: AppRequest) -> Response:
    form = await web.read_form(request)
    token = form.get("token", "").strip()
    row = await _known(request, token)
    if row is None:
        await web.spend_try(request, "token")
        words = wording.say_refusal(web.lang(request), "bad_token")
        return _page(request, {"errors": {"token": words.text}, "after": form.get("next")}, 422)
    places = await _places(request, row)
    after = web.own_path(form.get("next"))
    home = places[0]["links"][0] if len(places) == 1 and places[0]["links"] else "/sign-in"
    response = web.see_other(after or home)
    web.sign_in_cookie(response, token, request.state.settings)
    return response


async def sign_out(request: AppRequest) -> Response:
    response = web.see_other("/sign-in")
    response.delete_cookie("token", httponly=True, samesite="strict")
    return response


async def _known(request: AppRequest, token: str) -> dict[str, Any] | None:
    if len(token) not in TOKEN_SIZES:
        return None
    return await reads.token(request.state.pool, hashlib.sha256(token.encode()).digest())


async def _places(request: AppRequest, row: dict[str, Any]) -> list[dict[str, Any]]:
    """The pages this sign-in opens, by office."""
    offices = await reads.offices(request.state.pool, request.state.clock.now())
    mine: Sequence[int] | None = row["offices"]
    role = row["role"]
    paths = [path for path in PLACES if rights.may(role, rights.of_address("GET", path))]
    if role == "board":
        paths = [*SCREENS]
    return [
        {"office": office, "links": [path.format(office=office["slug"]) for path in paths]}
        for office in offices
        if mine is None or office["office_id"] in mine
    ]


def _page(request: AppRequest, context: dict[str, Any], status: int = 200) -> Response:
    after = context.get("after") or request.query_params.get("next")
    # An address that came with a code in it is not sent on.
    after = urlsplit(web.own_path(after) or "").path
    usual: dict[str, Any] = {"errors": {}, "signed_in": None, "places": []}
    return web.render(
        request, "staff/sign_in.html", {**usual, **context, "after": after}, status, private=True
    )


ROUTES = [
    Route("/sign-in", show, methods=["GET"], name="sign_in"),
    Route("/sign-in", sign_in, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"], name="sign_out"),
]
