"""One web process as it is run, or with one part exchanged for what it is compared with."""

import gc
import sys
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from queue_service import commands, lifespan, logs, settings
from queue_service.db import Clock, Pool, Refused
from queue_service.group_commit import BookRequest
from queue_service.metrics import Counts
from queue_service.processes import listen
from queue_service.server import UVICORN, serve
from queue_service.settings import Settings


class OneByOne:
    """Each booking a transaction of its own, on whichever connection of the pool is free."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        settings: Settings,
        counts: Counts,
        changed: Callable[[int], None],
    ) -> None:
        self._pool, self._clock, self._changed = pool, clock, changed

    async def book(self, office_id: int, request: BookRequest) -> dict[str, Any]:
        rows = await commands.book_slots(self._pool, office_id, self._clock.now(), [request])
        _, outcome, facts = rows[0]
        if outcome != "booked":
            raise Refused(outcome, 409, facts)
        self._changed(office_id)
        return facts

    async def drain(self) -> None:
        return None


async def nothing(request: Request) -> Response:
    await request.body()
    return Response(b"{}", 201, media_type="application/json")


def main() -> None:
    known = settings.load()
    logs.set_up("text")
    kind = sys.argv[1]
    if kind == "empty":
        path = "/api/v1/offices/{office}/bookings"
        app = Starlette(routes=[Route(path, nothing, methods=["POST"])])
        # The floor does not pay for what this process has imported, either.
        gc.collect()
        gc.freeze()
        config = uvicorn.Config(app, **UVICORN)
        uvicorn.Server(config).run([listen(known.host, known.port)])
        return
    if kind == "one-by-one":
        lifespan.Groups = OneByOne  # type: ignore[assignment,misc]
    serve(known, listen(known.host, known.port))


if __name__ == "__main__":
    main()
