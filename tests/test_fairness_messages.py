"""Codes and offers reach the phone in words, and none that is worth nothing any more."""

import pytest

from queue_service import db
from tests.fairness import AN, answer, fair, wait
from tests.lobby import Lobby
from tests.offices import make_office
from tests.test_sender import Mail, Post

pytestmark = pytest.mark.anyio


async def test_a_code_is_texted_and_only_the_last_one(pool: db.Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, change=fair(prove_phone=True)))
    post = Post()
    [(_, visit)] = await lobby.book_group([lobby.request("09:00", phone=AN, proof="123456")])
    await lobby.do("send_code", "07:01", visit, "654321")
    assert sorted(await Mail(lobby, post).go("07:01")) == [("code", "done"), ("code", "overtaken")]
    [message] = post.took
    assert message.phone == AN
    assert "654321" in message.text
    await lobby.do("prove_phone", "07:02", visit, "654321")
    assert await Mail(lobby, post).go("07:02") == [("confirmation", "done")]


async def test_a_code_is_not_texted_once_the_place_is_proven_or_given_back(pool: db.Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, change=fair(prove_phone=True)))
    [(_, visit)] = await lobby.book_group([lobby.request("09:00", phone=AN, proof="123456")])
    await lobby.do("cancel", "07:01", visit, "")
    post = Post()
    assert await Mail(lobby, post).go("07:02") == [("code", "overtaken")]


async def test_an_offer_says_the_time_and_how_to_take_it(pool: db.Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    taken = [await lobby.book(starts) for starts in ("08:00", "08:05")]
    who = await wait(lobby, "07:01", AN)
    await lobby.do("cancel", "07:02", taken[0], "")
    post = Post()
    assert await Mail(lobby, post).go("07:02") == [("offer", "done")]
    [message] = post.took
    assert (message.phone, "08:00" in message.text, " CO " in message.text) == (AN, True, True)
    assert "10" in message.text
    await answer(lobby, "07:03", who, False)
    await lobby.do("cancel", "07:04", taken[1], "")
    await answer(lobby, "07:05", who, True)  # before the worker came
    assert sorted(await Mail(lobby, post).go("07:05")) == [
        ("confirmation", "done"),
        ("offer", "overtaken"),
    ]


async def test_who_wants_to_wait_is_texted_the_last_code_alone(pool: db.Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, change=fair(prove_phone=True)))
    who = await wait(lobby, "07:01", AN)
    await lobby.do("send_code", "07:02", {"visit_id": who["waiting_id"]}, "654321")
    post = Post()
    assert sorted(await Mail(lobby, post).go("07:02")) == [("code", "done"), ("code", "overtaken")]
    [message] = post.took
    assert (message.phone, "654321" in message.text) == (AN, True)
