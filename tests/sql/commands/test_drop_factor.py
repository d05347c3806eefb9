"""drop_factor: its owner turns it off, by a code that is used once like any other."""

from typing import Any

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.offices import make_office
from tests.people import person
from tests.serving import BEGINS

pytestmark = pytest.mark.anyio

SPARE, OTHER = b"s" * 32, b"o" * 32


@pytest.mark.parametrize("proof", [{"step": 11}, {"recovery": SPARE}])
async def test_a_code_that_was_not_used_yet_turns_it_off_and_leaves_nothing(
    pool: Pool, proof: dict[str, Any]
) -> None:
    clerk = await person(pool, await make_office(pool), password="")
    mine = clerk.account_id
    await commands.set_factor(pool, BEGINS, "x", mine, b"secret", 10, [SPARE])
    refused: list[dict[str, Any]] = [{}, {"step": 10}, {"step": 9}, {"recovery": OTHER}]
    for wrong in refused:
        with pytest.raises(Refused, match="bad_code"):
            await commands.drop_factor(pool, BEGINS, "x", mine, **wrong)
    await commands.drop_factor(pool, BEGINS, "x", mine, **proof)
    found = await reads.account(pool, BEGINS, login=clerk.login)
    assert found is not None
    assert (found["totp"], found["totp_step"], found["recovery_left"]) == (None, 0, 0)
    with pytest.raises(Refused, match="factor_off"):
        await commands.drop_factor(pool, BEGINS, "x", mine, step=12)
