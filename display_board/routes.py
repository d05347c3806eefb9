"""The board pages; they import nothing of the service, app.py lends them what they need."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

KEPT = "public, max-age=300"  # a counter may get another name


@dataclass(frozen=True, slots=True)
class Service:
    """What the service lends the pages.

    office: the office in the address, with its counters; raises where there is none.
    translate: a text in a language.
    render: a template of ours as a page of the service.
    speech: a call on the board as a sound, by number and counter; raises where there is none.
    """

    office: Callable[[Request[Any]], Awaitable[Mapping[str, Any]]]
    translate: Callable[[str, str], str]
    render: Callable[[Request[Any], str, Mapping[str, Any]], Response]
    speech: Callable[[Request[Any], str, str], Awaitable[bytes]]


def routes(service: Service) -> list[Route]:
    def both(text: str) -> Markup:
        """A board speaks to everybody in the room: Vietnamese, with English beside it."""
        vi, en = service.translate("vi", text), service.translate("en", text)
        pair = '<span class="vi" lang="vi">{}</span> <span class="en" lang="en">{}</span>'
        return Markup(pair).format(vi, en)

    async def page(request: Request[Any]) -> Response:
        office = await service.office(request)
        wanted = request.query_params.get("counter")
        counter = next((c for c in office["counters"] if c["counter"] == wanted), None)
        if wanted is not None and counter is None:
            raise HTTPException(404)
        door = request.query_params.get("view") == "door"
        view = "desk" if counter else "door" if door else "lobby"
        context = {"office": office, "view": view, "counter": counter, "_": both}
        return service.render(request, f"display_board/{view}.html", context)

    async def speech(request: Request[Any]) -> Response:
        where = request.path_params
        sound = await service.speech(request, where["number"], where["counter"])
        return Response(sound, media_type="audio/wav", headers={"cache-control": KEPT})

    return [
        Route("/board/{office}", page, name="board"),
        Route("/board/{office}/speech/{counter}/{number}.wav", speech, name="speech"),
    ]
