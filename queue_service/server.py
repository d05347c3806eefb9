"""One web process: uvicorn, which ends its open streams before it waits for them."""

import asyncio
import contextlib
import errno
import gc
import socket
import sys
from typing import Any, Final

import uvicorn

from queue_service.app import create_app
from queue_service.patience import Patience
from queue_service.processes import PortTaken, when_starter_is_gone
from queue_service.settings import Settings

GRACE = 5  # seconds a request under way may still take


UVICORN: Final[dict[str, Any]] = {
    "http": "httptools",
    "loop": "asyncio" if sys.platform == "win32" else "uvloop",
    "ws": "none",
    "lifespan": "on",
    "access_log": False,
    "log_config": None,
    "server_header": False,
    "proxy_headers": False,  # web.address judges whom to believe
    "timeout_keep_alive": 30,
    "timeout_graceful_shutdown": GRACE,
}


class Server(uvicorn.Server):
    def __init__(self, settings: Settings) -> None:
        self._app = create_app(settings)
        self._drain = settings.drain_seconds
        super().__init__(
            uvicorn.Config(self._app, host=settings.host, port=settings.port, **UVICORN)
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        when_starter_is_gone(self._leave)
        await super().startup(sockets)
        # What is there now stays: the collector need not walk through it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        self._patience = asyncio.create_task(Patience().keep(self.server_state.connections))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Not ready any more, but answering, until the proxies have seen it.
        self._app.state.leaving = True
        await asyncio.sleep(0 if self.force_exit else self._drain)
        # uvicorn waits for open connections, and a stream never ends by itself.
        self._app.state.hub.close()
        self._patience.cancel()
        await super().shutdown(sockets)

    def _leave(self) -> None:
        self.should_exit = True


def serve(settings: Settings, listener: socket.socket) -> None:
    """Until a signal asks to stop."""
    try:
        with contextlib.suppress(KeyboardInterrupt):
            Server(settings).run([listener])
    except OSError as error:  # bound only: another that started meanwhile listens there
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(settings.host, settings.port) from None
