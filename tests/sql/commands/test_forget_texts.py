"""Texts and answers that belong to no office."""

import hashlib
from uuid import UUID

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool
from tests.lobby import Lobby
from tests.offices import make_office

pytestmark = pytest.mark.anyio


async def test_a_text_that_was_answered_goes_after_thirty_days(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    at, phone = lobby.office.at, f"+84906{lobby.office.office_id:06}"
    kept = await commands.keep_text(pool, at("08:00"), phone, "gateway", phone, "Tôi là Bình")
    inbox_id = UUID(kept["inbox_id"])
    left = "select count(*) from ops.inbox where inbox_id = $1"
    await commands.forget_texts(pool, at("08:00", 40), 100)
    assert await owner.fetchval(left, inbox_id) == 1, "nobody has answered it"
    await commands.answer_inbox(
        pool, lobby.office.office_id, at("09:00"), "operator:Lan", inbox_id, ""
    )
    await commands.forget_texts(pool, at("09:00", 30), 100)
    assert await owner.fetchval(left, inbox_id) == 1
    await commands.forget_texts(pool, at("09:01", 30), 100)
    assert await owner.fetchval(left, inbox_id) == 0


async def test_an_answer_is_kept_for_two_days_should_a_carrier_deliver_again(
    pool: Pool, owner: Connection
) -> None:
    office = await make_office(pool)
    text = hashlib.sha256(office.slug.encode()).digest()
    await commands.take_text(pool, text, office.at("08:00"))
    await commands.end_text(pool, text, "Chào bà Bình", understood=True)
    left = "select count(*) from ops.text_answer where message = $1"
    await commands.forget_texts(pool, office.at("07:59", 2), 10_000)
    assert await owner.fetchval(left, text) == 1
    await commands.forget_texts(pool, office.at("08:01", 2), 10_000)
    assert await owner.fetchval(left, text) == 0
