"""set_password: by a link that works once, or by who knows the old one."""

import asyncio
import secrets
from datetime import timedelta

import pytest

from queue_service import commands
from queue_service.db import Pool, Refused
from tests.offices import make_office
from tests.people import person
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


async def test_of_many_who_open_one_link_one_alone_chooses(pool: Pool) -> None:
    clerk, link = await person(pool, await make_office(pool), password=""), secrets.token_bytes(32)
    await commands.link_account(pool, BEGINS, "x", clerk.account_id, link, BEGINS + HOUR)
    told = await asyncio.gather(
        *(
            commands.set_password(pool, BEGINS, "x", clerk.account_id, f"hash {n}", link=link)
            for n in range(8)
        ),
        return_exceptions=True,
    )
    assert sorted(isinstance(one, Refused) for one in told) == [False] + [True] * 7


async def test_a_link_is_worth_nothing_for_another_account_or_after_its_time(pool: Pool) -> None:
    office = await make_office(pool)
    clerk, other = await person(pool, office, password=""), await person(pool, office, password="")
    link = secrets.token_bytes(32)
    await commands.link_account(pool, BEGINS, "x", clerk.account_id, link, BEGINS + HOUR)
    for at, account_id in ((BEGINS, other.account_id), (BEGINS + HOUR, clerk.account_id)):
        with pytest.raises(Refused, match="no_such_link"):
            await commands.set_password(pool, at, "x", account_id, "hash", link=link)


async def test_every_session_but_the_one_that_is_kept_ends(pool: Pool) -> None:
    clerk = await person(pool, await make_office(pool), password="")
    here, there = secrets.token_bytes(32), secrets.token_bytes(32)
    for sha in (here, there):
        await commands.begin_session(pool, BEGINS, sha, clerk.account_id)
    await commands.set_password(pool, BEGINS, "x", clerk.account_id, "hash", kept=here)
    assert await commands.use_session(pool, BEGINS, here, True, HOUR, HOUR) is not None
    assert await commands.use_session(pool, BEGINS, there, True, HOUR, HOUR) is None
