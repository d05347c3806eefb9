"""A small server in a carrier's place: it keeps what it took, and fails as it is told to."""

import asyncio
import contextlib
import secrets
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass(frozen=True)
class Taken:
    id: str
    phone: str
    text: str
    at: datetime
    fields: dict[str, str]


@dataclass
class Fault:
    """`took`: what the answer hides. `seconds`: how long it says nothing at first."""

    status: int = 0
    code: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    took: bool = False
    seconds: float = 0.0


class Standin:
    """Speaks as Twilio does under /2010-04-01, and as a plain gateway under /send."""

    url = ""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.asked: list[dict[str, str]] = []  # every request to send, whatever became of it
        self.heads: list[dict[str, str]] = []
        self.fault: Callable[[dict[str, str]], Fault | None] = lambda _: None
        self.said: dict[str, Any] = {}  # what the gateway answers beside the id

    def app(self) -> Starlette:
        account = "/2010-04-01/Accounts/{account}"
        return Starlette(
            routes=[
                Route(f"{account}/Messages.json", self.twilio, methods=["POST"]),
                Route(f"{account}/Messages.json", self.listed, methods=["GET"]),
                Route(f"{account}/Calls.json", self.twilio, methods=["POST"]),
                Route(f"{account}/Calls.json", self.listed, methods=["GET"]),
                Route("/send", self.gateway, methods=["POST"]),
            ],
            exception_handlers={ClientDisconnect: gone},
        )

    async def twilio(self, request: Request) -> Response:
        async with request.form() as form:
            sent = {name: str(value) for name, value in form.items()}
        prefix = "CA" if request.url.path.endswith("Calls.json") else "SM"
        fault = await self._asked(request, sent)
        if fault is not None and not fault.took:
            return self._failed(fault)
        text = sent.get("Body", sent.get("Twiml", ""))
        taken = self._take(f"{prefix}{secrets.token_hex(16)}", sent["To"], text, sent)
        return await self._slowly(fault) if fault else JSONResponse(twilio_form(taken), 201)

    async def listed(self, request: Request) -> Response:
        key = "calls" if request.url.path.endswith("Calls.json") else "messages"
        prefix = "CA" if key == "calls" else "SM"
        to = request.query_params.get("To", "")
        found = [
            twilio_form(one)
            for one in reversed(self.taken)
            if one.phone == to and one.id.startswith(prefix)
        ]
        page = {"page": 0, "page_size": 50, "uri": "", "next_page_uri": None}
        return JSONResponse({key: found, **page})

    async def gateway(self, request: Request) -> Response:
        body = await request.body()
        if "urlencoded" in request.headers["content-type"]:
            async with request.form() as form:
                sent = {name: str(value) for name, value in form.items()}
        else:
            sent = await request.json()
        fault = await self._asked(request, {**sent, "body": body.decode()})
        if fault is not None and not fault.took:
            return self._failed(fault)
        to, text = (sent.get(a) or sent.get(b) for a, b in (("to", "dest"), ("text", "content")))
        taken = self._take(f"G{len(self.taken) + 1}", str(to), str(text), sent)
        return await self._slowly(fault) if fault else JSONResponse({"id": taken.id, **self.said})

    async def _asked(self, request: Request, sent: dict[str, str]) -> Fault | None:
        self.asked.append(sent)
        self.heads.append(dict(request.headers))
        fault = self.fault(sent)
        if fault is not None and not fault.took:
            await asyncio.sleep(fault.seconds)
        return fault

    async def _slowly(self, fault: Fault) -> Response:
        """What it took it has at once, and is slow to say so."""
        await asyncio.sleep(fault.seconds)
        return self._failed(fault)

    def _take(self, id: str, phone: str, text: str, sent: dict[str, str]) -> Taken:
        taken = Taken(id, phone, text, datetime.now(UTC), sent)
        self.taken.append(taken)
        return taken

    def _failed(self, fault: Fault) -> Response:
        said = {"code": fault.code or fault.status, "message": "no", "status": fault.status}
        return JSONResponse(said, fault.status, fault.headers)

    def doubles(self) -> int:
        """How many were taken beyond the first of each."""
        times = Counter((one.phone, one.text) for one in self.taken)
        return sum(count - 1 for count in times.values())


async def gone(request: Request, error: Exception) -> Response:
    """Whoever asked was killed in the middle of it."""
    return Response(status_code=400)


def twilio_form(taken: Taken) -> dict[str, Any]:
    return {
        "sid": taken.id,
        "to": taken.phone,
        "body": taken.text,
        "direction": "outbound-api",
        "status": "queued",
        "date_created": format_datetime(taken.at),
    }


@contextlib.asynccontextmanager
async def standing_in() -> AsyncGenerator[Standin, None]:
    standin = Standin()
    config = uvicorn.Config(standin.app(), port=0, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(60):
        while not server.started:
            assert not task.done(), task.exception()
            await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    standin.url = f"http://127.0.0.1:{port}"
    try:
        yield standin
    finally:
        server.should_exit = True
        await task
