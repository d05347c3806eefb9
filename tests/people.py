"""Staff of a test office who sign in with a name and a password."""

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx2

from queue_service import commands, db, passwords
from tests.offices import LONG_AGO, Office
from tests.serving import Served

PASSWORD = "con trâu đi trước cái cày"


@dataclass
class Person:
    login: str
    account_id: UUID


async def person(
    pool: db.Pool,
    office: Office | None,
    role: str = "clerk",
    password: str = PASSWORD,
    name: str = "Lan",
) -> Person:
    login = f"{role}.{secrets.token_hex(4)}"
    account_id = uuid4()
    offices = [office.office_id] if office else None
    await commands.add_account(pool, LONG_AGO, "test", account_id, login, name, role, offices)
    if password:
        kept = await passwords.make(password)
        await commands.set_password(pool, LONG_AGO, "test", account_id, kept)
    return Person(login, account_id)


@asynccontextmanager
async def visitor(served: Served, **more: str) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """A browser without scripts that nobody has signed in with yet."""
    headers = {"accept-language": "en", "sec-fetch-site": "same-origin", **more}
    async with httpx2.AsyncClient(base_url=served.url, headers=headers, timeout=60) as client:
        yield client


async def sign_in(
    client: httpx2.AsyncClient, login: str, password: str = PASSWORD
) -> httpx2.Response:
    return await client.post("/sign-in", data={"login": login, "password": password, "next": ""})
