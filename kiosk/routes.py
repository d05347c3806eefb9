"""The kiosk page; it imports nothing of the service, app.py lends it what it needs."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kiosk.texts import TEXTS

LANGUAGES = ("vi", "en")
LONGEST_SPEECH = 1500


@dataclass(frozen=True, slots=True)
class Service:
    """What the service lends the page.

    device: the office in the address, for a device that has a right to it; raises for all others.
    translate: a text in a language.
    render: a template of ours as a page of the service.
    speech: a text read aloud in a language, as a WAV file; for devices of the office alone.
    """

    device: Callable[[Request[Any]], Awaitable[Mapping[str, Any]]]
    translate: Callable[[str, str], str]
    render: Callable[[Request[Any], str, Mapping[str, Any]], Response]
    speech: Callable[[Request[Any], str, str], Awaitable[bytes]]


def routes(service: Service) -> list[Route]:
    texts = {lang: {k: service.translate(lang, t) for k, t in TEXTS.items()} for lang in LANGUAGES}
    # A "</script>" in a text would end the block it is carried in.
    carried = json.dumps(texts, ensure_ascii=False).replace("<", "\\u003c")

    async def page(request: Request[Any]) -> Response:
        office = await service.device(request)
        printers = [one["printer"] for one in office["printers"]]
        wanted = request.query_params.get("printer", "")
        context = {
            "office": office,
            "printer": wanted if wanted in printers else next(iter(printers), ""),
            "exiting": request.query_params.get("mode") == "exit",
            "area": request.query_params.get("area", ""),
            "inches": request.query_params.get("inches", ""),
            "texts": texts["vi"],
            "carried": carried,
        }
        return service.render(request, "kiosk/kiosk.html", context)

    async def speech(request: Request[Any]) -> Response:
        """In the body and not in the address: a screen may say what is nobody else's business."""
        try:
            asked = json.loads(await request.body())
            text, language = str(asked["text"])[:LONGEST_SPEECH], str(asked["language"])
        except (ValueError, TypeError, KeyError):
            raise HTTPException(400) from None
        if language not in LANGUAGES:
            raise HTTPException(400)
        sound = await service.speech(request, text, language)
        return Response(sound, media_type="audio/wav", headers={"cache-control": "no-store"})

    return [
        Route("/kiosk/{office}", page, name="kiosk"),
        Route("/kiosk/{office}/speech", speech, methods=["POST"], name="kiosk_speech"),
    ]
