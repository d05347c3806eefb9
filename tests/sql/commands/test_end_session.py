"""end_session: signing out here, or everywhere."""

import secrets
from datetime import timedelta

import pytest

from queue_service import commands
from queue_service.db import Pool
from tests.offices import make_office
from tests.people import person
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("everywhere", [False, True])
async def test_signing_out_ends_this_session_or_all_of_this_person_alone(
    pool: Pool, everywhere: bool
) -> None:
    office = await make_office(pool)
    clerk, other = await person(pool, office, password=""), await person(pool, office, password="")
    here, there, theirs = (secrets.token_bytes(32) for _ in range(3))
    for sha, who in ((here, clerk), (there, clerk), (theirs, other)):
        await commands.begin_session(pool, BEGINS, sha, who.account_id)
    await commands.end_session(pool, BEGINS, here, everywhere)

    async def lives(sha: bytes) -> bool:
        return await commands.use_session(pool, BEGINS, sha, True, HOUR, HOUR) is not None

    assert [await lives(sha) for sha in (here, there, theirs)] == [False, not everywhere, True]


async def test_an_ended_session_ends_no_other(pool: Pool) -> None:
    clerk = await person(pool, await make_office(pool), password="")
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    await commands.begin_session(pool, BEGINS, old, clerk.account_id)
    await commands.end_session(pool, BEGINS, old)
    await commands.begin_session(pool, BEGINS, new, clerk.account_id)
    assert (await commands.end_session(pool, BEGINS, old, True))["ended"] == 0
