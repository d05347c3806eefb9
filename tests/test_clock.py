"""A process that cannot be sure what o'clock it is: it sends no command, says so, and shows on."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from queue_service import db, limits, reads, tokens
from queue_service.guard import Guard
from queue_service.settings import Settings
from tests.offices import ALWAYS, LONG_AGO, Office, make_office
from tests.people import PASSWORD, person
from tests.service import running
from tests.serving import text_of
from tests.times import Machine, tomorrow

pytestmark = pytest.mark.anyio

# A machine whose timer leaps, each time it is read, for as long as there is such a file.
TIMER = """
import os, time
read, leapt = time.monotonic, 0.0
def monotonic():
    global leapt
    if os.path.exists({file!r}):
        leapt += 3.0
    return read() + leapt
time.monotonic = monotonic
"""
NOT_READY = {"en": "The service is not ready", "vi": "Hệ thống tạm thời chưa sẵn sàng"}


class Lobby:
    """The service as a process of its own, on a machine whose timer the test may spoil."""

    def __init__(self, url: str, spoilt: Path, office: Office) -> None:
        self.url, self.spoilt, self.office = url, spoilt, office

    def visitor(self, language: str = "en", **headers: str) -> httpx2.AsyncClient:
        sent = {"accept-language": language, "sec-fetch-site": "same-origin", **headers}
        return httpx2.AsyncClient(base_url=self.url, headers=sent, timeout=30)

    @asynccontextmanager
    async def unsure(self) -> AsyncGenerator[None, None]:
        """Meanwhile the process cannot be sure of the time; afterwards it is again."""
        self.spoilt.touch()
        try:
            await self._ready(False)
            yield
        finally:
            self.spoilt.unlink()
        await self._ready(True)

    async def _ready(self, wanted: bool) -> None:
        async with asyncio.timeout(60), httpx2.AsyncClient(timeout=30) as client:
            while (await client.get(f"{self.url}/readyz")).json()["clock"] != wanted:
                await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
async def lobby(
    database: db.Database, pool: db.Pool, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Lobby, None]:
    office, folder = await make_office(pool, hours=ALWAYS), tmp_path_factory.mktemp("clock")
    spoilt, timer = folder / "spoilt", folder / "timer"
    timer.mkdir()
    (timer / "sitecustomize.py").write_text(TIMER.format(file=str(spoilt)))
    environment = {"DATABASE_URL": database.app_url, "PYTHONPATH": str(timer)}
    async with running(folder, environment, "web") as service:
        yield Lobby(service.url, spoilt, office)


@asynccontextmanager
async def clerk(pool: db.Pool, lobby: Lobby) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """Signed in while all was well."""
    lan = await person(pool, lobby.office)
    async with lobby.visitor() as client:
        sent = {"login": lan.login, "password": PASSWORD, "next": ""}
        assert (await client.post("/sign-in", data=sent)).status_code == 303
        yield client


async def test_a_clerk_is_told_to_wait_a_moment_and_is_still_signed_in_afterwards(
    pool: db.Pool, owner: db.Connection, lobby: Lobby
) -> None:
    counter = f"/counter/{lobby.office.slug}/1"
    async with clerk(pool, lobby) as client:
        assert (await client.get(counter)).status_code == 200
        async with lobby.unsure():
            for language, words in NOT_READY.items():
                page = await client.get(counter, headers={"accept-language": language})
                assert (page.status_code, page.headers["refresh"]) == (503, "1")
                assert words in text_of(page.text)
            opened = await client.post(f"{counter}/open")
            assert opened.status_code == 503
            assert NOT_READY["en"] in text_of(opened.text)
        sha = tokens.sha_of(client.cookies["session"])
        seen_late = await owner.fetchval(
            "select seen_at > clock_timestamp() + interval '1 minute' from ops.session"
            " where sha = $1",
            sha,
        )
        assert seen_late is False
        page = await client.get(counter)
        assert page.status_code == 200
        assert (await client.post(f"{counter}/open")).status_code == 303


@pytest.mark.parametrize("everywhere", [False, True])
async def test_who_signs_out_meanwhile_is_out(
    pool: db.Pool, lobby: Lobby, everywhere: bool
) -> None:
    counter = f"/counter/{lobby.office.slug}/1"
    async with clerk(pool, lobby) as client:
        taken = dict(client.cookies)
        async with lobby.unsure():
            sent = {"everywhere": "yes"} if everywhere else {}
            out = await client.post("/sign-out", data=sent)
            assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
            assert "session" not in client.cookies
            assert (await client.get("/sign-in")).status_code == 200
    async with httpx2.AsyncClient(base_url=lobby.url, cookies=taken) as thief:
        answer = await thief.get(counter)
        assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")


async def test_nobody_can_sign_in_and_is_told_why(pool: db.Pool, lobby: Lobby) -> None:
    lan = await person(pool, lobby.office)
    for language, words in NOT_READY.items():
        async with lobby.unsure(), lobby.visitor(language) as client:
            sent = {"login": lan.login, "password": PASSWORD, "next": ""}
            answer = await client.post("/sign-in", data=sent)
            assert answer.status_code == 503
            assert words in text_of(answer.text)
            assert "session" not in client.cookies


async def test_a_citizen_reads_on_and_books_a_moment_later(pool: db.Pool, lobby: Lobby) -> None:
    slug, at = lobby.office.slug, (await tomorrow(pool, "09:00")).isoformat()
    async with lobby.visitor("vi") as client:
        form = await client.get(f"/o/{slug}/book", params={"s": "copy", "at": at})
        address = form.headers["location"]
        sent = {"name": "Nguyễn Thị Ánh", "phone": "0905 123 456", "party_size": "1"}
        body = {"booking_id": str(uuid4()), "service": "copy", "starts_at": at, "phone": ""}
        body |= {"name": "Trần Văn Bình"}
        async with lobby.unsure():
            assert (await client.get(f"/o/{slug}")).status_code == 200
            assert (await client.get(address)).status_code == 200
            page = await client.post(address, data=sent)
            assert page.status_code == 503
            assert NOT_READY["vi"] in text_of(page.text)
            [again] = re.findall(r'<form method="post" action="([^"]+)" data-again', page.text)
            refused = await client.post(f"/api/v1/offices/{slug}/bookings", json=body)
            assert (refused.status_code, refused.json()["code"]) == (503, "not_ready")
            assert refused.headers["retry-after"] == "1"
        assert (await client.post(again.replace("&amp;", "&"), data=sent)).status_code == 303
        booked = await client.post(f"/api/v1/offices/{slug}/bookings", json=body)
        assert booked.status_code == 201, booked.text


async def test_what_watches_the_service_and_the_boards_still_get_their_answers(
    pool: db.Pool, lobby: Lobby
) -> None:
    slug = lobby.office.slug
    board = await tokens.make(pool, LONG_AGO, "board", [lobby.office.office_id], "TV")
    async with lobby.unsure(), lobby.visitor() as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (
            f'queue_present{{area="hall",office="{slug}"}}' in (await client.get("/metrics")).text
        )
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        missing = [what for what, there in ready.json().items() if not there]
        assert missing == ["ready", "clock"]
        for headers in ({}, {"authorization": f"Bearer {board}"}):
            shown = await client.get(f"/api/v1/offices/{slug}/board", headers=headers)
            assert shown.status_code == 200
            assert (await client.get(f"/board/{slug}", headers=headers)).status_code == 200


async def test_devices_are_told_to_ask_again(pool: db.Pool, lobby: Lobby) -> None:
    number, slug = lobby.office.office_id, lobby.office.slug
    asked = {
        "box": (f"/api/v1/offices/{slug}/floor/take", {"box_id": str(uuid4()), "name": "box"}),
        "kiosk": ("/api/v1/devices/me/heartbeat", {"version": "1"}),
        "helper": (f"/api/v1/offices/{slug}/walk-ins", {"service": "copy", "party_size": 1}),
    }
    held = {role: await tokens.make(pool, LONG_AGO, role, [number], role) for role in asked}
    async with lobby.unsure():
        for role, (path, body) in asked.items():
            async with lobby.visitor(authorization=f"Bearer {held[role]}") as client:
                answer = await client.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (503, "not_ready"), path
    floor = await reads.floor(pool, number, lobby.office.at("09:00"))
    assert floor is None


class Counted(limits.Limits):
    """What a process counts, and how often it has tried to tell the others."""

    rounds = 0

    def forget(self) -> None:
        super().forget()
        self.rounds += 1

    def take_one(self) -> int:
        return self.take("phone_bookings_per_hour", "somebody")


async def test_a_process_counts_for_itself_meanwhile_and_tells_the_others_later(
    pool: db.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine()
    clock = db.Clock(wall=machine.wall, steady=machine.steady)
    await clock.measure(pool)
    settings = Settings(ticket_secret=uuid4().hex * 2, phone_bookings_per_hour=6)
    one, two = (Counted(pool, clock, settings) for _ in range(2))
    assert [one.take_one() for _ in range(6)] == [0] * 6
    assert [two.take_one() for _ in range(2)] == [0] * 2
    machine.sleep(60)
    monkeypatch.setattr(limits, "SHARE_EVERY", 0.01)
    tasks = [asyncio.create_task(each.keep_sharing()) for each in (one, two)]
    try:
        async with asyncio.timeout(30):
            while min(one.rounds, two.rounds) < 5:
                await asyncio.sleep(0.01)
            assert two.take_one() == 0  # nothing was told
            for _ in range(2):
                await clock.measure(pool)
            # Ten minutes would give back one of the six it may take itself.
            while two.take_one() <= 600:
                await asyncio.sleep(0.01)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_flood_that_brings_a_session_is_held_back_all_the_same(pool: db.Pool) -> None:
    settings = Settings(ticket_secret=uuid4().hex * 2, requests_per_minute=1)
    clock, told = db.Clock(), list[str]()

    def refuse(_request: Request, refused: db.Refused) -> Response:
        told.append(refused.code)
        return Response(status_code=refused.status)

    async def send(message: Message) -> None:
        told.append(str(message.get("status", "")))

    async def receive() -> Message:
        return {"type": "http.request"}

    state = {"pool": pool, "clock": clock, "settings": settings}
    state |= {"limits": limits.Limits(pool, clock, settings)}
    asked = {"type": "http", "method": "GET", "path": "/", "state": state}
    asked |= {"headers": [(b"cookie", b"session=whatever")], "client": ("203.0.113.9", 1)}
    for _ in range(2):
        await Guard(Response("here"), refuse)(dict(asked), receive, send)
    assert [one for one in told if one] == ["200", "too_many_requests", "429"]
