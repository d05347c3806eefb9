"""Every address, every operation of the API and every command, with every role and with none."""

import asyncio
import re
import secrets
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from queue_service import commands, db, rights, tokens, web
from queue_service.api.table import OPERATIONS
from queue_service.lifespan import service
from queue_service.settings import Settings
from tests.offices import LONG_AGO, Office, make_office
from tests.serving import Served, serve
from tests.test_conventions import command_names

pytestmark = pytest.mark.anyio

NONE, ELSEWHERE = "none", "elsewhere"
# What stands in an address where it has a name.
FILLED = {
    "counter": "1",
    "service": "copy",
    "token": "x",
    "kind": "svg",
    "digest": "0",
    "name": "app.css",
    "code": "forbidden",
    "number": "A001",
    "area": "hall",
}
BODIES: Mapping[str, Any] = {"/kiosk/{office}/speech": {"text": "một", "language": "vi"}}
ACT = {"/hotline/{act}": "book", "/door/{office}/{act}": "in", "/tablet/{office}/door/{act}": "in"}


@dataclass
class Walk:
    """Somebody of every role, at an office and at another."""

    served: Served
    office: Office
    tokens: Mapping[str, str]
    elsewhere: Mapping[str, str]

    async def refused(self, method: str, url: str, token: str, **more: Any) -> bool:
        """Whether the answer is that one may not, and nothing else."""
        headers = {"sec-fetch-site": "same-origin", "x-forwarded-for": "192.0.2.7"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        async with (
            httpx2.AsyncClient(base_url=self.served.url, headers=headers, timeout=60) as client,
            client.stream(method, url, **more) as answer,
        ):
            assert answer.status_code < 500, (method, url, answer.status_code)
            to = answer.headers.get("location", "")
            return answer.status_code in (401, 403) or to.startswith("/sign-in?")


@pytest.fixture(scope="module")
async def walk(common: Settings, pool: db.Pool) -> AsyncGenerator[Walk, None]:
    office, other = await make_office(pool), await make_office(pool)

    async def everybody(at: Office) -> dict[str, str]:
        return {
            role: await tokens.make(pool, LONG_AGO, role, [at.office_id], f"the {role}")
            for role in rights.ROLES
        }

    wide = replace(
        common,
        requests_per_minute=0,
        bookings_per_hour=0,
        twilio_auth_token=secrets.token_hex(),
        gateway_secret=secrets.token_hex(),
    )
    async with serve(wide, pool) as served:
        yield Walk(served, office, await everybody(office), await everybody(other))


def filled(path: str, office: Office) -> str:
    words = {**FILLED, "act": ACT.get(path, "open"), "office": office.slug}
    shapes = {"int": "1", "uuid": str(uuid4())}

    def word(found: re.Match[str]) -> str:
        return words.get(found[1]) or shapes.get(found[2] or "", "x")

    return re.sub(r"\{(\w+)(?::(\w+))?\}", word, path)


@pytest.mark.parametrize("address", sorted(rights.ADDRESSES))
async def test_an_address_opens_to_whom_the_table_says_and_to_nobody_else(
    walk: Walk, address: str
) -> None:
    line = rights.ADDRESSES[address]
    method, _, path = address.partition(" ")
    url = filled(path, walk.office)
    for role, token in {NONE: "", **walk.tokens}.items():
        refused = await walk.refused(method, url, token, json=BODIES.get(path))
        assert refused != rights.may(role, line), role
    if "{office}" in path and line != rights.ANYBODY:
        for role, token in walk.elsewhere.items():
            assert await walk.refused(method, url, token, json=BODIES.get(path)), role


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
async def test_an_operation_is_for_whom_the_table_says_and_for_nobody_else(
    walk: Walk, operation: Any
) -> None:
    path = operation.path.replace("{visit}", str(uuid4())).replace("{help}", str(uuid4()))
    url = f"/api/v1{filled(path, walk.office)}"
    for role, token in {NONE: "", **walk.tokens}.items():
        refused = await walk.refused(operation.method, url, token)
        assert refused != rights.may(role, operation.roles), role
    if operation.of_office and operation.roles != rights.ANYBODY:
        for role, token in walk.elsewhere.items():
            assert await walk.refused(operation.method, url, token), role


@pytest.mark.parametrize("name", sorted(command_names()))
async def test_a_page_runs_a_command_for_whom_the_table_says_and_for_nobody_else(
    walk: Walk, name: str
) -> None:
    line = rights.ACTS[name]
    async with service(walk.served.settings) as state:

        async def refused(token: str) -> bool:
            """By way of what all pages go; a command that gets through misses its facts."""
            headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
            scope = {"type": "http", "method": "POST", "headers": headers, "state": state}
            request = web.AppRequest(scope)
            command = getattr(commands, name)
            try:
                await web.act(request, command, walk.office.office_id, "test", None)
            except web.Forbidden:
                return True
            except Exception:
                return False
            return False

        for role, token in {NONE: "", **walk.tokens}.items():
            # As a task of its own, as requests are: it says for its own commands alone who acts.
            said = await asyncio.create_task(refused(token))
            assert said != rights.may(role, line), role
        if line != rights.ANYBODY:
            for role, token in walk.elsewhere.items():
                assert await asyncio.create_task(refused(token)), role


@pytest.mark.parametrize("page", ["door", "tablet"])
async def test_only_a_manager_lets_in_over_a_cap_from_any_page(walk: Walk, page: str) -> None:
    url = f"/door/{walk.office.slug}/admit"
    if page == "tablet":
        url = f"/tablet/{walk.office.slug}/door/admit"
    form = {"visit": str(uuid4()), "reason": "pushchair"}
    for role, token in walk.tokens.items():
        refused = await walk.refused("POST", url, token, data=form)
        assert refused != rights.may(role, rights.MANAGERS), role
