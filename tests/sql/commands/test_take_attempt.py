"""One more try for an address or a device, from a bucket that fills again."""

import asyncio
import secrets
from datetime import timedelta

import pytest

from queue_service import commands
from queue_service.db import Pool
from tests.offices import LONG_AGO

pytestmark = pytest.mark.anyio

NOW = LONG_AGO + timedelta(days=9)


async def tries(pool: Pool, key: str, times: int, minutes: float = 0) -> int:
    at = NOW + timedelta(minutes=minutes)
    return sum([await commands.take_attempt(pool, key, at, 6, 3) for _ in range(times)])


async def test_a_burst_is_let_through_and_then_one_in_so_many_minutes(pool: Pool) -> None:
    who = secrets.token_hex(8)
    assert await tries(pool, who, 9) == 3
    assert await tries(pool, who, 9, minutes=9) == 0
    assert await tries(pool, who, 9, minutes=10) == 1
    assert await tries(pool, secrets.token_hex(8), 1) == 1


async def test_a_bucket_never_holds_more_than_its_burst(pool: Pool) -> None:
    who = secrets.token_hex(8)
    await tries(pool, who, 3)
    assert await tries(pool, who, 9, minutes=600) == 3


async def test_of_many_tries_at_once_no_more_than_the_burst_pass(pool: Pool) -> None:
    who = secrets.token_hex(8)
    asked = (commands.take_attempt(pool, who, NOW, 6, 3) for _ in range(20))
    assert sum(await asyncio.gather(*asked)) == 3


async def test_a_clock_that_went_back_gives_no_more(pool: Pool) -> None:
    who = secrets.token_hex(8)
    await tries(pool, who, 3, minutes=60)
    assert await tries(pool, who, 3, minutes=0) == 0
    assert await tries(pool, who, 3, minutes=69) == 0
