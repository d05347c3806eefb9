"""Somebody waits for an earlier time."""

from typing import Any

import pytest

from queue_service.db import Pool, Refused
from tests.fairness import AN, BINH, wait
from tests.sql.scenes import full

pytestmark = pytest.mark.anyio


async def test_nobody_waits_twice_or_without_end(pool: Pool) -> None:
    lobby, taken = await full(pool)
    await wait(lobby, "07:01", AN)
    with pytest.raises(Refused, match="already_waiting"):
        await wait(lobby, "07:01", AN)
    await wait(lobby, "07:01", AN, services=[{"service": "record", "quantity": 1}])
    with pytest.raises(Refused, match="too_many_waiting"):
        await wait(lobby, "07:01", AN, services=[{"service": "permit", "quantity": 1}])
    wrongs: tuple[tuple[dict[str, Any], str], ...] = (
        ({"services": [{"service": "wedding", "quantity": 1}]}, "unknown_service"),
        ({"party_size": 9}, "party_too_large"),
        ({"phone": ""}, "phone_needed"),
        ({"until_at": lobby.at("06:00").isoformat()}, "in_the_past"),
        ({"visit_id": "00000000-0000-4000-8000-000000000000"}, "no_such_visit"),
    )
    for wrong, code in wrongs:
        with pytest.raises(Refused, match=code):
            await wait(lobby, "07:01", **({"phone": BINH} | wrong))
    await lobby.do("cancel", "07:01", taken[0], "")
    with pytest.raises(Refused, match="not_booked"):
        await wait(lobby, "07:02", BINH, visit_id=taken[0]["visit_id"])
