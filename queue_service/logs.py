"""The log: one line an event, without names, phones, codes or tokens."""

import logging
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from queue_service.journal import Journal, unsaid


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
            facts["says"] = unsaid(str(error))
            facts["at"] = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
        text = unsaid(record.getMessage())
        structlog.get_logger().log(record.levelno, text, of=record.name, **facts)


class AccessLog:
    """One line a request, with its route instead of its path: a path may hold a ticket's token."""

    def __init__(self, app: ASGIApp, journal: Journal) -> None:
        self.app = app
        self._journal = journal

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
            ms = round((time.perf_counter() - started) * 1000, 1)
            route = getattr(scope.get("route"), "path", "-")
            line = {"method": scope["method"], "route": route, "status": status, "ms": ms}
            self._journal.add(line)
