"""A whole visit leaves its lines in the logs, and nothing in them says who came."""

import asyncio
import json
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from queue_service import db
from queue_service.journal import Journal, told
from tests.devices import token_for
from tests.offices import ALWAYS, Office, make_office
from tests.service import Running, running
from tests.times import ZONE

pytestmark = pytest.mark.anyio

NAME, PHONE = "Huỳnh Thị Thử", "+84905777123"


class Visit:
    """One visit over HTTP: booked on the pages, come, called and served by devices, then erased."""

    def __init__(self, service: Running, pool: db.Pool, office: Office) -> None:
        self.url, self.pool, self.office = service.url, pool, office
        self.secrets = [NAME, "Huỳnh", "905777123", "905 777 123", "905%20777"]

    async def play(self) -> None:
        async with httpx2.AsyncClient(base_url=self.url, timeout=20) as client:
            ticket, code = await self.book(client)
            tokens = {role: await token_for(self.pool, self.office, role) for role in ROLES}
            digits = code.replace(" ", "")
            self.secrets += [ticket.rpartition("/")[2], code, digits, *tokens.values()]
            await self.come_and_go(client, tokens, digits)
            await self.go_wrong(client, ticket, digits, tokens["clerk"])
            await asyncio.sleep(0.5)

    async def book(self, client: httpx2.AsyncClient) -> tuple[str, str]:
        starts_at = soon()
        query = {"s": "copy", "at": starts_at.isoformat()}
        form = (await client.get(f"/o/{self.office.slug}/book", params=query)).headers["location"]
        told = {"name": NAME, "phone": "0905 777 123", "party_size": "1"}
        answer = await client.post(form, data={**told, "phone": "12"})
        assert answer.status_code == 422
        answer = await client.post(form, data=told)
        assert answer.status_code == 303, answer.text
        ticket = answer.headers["location"]
        code = re.search(r'class="code">([\d ]+)<', (await client.get(ticket)).text)
        assert code
        return ticket, code[1]

    async def come_and_go(
        self, client: httpx2.AsyncClient, tokens: dict[str, str], code: str
    ) -> None:
        base = f"/api/v1/offices/{self.office.slug}"

        async def post(role: str, path: str, body: dict[str, object]) -> dict[str, Any]:
            sent = {"authorization": f"Bearer {tokens[role]}"}
            answer = await client.post(f"{base}/{path}", json=body, headers=sent)
            assert answer.status_code < 300, answer.text
            return answer.json()

        came = await post("kiosk", "arrivals", {"scan_id": str(uuid4()), "ticket": code})
        assert came["decision"] == "enter", came
        number = str(came["visit"]["visit_id"])
        await post("kiosk", f"visits/{number}/slip", {"slip": "phone"})
        await post("clerk", "counters/1/open", {})
        visit = (await post("clerk", "counters/1/call-next", {}))["visit_id"]
        for step in ("serve", "finish"):
            await post("clerk", f"visits/{visit}/{step}", {})
        await client.get(f"/sign-in?next=/counter/{self.office.slug}")
        await client.post("/sign-in", data={"token": tokens["clerk"]})

    async def go_wrong(
        self, client: httpx2.AsyncClient, ticket: str, code: str, token: str
    ) -> None:
        """Everything that is refused, and what is no request at all."""
        client.cookies.clear()
        for path in (f"{ticket}x", f"/t/{code}", f"/o/{NAME}", f"/find?q={NAME}", f"/x/{token}"):
            await client.get(path)
        await client.post(f"{ticket}/cancel", data={"key": NAME})
        await client.post(f"{ticket}/data", data={"key": NAME})
        await client.post(f"/api/v1/offices/{self.office.slug}/bookings", content=NAME.encode())
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", int(self.url.rpartition(":")[2])
        )
        writer.write(f"GET {ticket} {NAME}\r\n\r\n".encode())
        await writer.drain()
        await reader.read()
        writer.close()


ROLES = ("kiosk", "clerk")


def soon() -> datetime:
    """The next slot a booking may still have."""
    at = datetime.now(ZONE) + timedelta(minutes=6)
    return at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)


@pytest.mark.parametrize("form", ["text", "json"])
async def test_no_log_tells_who_came_and_each_command_has_its_line(
    database: db.Database,
    pool: db.Pool,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    form: str,
) -> None:
    rules = {"lead_minutes": 0, "earliness_minutes": 60}
    office = await make_office(pool, rules=rules, hours=ALWAYS)
    environment = {
        "DATABASE_URL": database.app_url,
        "ACCESS_LOG": "on",
        "LOG_FORMAT": form,
        "PUBLIC_URL": "http://127.0.0.1",
    }
    async with running(tmp_path, environment, "web") as service:
        visit = Visit(service, pool, office)
        await visit.play()
    out, err = capfd.readouterr()
    said = out + err
    assert [secret for secret in visit.secrets if secret in said] == []

    lines = [json.loads(line) for line in said.splitlines() if line.startswith('{"at"')]
    commands = [line for line in lines if line.get("office") == office.office_id]
    assert {"book_slots", "arrive", "call_next", "finish", "cancel"} <= {
        line["command"] for line in commands
    }
    for line in commands:
        assert set(line) <= {"at", "command", "office", "outcome", "code", "of", "ms"}
        assert line["ms"] >= 0
    [booked] = [line["of"] for line in commands if line["command"] == "book_slots"]
    assert booked == {"booked": 1}
    refused = [line for line in commands if line["outcome"] == "refused"]
    assert ("cancel", "not_booked") in {(line["command"], line["code"]) for line in refused}
    assert {"/t/{token}", "/sign-in"} <= {line["route"] for line in lines if "route" in line}


def test_the_words_of_an_error_lose_what_they_quote() -> None:
    token = "AAGuhB2Yhp27CT_kCR7heKGi"
    error = ValueError(f"no \"{NAME}\" with {PHONE}, 0001 315179, {token} at 'x'")
    assert told(error) == "ValueError: no \"…\" with …, … …, … at '…'"


def test_what_a_library_logs_loses_it_too() -> None:
    # In a process of its own: what is set up here stays, and the stream is gone after the test.
    program = (
        "import logging; from queue_service import logs; logs.set_up('json'); "
        "logging.getLogger('lib').warning('GET /t/%s for %r', 'AAGuhB2Yhp27CT_kCR7heKGi', "
        f"{NAME!r})"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stderr
    assert "GET /t/… for" in said
    assert NAME not in said


async def test_a_line_a_command_costs_a_booking_next_to_nothing() -> None:
    """Twenty thousand lines in well under a second: some ten microseconds each at the most."""
    journal = Journal()
    loop = asyncio.get_running_loop()
    started = loop.time()
    for number in range(20_000):
        journal.add({"command": "book_slots", "office": number, "outcome": "done", "ms": 1.5})
    took = loop.time() - started
    journal._lines.clear()  # pyright: ignore[reportPrivateUsage] -- they need not be shown
    assert took < 1
