"""The log: one line an event, without names, phones, codes or tokens."""

import asyncio
import logging
import os
import re
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import msgspec
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FLUSH_AFTER = 0.1  # seconds
# What an error's own words may quote: names, phones, codes, tokens.
UNSAID = re.compile(r"""(?<=")[^"]+(?=")|(?<=')[^']+(?=')|\+?\d{4,}|[0-9a-fA-F]{16,}""")


def set_up(log_format: str) -> None:
    render: list[Any] = [structlog.dev.ConsoleRenderer(colors=False)]
    if log_format == "json":
        render = [
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *render,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Passed()], force=True)


class _Passed(logging.Handler):
    """What libraries log goes the same way; of an error its kind and place, not what it held."""

    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, Any] = {}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            frames = traceback.extract_tb(error.__traceback__)[-6:]
            facts["error"] = type(error).__name__
            facts["says"] = UNSAID.sub("…", str(error))[:300]
            facts["at"] = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
        text = UNSAID.sub("…", record.getMessage())[:300]
        structlog.get_logger().log(record.levelno, text, of=record.name, **facts)


class AccessLog:
    """One line a request, with its route instead of its path: a path may hold a ticket's token.

    Lines are written together, ten times a second: a booking storm shall not wait for its log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._lines = bytearray()
        self._encoder = msgspec.json.Encoder()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("route")
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_AFTER, self._flush)
        line = {
            "at": round(time.time(), 3),
            "method": scope["method"],
            "route": getattr(route, "path", "-"),
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        self._lines += self._encoder.encode(line) + b"\n"

    def _flush(self) -> None:
        lines, self._lines = self._lines, bytearray()
        try:
            os.write(2, lines)
        except OSError:  # nobody reads the log any more; the service goes on
            return
