"""Closes connections that never finish asking: slow headers, endless headers, slow bodies.

A look at all connections every two seconds, so that a request that comes as it should costs
nothing. A proxy before the service does the same and better; this is for where there is none.
"""

import asyncio
import time
from typing import Any

LOOK_EVERY = 2.0
FOR_HEADERS = 15.0  # seconds from the first byte, or from the connection, to the last header
FOR_BODY = 90.0  # a picture over a slow line included
LARGEST_HEADERS = 64 * 1024


class Patience:
    """Remembers since when a connection has been at the same unfinished request."""

    def __init__(self) -> None:
        self._since: dict[Any, tuple[Any, float]] = {}

    async def keep(self, connections: set[Any]) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.look(connections)

    def look(self, connections: set[Any]) -> int:
        """Closes who has taken too long; says how many."""
        now, closed = time.monotonic(), 0
        seen: dict[Any, tuple[Any, float]] = {}
        for one in list(connections):
            at = _unfinished(one)
            if at is None:
                continue
            before = self._since.get(one)
            since = before[1] if before and before[0] == at else now
            seen[one] = at, since
            most = FOR_BODY if at[0] == "body" else FOR_HEADERS
            if now - since > most or _size(one) > LARGEST_HEADERS:
                one.transport.abort()
                closed += 1
        self._since = seen
        return closed


def _unfinished(connection: Any) -> tuple[str, int] | None:
    """What of a request is still missing, and of which; nothing: it is answered or idle."""
    cycle = connection.cycle
    if cycle is not None and not cycle.response_complete:
        return ("body", id(cycle)) if cycle.more_body else None
    if connection.timeout_keep_alive_task is not None:
        return None  # between two requests; uvicorn ends that by itself
    return "headers", id(cycle)


def _size(connection: Any) -> int:
    cycle = connection.cycle
    if cycle is not None and not cycle.response_complete:
        return 0
    return sum(len(name) + len(value) for name, value in connection.headers or ())
