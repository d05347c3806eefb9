"""set_factor: from now on a code is asked for after the password."""

import secrets
from datetime import timedelta

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.offices import make_office
from tests.people import person
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio

HOURS = timedelta(hours=1), timedelta(hours=12)


async def test_every_other_session_ends_and_nobody_puts_another_phone_in_its_place(
    pool: Pool,
) -> None:
    clerk = await person(pool, await make_office(pool), password="")
    here, there = secrets.token_bytes(32), secrets.token_bytes(32)
    for sha in (here, there):
        await commands.begin_session(pool, BEGINS, sha, clerk.account_id)
    one = secrets.token_bytes(32)
    actor = f"clerk:{clerk.login}"
    await commands.set_factor(pool, BEGINS, actor, clerk.account_id, one, 7, [b"x" * 32], here)
    found = await reads.account(pool, BEGINS, login=clerk.login)
    assert found is not None
    assert (found["totp"], found["totp_step"], found["recovery_left"]) == (one.hex(), 7, 1)
    hour, day = HOURS
    assert await commands.use_session(pool, BEGINS, here, True, hour, day)
    assert await commands.use_session(pool, BEGINS, there, True, hour, day) is None
    with pytest.raises(Refused, match="factor_on"):
        await commands.set_factor(pool, BEGINS, actor, clerk.account_id, b"other", 8, [])
