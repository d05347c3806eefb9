"""add_account: somebody may sign in, once a password is chosen."""

from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.offices import LONG_AGO, make_office
from tests.people import person

pytestmark = pytest.mark.anyio


async def test_a_new_account_is_known_by_its_name_and_has_no_password_yet(pool: Pool) -> None:
    office = await make_office(pool)
    made = await person(pool, office, password="")
    rows = await reads.accounts(pool, office.office_id)
    assert [(row["login"], row["has_password"]) for row in rows] == [(made.login, False)]


async def test_two_people_cannot_have_one_name(pool: Pool) -> None:
    made = await person(pool, None, "auditor", password="")
    with pytest.raises(Refused, match="login_taken"):
        await commands.add_account(pool, LONG_AGO, "x", uuid4(), made.login, "L", "clerk", [1])


@pytest.mark.parametrize("login", ["", "a", "Thu Hà", "lan!", "-lan", "l" * 81, "lan\n"])
async def test_a_name_for_signing_in_is_plain(pool: Pool, login: str) -> None:
    with pytest.raises(Refused, match="bad_login"):
        await commands.add_account(pool, LONG_AGO, "x", uuid4(), login, "L", "clerk", [1])
