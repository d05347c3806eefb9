"""begin_pairing: a device asks to be let in, by a code on its screen."""

import secrets
from datetime import timedelta
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio

UNTIL = BEGINS + timedelta(minutes=10)


async def test_a_device_keeps_its_code_and_no_two_show_the_same(pool: Pool) -> None:
    one, two, device = (secrets.token_bytes(32) for _ in range(3))
    code, other = (f"{secrets.randbelow(1_000_000):06}" for _ in range(2))
    first = await commands.begin_pairing(pool, BEGINS, one, device, code, UNTIL)
    again = await commands.begin_pairing(pool, BEGINS, one, device, other, UNTIL)
    assert first["code"] == again["code"] == code
    with pytest.raises(Refused, match="code_taken"):
        await commands.begin_pairing(pool, BEGINS, two, device, code, UNTIL)
    await commands.begin_pairing(pool, UNTIL, two, device, code, UNTIL + timedelta(minutes=10))


async def test_a_secret_that_has_been_a_key_is_none_again(pool: Pool) -> None:
    sha, device, token_id = secrets.token_bytes(32), secrets.token_bytes(32), uuid4()
    await commands.add_token(pool, BEGINS, token_id, sha, "kiosk", [1], "door")
    await commands.revoke_token(pool, BEGINS, token_id)
    with pytest.raises(Refused, match="key_used"):
        await commands.begin_pairing(pool, BEGINS, sha, device, "123456", UNTIL)


async def test_a_box_that_asks_is_told_where_it_stands(pool: Pool) -> None:
    sha, token_id = secrets.token_bytes(32), uuid4()
    assert await reads.pairing(pool, sha, BEGINS) is None
    code = f"{secrets.randbelow(1_000_000):06}"
    await commands.begin_pairing(pool, BEGINS, sha, None, code, UNTIL, 7)
    found = await reads.pairing(pool, sha, BEGINS)
    assert found is not None
    assert (found["state"], found["code"]) == ("waiting", code)
    assert await reads.pairing(pool, sha, UNTIL) is None  # too late: it asks for another code
    await commands.pair_device(pool, BEGINS, "manager:Hà", token_id, code, "box", [7], "Hộp")
    assert await reads.pairing(pool, sha, UNTIL) == {"state": "let_in"}
    await commands.revoke_token(pool, BEGINS, token_id)
    assert await reads.pairing(pool, sha, UNTIL) == {"state": "withdrawn"}
