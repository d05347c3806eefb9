"""A token is withdrawn."""

from datetime import timedelta
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool, Refused
from tests.offices import LONG_AGO

pytestmark = pytest.mark.anyio


async def test_a_withdrawn_token_opens_nothing_and_the_first_time_is_kept(
    pool: Pool, owner: Connection
) -> None:
    token_id, sha = uuid4(), uuid4().bytes * 2
    await commands.add_token(pool, LONG_AGO, token_id, sha, "clerk", [7], "Quầy 1")
    for day in (1, 2):
        await commands.revoke_token(pool, LONG_AGO + timedelta(days=day), token_id)
    assert await reads.token(pool, sha) is None
    revoked = await owner.fetchval("select revoked_at from ops.token where token_id = $1", token_id)
    assert revoked == LONG_AGO + timedelta(days=1)


async def test_a_token_that_never_was_cannot_be_withdrawn(pool: Pool) -> None:
    with pytest.raises(Refused, match="no_such_token"):
        await commands.revoke_token(pool, LONG_AGO, uuid4())
