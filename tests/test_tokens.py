"""Tokens let in whom they name, where they say, and are kept nowhere."""

from datetime import UTC, datetime
from typing import Any

import pytest

from queue_service import commands, reads, tokens
from queue_service.db import Pool
from tests.offices import make_office

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 31, 1, tzinfo=UTC)


async def test_a_token_names_its_holder(pool: Pool) -> None:
    office = await make_office(pool)
    token = await tokens.make(pool, NOW, "clerk", [office.office_id], "Lan")
    assert await tokens.look_up(pool, token) == tokens.Holder("clerk", "Lan", (office.office_id,))


async def test_an_unknown_token_is_nobodys(pool: Pool) -> None:
    assert await tokens.look_up(pool, "") is None
    assert await tokens.look_up(pool, "x" * 43) is None
    assert await tokens.look_up(pool, "\udc80" * 30) is None
    assert await tokens.look_up(pool, "x" * 10_000) is None


async def test_no_table_holds_the_token_itself(pool: Pool, owner: Any) -> None:
    token = await tokens.make(pool, NOW, "admin", None, "admin")
    rows = await owner.fetch("select t::text as row from ops.token as t")
    assert not any(token in row["row"] for row in rows)


async def test_a_withdrawn_token_is_worth_nothing_from_that_moment_on(pool: Pool) -> None:
    token = await tokens.make(pool, NOW, "kiosk", [1], "door")
    assert await tokens.look_up(pool, token) is not None
    row = await reads.token(pool, tokens.sha_of(token))
    assert row is not None
    await commands.revoke_token(pool, NOW, row["token_id"])
    assert await tokens.look_up(pool, token) is None


async def test_a_token_opens_its_own_offices_alone() -> None:
    assert tokens.Holder("clerk", "", (1, 2)).may_enter(2)
    assert not tokens.Holder("clerk", "", (1, 2)).may_enter(3)
    assert tokens.Holder("admin", "", None).may_enter(3)
