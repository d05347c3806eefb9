"""What a phone was asked back by text is kept until it is answered or over."""

import secrets

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool
from tests.lobby import Lobby
from tests.sql.scenes import usual

pytestmark = pytest.mark.anyio

ASKED = {"name": "which_office", "options": ["một", "hai"]}


def a_phone() -> str:
    """Questions are found by phone over all offices: each test has a phone of its own."""
    return f"+8490{secrets.randbelow(10**7):07}"


async def ask(lobby: Lobby, now: str, phone: str, name: str, minutes: int = 30) -> None:
    await commands.ask_text(
        lobby.pool, lobby.office.office_id, lobby.at(now), phone, ASKED | {"name": name}, minutes
    )


async def open_question(lobby: Lobby, now: str, phone: str) -> str | None:
    found = await reads.text_question(lobby.pool, phone, lobby.at(now))
    return found["name"] if found else None


async def test_a_question_is_open_for_its_minutes_and_for_its_phone_alone(pool: Pool) -> None:
    lobby, phone = await usual(pool), a_phone()
    await ask(lobby, "08:00", phone, "which")
    assert await open_question(lobby, "08:29", phone) == "which"
    assert await open_question(lobby, "08:30", phone) is None
    assert await open_question(lobby, "08:01", a_phone()) is None


async def test_a_new_question_takes_the_place_of_the_old_and_not_the_other_way(pool: Pool) -> None:
    lobby, phone = await usual(pool), a_phone()
    await ask(lobby, "08:00", phone, "first")
    await ask(lobby, "08:05", phone, "second")
    await ask(lobby, "08:04", phone, "late on its way")
    assert await open_question(lobby, "08:06", phone) == "second"


async def test_what_is_over_is_forgotten(pool: Pool, owner: Connection) -> None:
    lobby, old, new = await usual(pool), a_phone(), a_phone()
    await ask(lobby, "08:00", old, "old")
    await ask(lobby, "08:31", new, "new")
    kept = await owner.fetch(
        "select phone from queue.text_question where office_id = $1", lobby.office.office_id
    )
    assert [row["phone"] for row in kept] == [new]
