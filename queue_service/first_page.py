"""What a box shows while it may not serve yet: its code, or why it does not begin and what to do.

Whatever is opened on it shows this page, and goes on by itself; its terminal says the same.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from queue_service import assets, web, wording
from queue_service.processes import told_to_stop
from queue_service.settings import Settings

LANGUAGES = ("vi", "en")
T = TypeVar("T")


@dataclass(frozen=True)
class Shown:
    code: str = ""
    trouble: str = ""  # of wording.BOX
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


class FirstPage:
    """What is shown now; `say` puts words before whoever stands at the terminal."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings, self._say = settings, say
        self._hub = settings.box_hub.rstrip("/")
        self.shown = Shown()

    def show(self, shown: Shown) -> None:
        before, self.shown = self.shown, shown
        code = shown.code
        if (code, shown.trouble) == (before.code, before.trouble):
            return
        if shown.trouble:
            told = [" ".join(self.words(one, shown)) for one in LANGUAGES]
            self._say("\n".join([*told, f"  ({shown.facts.get('why') or shown.trouble})"]))
        elif code:
            self._say(
                f"Mã của máy này / this box's code: {code[:3]} {code[3:]}\n"
                f"  Người quản lý nhập mã ở {self._manage('devices')}, loại “máy tại chỗ”.\n"
                "  A manager types it there and chooses “box”. It is good for ten minutes."
            )

    def _manage(self, page: str) -> str:
        return f"{self._hub}/manage/{self._settings.box_office}/{page}"

    def words(self, language: str, shown: Shown) -> wording.Words:
        facts = {
            "hub": self._hub,
            "office_slug": self._settings.box_office,
            "devices": self._manage("devices"),
            "take_back": self._manage("box"),
            **shown.facts,
        }
        return wording.say_box(language, shown.trouble, facts)

    async def _page(self, request: Request[Any]) -> Response:
        context = {
            "settings": self._settings,
            "shown": self.shown,
            "trouble": self.words(web.lang(request), self.shown) if self.shown.trouble else None,
            "devices": self._manage("devices"),
        }
        # Whatever a kiosk or a screen was to open is there once the box serves.
        told = {"refresh": "4", "retry-after": "4"}
        status = 200 if request.url.path == "/" else 503
        return web.render(request, "box_waits.html", context, status, private=True, headers=told)

    @contextlib.asynccontextmanager
    async def at(self, listener: socket.socket) -> AsyncGenerator[None, None]:
        """Shown to whoever asks there; the listener stays open, and who asks next waits for the
        service to start."""
        app = Starlette(
            routes=[*assets.ROUTES, Route("/{path:path}", self._page, methods=["GET"])],
            middleware=web.middleware(self._settings),
            exception_handlers=web.HANDLERS,
        )
        config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False)
        config.timeout_graceful_shutdown = 2
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve([listener.dup()]))
        try:
            yield
        finally:
            server.should_exit = True
            await task


async def unless_stopped(work: Coroutine[Any, Any, T]) -> T | None:
    """What comes of it; None when this process was asked to stop first."""
    stop = told_to_stop()
    working, stopped = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if stopped.done() and not working.done():
        working.cancel()
        await asyncio.wait({working})
        return None
    stopped.cancel()
    return await working
