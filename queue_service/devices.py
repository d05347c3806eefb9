"""What the pages of kiosk and boards are lent: their office, words in both languages, looks."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from queue_service import reads
from queue_service.db import Refused
from queue_service.i18n import translator
from queue_service.speech import Call
from queue_service.web import AppRequest, caller, office_of, render, signed_in


async def of_board(request: AppRequest) -> Mapping[str, Any]:
    """Boards hang where everybody sees them, and show no personal data: no sign-in.

    One that is signed in all the same reports, and so does one whose name stands in the office's
    file: staff are told when it falls silent. What anybody may open on a phone and close again must
    not alarm them.
    """
    office_id = await office_of(request)
    known = await signed_in(request)
    reports = known is not None and known.role == "board" and known.may_enter(office_id)
    office = await _office(request, office_id)
    screen = request.query_params.get("screen", "")
    if screen and screen not in office["screens"]:
        raise Refused("no_such_screen", 404, {})
    return {**office, "reports": reports or bool(screen), "screen": screen}


async def of_device(request: AppRequest) -> Mapping[str, Any]:
    office_id = await office_of(request)
    await caller(request, office_id=office_id)
    return await _office(request, office_id)


async def _office(request: AppRequest, office_id: int) -> Mapping[str, Any]:
    return await reads.office(request.state.pool, office_id, request.state.clock.now())


def translate(language: str, text: str) -> str:
    return translator(language).gettext(text)


def page(request: Request[Any], template: str, context: Mapping[str, Any]) -> Response:
    return render(request, template, context, private=True)


async def read_aloud(request: AppRequest, text: str, language: str) -> bytes:
    office_id = await office_of(request)
    await caller(request, office_id=office_id)
    return await request.state.voice.read(text, language)


async def speech(request: AppRequest, number: str, counter: str) -> bytes:
    """A call that hangs on the board now; nothing else can be made to sound."""
    office_id = await office_of(request)
    board = await request.state.hub.board(office_id)
    call = _called(board, number, counter)
    if call is None:
        board = await reads.board(request.state.pool, office_id, request.state.clock.now())
        call = _called(board, number, counter)
    if call is None:
        raise Refused("no_such_page", 404, {})
    return await request.state.voice.say(
        Call(
            office=board["office"]["slug"],
            number=number,
            counter=counter,
            counter_vi=call["counter_vi"],
            counter_en=call["counter_en"],
            english=call["language"] == "en",
        )
    )


def _called(board: Mapping[str, Any], number: str, counter: str) -> Mapping[str, Any] | None:
    wanted = (number, counter)
    return next((c for c in board["calls"] if (c["number"], c["counter"]) == wanted), None)
