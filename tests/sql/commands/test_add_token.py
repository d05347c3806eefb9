"""The holder of a token may act in a role; only its hash is kept."""

from datetime import timedelta
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool
from tests.offices import LONG_AGO

pytestmark = pytest.mark.anyio


async def test_a_token_is_known_by_its_hash_alone(pool: Pool, owner: Connection) -> None:
    token_id, sha = uuid4(), uuid4().bytes * 2
    await commands.add_token(pool, LONG_AGO, token_id, sha, "clerk", [7, 8], "Quầy 1")
    assert await reads.token(pool, sha) == {
        "token_id": str(token_id),
        "role": "clerk",
        "offices": [7, 8],
        "label": "Quầy 1",
        "device": None,
    }
    assert await reads.token(pool, uuid4().bytes * 2) is None


async def test_a_token_for_no_office_in_particular_is_for_all(pool: Pool) -> None:
    sha = uuid4().bytes * 2
    later = LONG_AGO + timedelta(days=1)
    await commands.add_token(pool, later, uuid4(), sha, "admin", None, "Thu Hà")
    known = await reads.token(pool, sha)
    assert known
    assert known["offices"] is None
