"""What every answer bears, and what nobody may do to the service from outside."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from starlette.routing import Mount, Route

from queue_service import db, patience
from queue_service.app import routes
from queue_service.processes import listen
from queue_service.server import Server
from queue_service.settings import Settings
from tests.devices import token_for
from tests.offices import Office, make_office
from tests.serving import Served, serve

pytestmark = pytest.mark.anyio

PAGE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
API = {"x-content-type-options": "nosniff", "referrer-policy": "same-origin"}
FORM = b"content-type: application/x-www-form-urlencoded\r\n"
INLINE = re.compile(
    r"<style|\son\w+\s*=|\sstyle\s*=|javascript:"
    # a script without an address, unless it is data that nothing runs
    r"|<script(?![^>]*\ssrc=)(?![^>]*application/json)",
    re.IGNORECASE,
)


def every_address() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    def walk(some: Sequence[object], base: str) -> None:
        for route in some:
            if isinstance(route, Mount):
                walk(route.routes, base + route.path)
            elif isinstance(route, Route):
                methods = sorted((route.methods or {"GET", "POST"}) - {"HEAD"})
                found.extend((method, base + route.path) for method in methods)

    walk(routes(), "")
    return found


def filled(path: str, office: Office) -> str:
    known = {"office": office.slug, "counter": "1", "area": "hall", "queue": "justice"}

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return known.get(name, str(uuid4()) if "visit" in name else "1")

    return re.sub(r"\{(\w+)(?::\w+)?\}", value, path)


async def test_every_address_bears_the_safe_headers_whatever_it_answers(
    served: Served, pool: db.Pool
) -> None:
    office = await make_office(pool)
    token = await token_for(pool, office, "manager")
    addresses = every_address()
    assert len(addresses) > 100
    async with httpx2.AsyncClient(base_url=served.url, timeout=20) as client:
        for method, path in addresses:
            if path.endswith("/stream") or "/static/" in path:
                continue
            for headers in ({}, {"authorization": f"Bearer {token}"}):
                url = filled(path, office)
                async with client.stream(method, url, headers=headers) as answer:
                    assert answer.status_code < 500 or answer.status_code == 503, (method, path)
                    judge(path, answer)
                    if "text/html" in answer.headers.get("content-type", ""):
                        page = (await answer.aread()).decode()
                        assert not INLINE.search(page), (path, INLINE.search(page))


def judge(path: str, answer: httpx2.Response) -> None:
    expected = API if path.startswith("/api/") else PAGE
    for name, value in expected.items():
        assert answer.headers.get(name) == value, (path, answer.status_code, name)
    if not path.startswith("/api/"):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    for cookie in answer.headers.get_list("set-cookie"):
        if not cookie.startswith("lang="):
            assert "httponly" in cookie.lower(), path
            # a sign-in goes with nothing that comes from elsewhere; a preference may
            kind = "lax" if cookie.startswith("one_key=") else "strict"
            assert f"samesite={kind}" in cookie.lower(), path


async def test_also_who_is_told_to_wait_gets_the_safe_headers(
    settings: Settings, pool: db.Pool
) -> None:
    few = replace(settings, requests_per_minute=2, forwarded_allow_ips="127.0.0.1")
    async with serve(few, pool) as served, httpx2.AsyncClient(base_url=served.url) as client:
        headers = {"x-forwarded-for": "203.0.113.9"}
        answers = [await client.get("/", headers=headers) for _ in range(4)]
    last = answers[-1]
    assert last.status_code == 429
    judge("/", last)


# --- Slow and endless senders -----------------------------------------------------------------


@pytest.fixture
async def impatient(
    database: db.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[int, None]:
    """The real server, which looks often and waits for little."""
    monkeypatch.setattr(patience, "LOOK_EVERY", 0.1)
    monkeypatch.setattr(patience, "FOR_HEADERS", 1.0)
    monkeypatch.setattr(patience, "FOR_BODY", 1.5)
    listener = listen("127.0.0.1", 0)
    server = Server(Settings(database_url=database.app_url, data_dir=tmp_path))
    task = asyncio.create_task(server.serve([listener]))
    async with asyncio.timeout(30):
        while not server.started:
            assert not task.done()
            await asyncio.sleep(0.05)
    yield listener.getsockname()[1]
    server.should_exit = True
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def closed(reader: asyncio.StreamReader, within: float = 8) -> bool:
    """Whether the service has ended the connection."""
    try:
        async with asyncio.timeout(within):
            while await reader.read(4096):
                pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ",
        b"POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n" + FORM + b"\r\ntoken=",
    ],
    ids=["nothing", "half a header", "half a body"],
)
async def test_who_never_finishes_asking_is_hung_up_on(impatient: int, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", impatient)
    writer.write(sent)
    await writer.drain()
    assert await closed(reader)
    writer.close()


async def test_endless_headers_are_hung_up_on(
    impatient: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "FOR_HEADERS", 60)
    reader, writer = await asyncio.open_connection("127.0.0.1", impatient)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n")
    with contextlib.suppress(ConnectionError):
        for number in range(40):
            writer.write(f"x-{number}: {'y' * 4000}\r\n".encode())
            await writer.drain()
    assert await closed(reader)
    writer.close()


async def test_a_connection_that_waits_between_two_requests_is_left_alone(impatient: int) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{impatient}") as client:
        for _ in range(2):
            assert (await client.get("/healthz")).status_code == 200
            await asyncio.sleep(2)


@pytest.mark.parametrize(
    ("path", "size", "kind"),
    [
        ("/sign-in", 70_000, "application/x-www-form-urlencoded"),
        ("/api/v1/offices/{office}/bookings", 70_000, "application/json"),
    ],
)
async def test_a_body_that_is_too_large_is_refused(
    served: Served, pool: db.Pool, path: str, size: int, kind: str
) -> None:
    path = path.format(office=(await make_office(pool)).slug)
    async with httpx2.AsyncClient(base_url=served.url) as client:
        said = await client.post(path, content=b"a" * size, headers={"content-type": kind})
        assert said.status_code == 413

        async def pieces() -> AsyncGenerator[bytes, None]:
            for _ in range(size // 1000):
                yield b"a" * 1000

        said = await client.post(path, content=pieces(), headers={"content-type": kind})
        assert said.status_code == 413


async def test_a_form_of_very_many_fields_is_refused_not_read(served: Served) -> None:
    form = "&".join(f"f{n}=" for n in range(5000))
    async with httpx2.AsyncClient(base_url=served.url) as client:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        said = await client.post("/sign-in", content=form, headers=headers)
    assert said.status_code in (400, 413, 422)
