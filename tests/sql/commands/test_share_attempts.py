"""What each process has let through is taken from one bucket for all."""

import asyncio
import secrets
from datetime import timedelta

import pytest

from queue_service import commands
from queue_service.db import Pool
from tests.offices import LONG_AGO

pytestmark = pytest.mark.anyio

NOW = LONG_AGO + timedelta(days=9)


async def share(pool: Pool, minutes: float = 0, **taken: int) -> dict[str, float]:
    at = NOW + timedelta(minutes=minutes)
    rows = [{"key": k, "taken": n, "per_hour": 60, "burst": 10} for k, n in taken.items()]
    said = await commands.share_attempts(pool, at, rows)
    return {row["key"]: round(row["remaining"], 2) for row in said}


async def test_processes_take_from_the_same_bucket_and_it_fills_again(pool: Pool) -> None:
    who = secrets.token_hex(8)
    assert await share(pool, **{who: 4}) == {who: 6}
    assert await share(pool, **{who: 4}) == {who: 2}
    assert await share(pool, 3, **{who: 0}) == {who: 5}
    assert await share(pool, 300, **{who: 0}) == {who: 10}


async def test_a_bucket_may_be_overdrawn_and_fills_from_below_nothing(pool: Pool) -> None:
    who = secrets.token_hex(8)
    assert await share(pool, **{who: 25}) == {who: -15}
    assert await share(pool, 5, **{who: 0}) == {who: -10}


async def test_many_processes_that_tell_at_once_wait_for_nobody_for_ever(pool: Pool) -> None:
    keys = [secrets.token_hex(8) for _ in range(20)]
    told = [dict.fromkeys(keys[::step], 1) for step in (1, -1) * 4]
    async with asyncio.timeout(20):
        await asyncio.gather(*(share(pool, **one) for one in told))
    assert await share(pool, **dict.fromkeys(keys, 0)) == dict.fromkeys(keys, 2)
