"""pair_device: somebody who may has read the code off the screen."""

import asyncio
import secrets
from datetime import timedelta
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio

UNTIL = BEGINS + timedelta(minutes=10)


async def test_a_code_lets_one_device_in_once_and_only_while_it_is_good(pool: Pool) -> None:
    sha, device = secrets.token_bytes(32), secrets.token_bytes(32)
    code = f"{secrets.randbelow(1_000_000):06}"
    await commands.begin_pairing(pool, BEGINS, sha, device, code, UNTIL)
    with pytest.raises(Refused, match="no_such_code"):
        await commands.pair_device(pool, UNTIL, "x", uuid4(), code, "kiosk", [1], "door")
    told = await asyncio.gather(
        *(
            commands.pair_device(pool, BEGINS, "x", uuid4(), code, "kiosk", [7], "door")
            for _ in range(4)
        ),
        return_exceptions=True,
    )
    assert sorted(isinstance(one, Refused) for one in told) == [False, True, True, True]
    known = await reads.token(pool, sha)
    assert known is not None
    assert (known["role"], known["offices"], known["device"]) == ("kiosk", [7], device.hex())


async def test_a_box_gets_what_it_asked_for_and_nothing_else(pool: Pool) -> None:
    sha = secrets.token_bytes(32)
    code = f"{secrets.randbelow(1_000_000):06}"
    await commands.begin_pairing(pool, BEGINS, sha, None, code, UNTIL, 7)

    async def pair(role: str, *offices: int) -> None:
        await commands.pair_device(pool, BEGINS, "x", uuid4(), code, role, offices, "Hộp")

    for wrong in ((8,), (7, 8), ()):  # a manager of another office does not even learn of it
        with pytest.raises(Refused, match="no_such_code"):
            await pair("box", *wrong)
    with pytest.raises(Refused, match="code_of_box"):
        await pair("kiosk", 7)
    await pair("box", 7)
    known = await reads.token(pool, sha)
    assert known is not None
    assert (known["role"], known["offices"], known["device"]) == ("box", [7], None)


async def test_a_browser_is_never_let_in_as_a_box(pool: Pool) -> None:
    sha, device = secrets.token_bytes(32), secrets.token_bytes(32)
    code = f"{secrets.randbelow(1_000_000):06}"
    await commands.begin_pairing(pool, BEGINS, sha, device, code, UNTIL)
    with pytest.raises(Refused, match="code_of_device"):
        await commands.pair_device(pool, BEGINS, "x", uuid4(), code, "box", [7], "door")
    assert await reads.token(pool, sha) is None
