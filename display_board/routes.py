"""The board pages and their files; they import nothing of the service, app.py lends what they need."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Service:
    """What the service lends the pages.

    office: slug, names, time zone and counters of the office in the address; raises when there is none.
    translate: a text in a language.
    """

    office: Callable[[Request[Any]], Awaitable[Mapping[str, Any]]]
    translate: Callable[[str, str], str]


def hashed(name: str) -> str:
    """A file's address changes with its content, so a TV never runs yesterday's script."""
    content = (HERE / "static" / name).read_bytes()
    return f"/board/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def routes(service: Service) -> list[BaseRoute]:
    pages = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )

    def both(text: str) -> Markup:
        """A board speaks to everybody in the room: Vietnamese, with English beside it."""
        vi, en = service.translate("vi", text), service.translate("en", text)
        return Markup('<span class="vi" lang="vi">{}</span> <span class="en" lang="en">{}</span>').format(
            vi, en
        )

    pages.globals.update(_=both, static=hashed)  # pyright: ignore[reportUnknownMemberType]

    async def page(request: Request[Any]) -> Response:
        office = await service.office(request)
        wanted = request.query_params.get("counter")
        counter = next((c for c in office["counters"] if c["counter"] == wanted), None)
        if wanted is not None and counter is None:
            raise HTTPException(404)
        door = request.query_params.get("view") == "door"
        view = "desk" if counter else "door" if door else "lobby"
        html = pages.get_template(f"{view}.html").render(office=office, view=view, counter=counter)
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})

    return [
        Mount("/board/static", StaticFiles(directory=HERE / "static"), name="board_static"),
        Route("/board/{office}", page, name="board"),
    ]
