"""Presets: named sets of rules, kept to be used again."""

from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.authority import ACTOR, make_authority, room
from tests.offices import LONG_AGO

pytestmark = pytest.mark.anyio


async def test_a_preset_is_kept_changed_and_retired(pool: Pool) -> None:
    authority, preset = await make_authority(pool), uuid4()

    async def presets() -> list[tuple[str, int]]:
        found = await reads.authority(pool, authority)
        assert found is not None
        return [(one["name_vi"], one["rules"]["caps"][0]["maximum"]) for one in found["presets"]]

    for maximum in (20, 10):
        await commands.keep_preset(
            pool, LONG_AGO, ACTOR, authority, preset, "Chỉ thị 16", "Directive 16", room(maximum)
        )
        assert await presets() == [("Chỉ thị 16", maximum)]
    await commands.keep_preset(pool, LONG_AGO, ACTOR, authority, preset, "x", "x", room(1), True)
    assert await presets() == []


async def test_there_is_no_preset_of_nobody(pool: Pool) -> None:
    with pytest.raises(Refused, match="no_such_authority"):
        await commands.keep_preset(pool, LONG_AGO, ACTOR, "nowhere", uuid4(), "x", "x", room(1))
