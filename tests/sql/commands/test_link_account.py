"""link_account: the one link by which somebody chooses a password."""

import secrets
from datetime import timedelta

import pytest

from queue_service import commands, reads
from queue_service.db import Pool
from tests.offices import make_office
from tests.people import person
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio


async def test_a_link_works_until_its_time_is_over_and_a_newer_one_ends_it(pool: Pool) -> None:
    clerk = await person(pool, await make_office(pool), password="")
    first, second = secrets.token_bytes(32), secrets.token_bytes(32)
    until = BEGINS + timedelta(hours=48)
    await commands.link_account(pool, BEGINS, "test", clerk.account_id, first, until)
    assert await reads.account(pool, until - timedelta(seconds=1), link=first) is not None
    assert await reads.account(pool, until, link=first) is None
    await commands.link_account(pool, BEGINS, "test", clerk.account_id, second, until)
    assert await reads.account(pool, BEGINS, link=first) is None
    assert await reads.account(pool, BEGINS, link=second) is not None
