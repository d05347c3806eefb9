"""The kiosk page and its files; it imports nothing of the service, app.py lends it what it needs."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from kiosk.texts import TEXTS

HERE = Path(__file__).parent
LANGUAGES = ("vi", "en")


@dataclass(frozen=True, slots=True)
class Service:
    """What the service lends the page.

    office: slug, names and time zone of the office in the address; raises when there is none.
    signed_out: where to send a device that has no right to this office, else None.
    translate: a text in a language.
    """

    office: Callable[[Request[Any]], Awaitable[Mapping[str, Any]]]
    signed_out: Callable[[Request[Any]], Awaitable[Response | None]]
    translate: Callable[[str, str], str]


def hashed(name: str) -> str:
    """A file's address changes with its content, so a kiosk never runs yesterday's script."""
    content = (HERE / "static" / name).read_bytes()
    return f"/kiosk/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def routes(service: Service) -> list[BaseRoute]:
    pages = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
    )
    texts = {lang: {k: service.translate(lang, t) for k, t in TEXTS.items()} for lang in LANGUAGES}
    # A "</script>" in a text would end the block it is carried in.
    carried = json.dumps(texts, ensure_ascii=False).replace("<", "\\u003c")

    async def page(request: Request[Any]) -> Response:
        if (elsewhere := await service.signed_out(request)) is not None:
            return elsewhere
        office = await service.office(request)
        html = pages.get_template("kiosk.html").render(
            office=office,
            exiting=request.query_params.get("mode") == "exit",
            area=request.query_params.get("area", ""),
            texts=texts["vi"],
            carried=carried,
            static=hashed,
        )
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})

    return [
        Mount("/kiosk/static", StaticFiles(directory=HERE / "static"), name="kiosk_static"),
        Route("/kiosk/{office}", page, name="kiosk"),
    ]
