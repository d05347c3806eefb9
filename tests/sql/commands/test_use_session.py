"""use_session: whose session it is, for as long as somebody is there."""

import secrets
from datetime import timedelta

import pytest

from queue_service import commands
from queue_service.db import Pool
from tests.offices import make_office
from tests.people import person
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio


async def test_a_session_ends_when_nobody_touches_it_and_when_it_is_too_old(pool: Pool) -> None:
    clerk = await person(pool, await make_office(pool), password="")
    idle, longest = timedelta(minutes=60), timedelta(hours=12)

    async def lives(sha: bytes, minutes: int, alive: bool = True) -> bool:
        at = BEGINS + timedelta(minutes=minutes)
        return await commands.use_session(pool, at, sha, alive, idle, longest) is not None

    forgotten, polled, busy = (secrets.token_bytes(32) for _ in range(3))
    for sha in (forgotten, polled, busy):
        await commands.begin_session(pool, BEGINS, sha, clerk.account_id)
    assert await lives(forgotten, 59)
    assert not await lives(forgotten, 59 + 60)
    for minute in range(0, 60, 5):
        assert await lives(polled, minute, alive=False)
    assert not await lives(polled, 60), "a page that asks by itself kept it open"
    for minute in range(0, 12 * 60, 30):
        assert await lives(busy, minute)
    assert not await lives(busy, 12 * 60)
