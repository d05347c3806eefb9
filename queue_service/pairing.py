"""A box without a key asks its hub to be let in: a code on its first page and its terminal.

The key is made here and kept here: the hub is told its hash, and takes it once a manager of the
office has typed the code. So no key ever goes over the line that somebody else could keep.
"""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from queue_service import assets, tokens, web
from queue_service.hub_line import Answer, HubLine, NoAnswer
from queue_service.settings import Settings

TOKEN_FILE = "box.token"
AGAIN = 2.0  # seconds between two questions whether somebody has said yes
UNHEARD = 5.0  # until a hub that did not answer is asked again


@dataclass
class Shown:
    """What stands on the first page, and in the terminal when it changes."""

    code: str = ""
    trouble: str = ""


def kept(settings: Settings) -> str:
    """The key this box was given when it was let in."""
    path = settings.data_dir / TOKEN_FILE
    return path.read_text("ascii").strip() if path.exists() else ""


class Asking:
    """One box that asks; `say` puts words before whoever stands at its terminal."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings, self._say = settings, say
        self.shown = Shown()
        # Before the first question: let in while the power fails, it still has its key.
        self._asked = settings.data_dir / f"{TOKEN_FILE}.asked"

    async def until_let_in(self) -> str:
        """The key, once a manager has let this box in."""
        async with HubLine(replace(self._settings, box_token="")) as line:
            while True:
                try:
                    if await self._ask(line):
                        os.replace(self._asked, self._settings.data_dir / TOKEN_FILE)
                        self._say("Đã được cho vào. / This box is let in.")
                        return kept(self._settings)
                    pause = AGAIN
                except NoAnswer as why:
                    if why.detail == "no_such_office":
                        raise
                    trouble = why.detail if why.trouble == "refused" else why.trouble
                    self._show(self.shown.code, trouble)
                    pause = max(UNHEARD, float(why.facts.get("retry_after", 0)))
                await asyncio.sleep(pause)

    async def _ask(self, line: HubLine) -> bool:
        sha = tokens.sha_of(_secret(self._asked)).hex()
        answer: Answer = await line.ask("POST", "pairings", {"key": sha})
        if answer["state"] == "withdrawn":  # what was a key once is none again
            self._asked.unlink()
        elif answer["state"] == "waiting":
            self._show(answer["code"])
        return answer["state"] == "let_in"

    def _show(self, code: str, trouble: str = "") -> None:
        shown = Shown(code, trouble)
        if shown == self.shown:
            return
        self.shown = shown
        hub, office = self._settings.box_hub.rstrip("/"), self._settings.box_office
        if not trouble:
            self._say(
                f"Mã của máy này / this box's code: {code[:3]} {code[3:]}\n"
                f"  Người quản lý nhập mã ở {hub}/manage/{office}/devices, loại “máy tại chỗ”.\n"
                "  A manager types it there and chooses “box”. It is good for ten minutes."
            )
        else:
            self._say(
                f"Chưa hỏi được trung tâm {hub} ({trouble}); sẽ hỏi lại.\n"
                f"  The hub cannot be asked yet ({trouble}); it will be asked again."
            )


def _secret(path: Path) -> str:
    """What will be the key; readable by this user alone, from its first moment on."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    return path.read_text("ascii").strip()


# --- The first page ---------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def first_page(
    settings: Settings, shown: Callable[[], Shown], listener: socket.socket
) -> AsyncGenerator[asyncio.Task[None], None]:
    """Whatever is opened on this box shows the code; gone when the key is there.

    The listener stays open: who asks while the service starts waits for its answer.
    """

    async def page(request: Request[Any]) -> Response:
        context = {"settings": settings, "shown": shown(), "hub": settings.box_hub.rstrip("/")}
        first = request.url.path == "/"
        told = {"refresh": "4"} if first else {"retry-after": "10"}
        return web.render(
            request, "box_pairing.html", context, 200 if first else 503, private=True, headers=told
        )

    app = Starlette(
        routes=[*assets.ROUTES, Route("/{path:path}", page, methods=["GET"])],
        middleware=web.middleware(settings),
        exception_handlers=web.HANDLERS,
    )
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False)
    config.timeout_graceful_shutdown = 2
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listener.dup()]))
    try:
        yield task
    finally:
        server.should_exit = True
        await task


async def let_in(
    settings: Settings, say: Callable[[str], None], listener: socket.socket | None
) -> str | None:
    """The key of this box; None when it was asked to stop first. Raises NoAnswer: no such office"""
    asking = Asking(settings, say)
    if listener is None:
        return await asking.until_let_in()
    async with first_page(settings, lambda: asking.shown, listener) as page:
        waiting = asyncio.create_task(asking.until_let_in())
        await asyncio.wait({waiting, page}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            return None
        return waiting.result()
