"""set_account: what somebody may do changes, or they are withdrawn."""

import asyncio
import secrets
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool, Refused
from tests.offices import LONG_AGO, make_office
from tests.people import person
from tests.sql.test_races import together

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


async def test_withdrawing_ends_every_session_for_good(pool: Pool) -> None:
    clerk, sha = await person(pool, await make_office(pool), password=""), secrets.token_bytes(32)
    await commands.begin_session(pool, LONG_AGO, sha, clerk.account_id)
    await commands.set_account(pool, LONG_AGO, "test", clerk.account_id, disabled=True)
    assert await commands.use_session(pool, LONG_AGO, sha, True, HOUR, HOUR) is None
    await commands.set_account(pool, LONG_AGO, "test", clerk.account_id, disabled=False)
    assert await commands.use_session(pool, LONG_AGO, sha, True, HOUR, HOUR) is None


async def test_nobody_can_change_who_is_not_there(pool: Pool) -> None:
    with pytest.raises(Refused, match="no_such_account"):
        await commands.set_account(pool, LONG_AGO, "test", uuid4(), disabled=True)


async def test_the_last_administrator_cannot_be_withdrawn_even_by_two_at_once(
    pool: Pool, owner: Connection
) -> None:
    await owner.execute("update ops.account set disabled_at = now() where role = 'admin'")
    for _ in range(5):
        both = [await person(pool, None, "admin", password="") for _ in range(2)]
        told = await asyncio.gather(
            *(
                commands.set_account(pool, LONG_AGO, "test", who.account_id, disabled=True)
                for who in both
            ),
            return_exceptions=True,
        )
        codes = [answer.code for answer in told if isinstance(answer, Refused)]
        assert codes == ["last_admin"]
        await owner.execute("update ops.account set disabled_at = now() where role = 'admin'")


async def test_of_two_accounts_linked_to_one_person_at_once_one_is(pool: Pool) -> None:
    office = await make_office(pool)
    both = [await person(pool, office, password="") for _ in range(2)]
    subject = f"https://id.example {both[0].login}"

    async def link(n: int) -> str:
        mine = both[n % 2].account_id
        await commands.set_account(pool, LONG_AGO, "x", mine, subject=subject)
        return both[n % 2].login

    told = await together(10, link)
    assert told.count("subject_taken") == 5
    found = await reads.account(pool, LONG_AGO, subject=subject)
    assert found is not None
    assert {one for one in told if one != "subject_taken"} == {found["login"]}
    await commands.set_account(pool, LONG_AGO, "x", UUID(found["account_id"]), subject="")
    assert await reads.account(pool, LONG_AGO, subject=subject) is None
