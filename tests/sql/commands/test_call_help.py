"""Somebody at a kiosk asks for a human being."""

from uuid import UUID, uuid4

import pytest

from queue_service import reads
from queue_service.db import Pool
from tests.lobby import Answer, Lobby
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def open_calls(lobby: Lobby, now: str) -> list[Answer]:
    office_id = lobby.office.office_id
    counter = await reads.counter(lobby.pool, office_id, lobby.at(now), "1")
    door = await reads.queue(lobby.pool, office_id, lobby.at(now))
    assert counter is not None
    assert counter["help"] == door["help"]
    return door["help"]


async def version(lobby: Lobby) -> int:
    board = await reads.board(lobby.pool, lobby.office.office_id, lobby.at("08:00"))
    return board["version"]


async def test_counters_and_door_see_the_call_until_somebody_goes(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    before = await version(lobby)
    called = await lobby.do("call_help", "08:00", uuid4(), actor="kiosk:door")
    assert await version(lobby) > before  # their pages hear of it
    [seen] = await open_calls(lobby, "08:01")
    assert (seen["help_id"], seen["device"]) == (called["help_id"], "kiosk:door")
    await lobby.do("answer_help", "08:02", UUID(called["help_id"]))
    await lobby.do("answer_help", "08:02", UUID(called["help_id"]))
    assert await open_calls(lobby, "08:03") == []


async def test_a_visitor_who_presses_again_and_again_is_one_call(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    for _ in range(3):
        await lobby.do("call_help", "08:00", uuid4(), actor="kiosk:door")
    await lobby.do("call_help", "08:00", uuid4(), actor="kiosk:exit")
    assert len(await open_calls(lobby, "08:01")) == 2


async def test_a_call_nobody_heard_goes_off_the_pages_after_half_an_hour(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.do("call_help", "08:00", uuid4(), actor="kiosk:door")
    assert await open_calls(lobby, "08:31") == []
