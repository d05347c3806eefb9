"""reset_factor: a manager lets in who lost phone and recovery codes."""

import secrets
from datetime import timedelta

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.offices import make_office
from tests.people import person
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio


async def test_it_is_gone_all_sessions_end_and_the_trail_says_who_did_it(pool: Pool) -> None:
    office = await make_office(pool)
    clerk = await person(pool, office, password="")
    with pytest.raises(Refused, match="factor_off"):
        await commands.reset_factor(pool, BEGINS, "manager:ha", clerk.account_id)
    await commands.set_factor(pool, BEGINS, "x", clerk.account_id, b"secret", 10, [b"s" * 32])
    sha = secrets.token_bytes(32)
    await commands.begin_session(pool, BEGINS, sha, clerk.account_id, step=11)
    await commands.reset_factor(pool, BEGINS, "manager:ha", clerk.account_id)
    hour = timedelta(hours=1)
    assert await commands.use_session(pool, BEGINS, sha, True, hour, hour) is None
    found = await reads.account(pool, BEGINS, login=clerk.login)
    assert found is not None
    assert (found["totp"], found["recovery_left"]) == (None, 0)
    rows = await reads.audit(pool, office.office_id, BEGINS + timedelta(days=1))
    assert ("reset_factor", "manager:ha") in {(row["act"], row["actor"]) for row in rows}
    await commands.begin_session(pool, BEGINS, secrets.token_bytes(32), clerk.account_id)
