"""claim_token: a key for one device belongs to the first browser that signs in with it."""

import asyncio
import secrets
from datetime import timedelta
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool
from tests.offices import make_office
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio


async def test_of_many_browsers_one_has_the_key_and_the_others_are_noticed_once_an_hour(
    pool: Pool,
) -> None:
    office, sha = await make_office(pool), secrets.token_bytes(32)
    mine = [office.office_id]
    await commands.add_token(pool, BEGINS, uuid4(), sha, "kiosk", mine, "door", one_device=True)
    browsers = [secrets.token_bytes(32) for _ in range(6)]
    told = await asyncio.gather(*(commands.claim_token(pool, BEGINS, sha, one) for one in browsers))
    assert sorted(one["mine"] for one in told) == [False] * 5 + [True]
    await commands.claim_token(pool, BEGINS + timedelta(hours=2), sha, None)
    rows = await reads.audit(pool, office.office_id, BEGINS + timedelta(days=1))
    assert [row["act"] for row in rows if row["act"] == "token_elsewhere"] == [
        "token_elsewhere"
    ] * 2
    first = next(one for one, told in zip(browsers, told, strict=True) if told["mine"])
    assert (await commands.claim_token(pool, BEGINS, sha, first))["mine"]


async def test_a_key_for_several_devices_is_nobodys_alone(pool: Pool) -> None:
    sha = secrets.token_bytes(32)
    await commands.add_token(pool, BEGINS, uuid4(), sha, "kiosk", [1], "door")
    for _ in range(2):
        assert (await commands.claim_token(pool, BEGINS, sha, secrets.token_bytes(32)))["mine"]
    known = await reads.token(pool, sha)
    assert known is not None
    assert known["device"] is None


async def test_an_unknown_key_is_nobodys(pool: Pool) -> None:
    assert not (await commands.claim_token(pool, BEGINS, secrets.token_bytes(32), None))["mine"]
