"""begin_session: somebody has signed in."""

import secrets

import pytest

from queue_service import commands
from queue_service.db import Pool, Refused
from tests.offices import make_office
from tests.people import person
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio


async def test_who_was_withdrawn_while_signing_in_does_not_get_in(pool: Pool) -> None:
    clerk = await person(pool, await make_office(pool), password="")
    await commands.set_account(pool, BEGINS, "x", clerk.account_id, disabled=True)
    with pytest.raises(Refused, match="no_such_account"):
        await commands.begin_session(pool, BEGINS, secrets.token_bytes(32), clerk.account_id)
