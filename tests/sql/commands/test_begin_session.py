"""begin_session: somebody has signed in."""

import secrets
from typing import Any

import pytest

from queue_service import commands
from queue_service.db import Pool, Refused
from tests.offices import make_office
from tests.people import person
from tests.serving import BEGINS
from tests.sql.test_races import together

pytestmark = pytest.mark.anyio


async def test_who_was_withdrawn_while_signing_in_does_not_get_in(pool: Pool) -> None:
    clerk = await person(pool, await make_office(pool), password="")
    await commands.set_account(pool, BEGINS, "x", clerk.account_id, disabled=True)
    with pytest.raises(Refused, match="no_such_account"):
        await commands.begin_session(pool, BEGINS, secrets.token_bytes(32), clerk.account_id)


async def test_who_has_a_second_factor_does_not_get_in_without_it(pool: Pool) -> None:
    clerk = await person(pool, await make_office(pool))
    mine, spare = clerk.account_id, b"s" * 32
    await commands.set_factor(pool, BEGINS, "x", mine, b"secret", 10, [spare])
    wrong: list[dict[str, Any]] = [{}, {"step": 10}, {"step": 9}]
    wrong += [{"recovery": b"o" * 32}, {"recovery": b""}]
    for proof in wrong:
        with pytest.raises(Refused, match="bad_code"):
            await commands.begin_session(pool, BEGINS, secrets.token_bytes(32), mine, **proof)
    await commands.begin_session(pool, BEGINS, secrets.token_bytes(32), mine, step=12)
    answer = await commands.begin_session(
        pool, BEGINS, secrets.token_bytes(32), mine, recovery=spare
    )
    assert answer["recovery_left"] == 0


@pytest.mark.parametrize("proof", [{"step": 11}, {"recovery": b"s" * 32}])
async def test_of_ten_who_use_one_code_in_the_same_moment_one_gets_in(
    pool: Pool, proof: dict[str, Any]
) -> None:
    clerk = await person(pool, await make_office(pool), password="")
    mine = clerk.account_id
    await commands.set_factor(pool, BEGINS, "x", mine, b"secret", 10, [b"s" * 32])

    async def enter(_: int) -> object:
        sha = secrets.token_bytes(32)
        return await commands.begin_session(pool, BEGINS, sha, mine, **proof)

    told = await together(10, enter)
    assert [one for one in told if one != "bad_code"] == [
        {"account_id": str(mine), "recovery_left": 0 if "recovery" in proof else 1}
    ]
