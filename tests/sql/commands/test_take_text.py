"""A text message comes in; a carrier may deliver it more than once."""

import asyncio
import secrets
from datetime import timedelta

import pytest

from queue_service import commands
from queue_service.db import Pool
from tests.offices import LONG_AGO

pytestmark = pytest.mark.anyio

NOW = LONG_AGO + timedelta(days=9)


async def test_a_message_is_new_once_and_then_answered_as_it_was(pool: Pool) -> None:
    message = secrets.token_bytes(32)
    assert await commands.take_text(pool, message, NOW) == {"new": True}
    again = await commands.take_text(pool, message, NOW)
    assert (again["new"], again["answer"]) == (False, None)  # somebody is still at it
    await commands.end_text(pool, message, "Đã đặt", True)
    later = await commands.take_text(pool, message, NOW + timedelta(hours=47))
    assert later == {"new": False, "answer": "Đã đặt", "understood": True}


async def test_of_many_who_take_the_same_message_at_once_one_has_it(pool: Pool) -> None:
    message = secrets.token_bytes(32)
    taken = await asyncio.gather(*(commands.take_text(pool, message, NOW) for _ in range(8)))
    assert [one["new"] for one in taken].count(True) == 1


async def test_whoever_takes_a_message_and_dies_loses_it_after_a_minute(pool: Pool) -> None:
    message = secrets.token_bytes(32)
    await commands.take_text(pool, message, NOW)
    soon, later = NOW + timedelta(seconds=59), NOW + timedelta(seconds=60)
    assert not (await commands.take_text(pool, message, soon))["new"]
    assert (await commands.take_text(pool, message, later))["new"]


async def test_an_answer_is_kept_for_48_hours(pool: Pool) -> None:
    message = secrets.token_bytes(32)
    await commands.take_text(pool, message, NOW)
    await commands.end_text(pool, message, "Đã đặt", True)
    assert (await commands.take_text(pool, message, NOW + timedelta(hours=48)))["new"]
