"""What a text message was answered is kept for the carrier that delivers it again."""

import secrets
from datetime import timedelta

import pytest

from queue_service import commands
from queue_service.db import Pool
from tests.offices import LONG_AGO

pytestmark = pytest.mark.anyio

NOW = LONG_AGO + timedelta(days=9)


async def test_the_first_answer_is_the_answer(pool: Pool) -> None:
    message = secrets.token_bytes(32)
    await commands.take_text(pool, message, NOW)
    await commands.end_text(pool, message, "Chưa hiểu", False)
    await commands.end_text(pool, message, "Đã đặt", True)
    again = await commands.take_text(pool, message, NOW)
    assert again == {"new": False, "answer": "Chưa hiểu", "understood": False}


async def test_what_could_not_be_decided_may_be_taken_anew_at_once(pool: Pool) -> None:
    message = secrets.token_bytes(32)
    await commands.take_text(pool, message, NOW)
    await commands.end_text(pool, message, None, False)
    assert (await commands.take_text(pool, message, NOW))["new"]
