"""Who offices belong to: a province, a bank."""

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.authority import make_authority
from tests.offices import LONG_AGO, make_office

pytestmark = pytest.mark.anyio


async def test_an_authority_is_registered_and_renamed(pool: Pool) -> None:
    authority = await make_authority(pool, await make_office(pool))
    await commands.keep_authority(pool, LONG_AGO, "admin:x", authority, "Đà Nẵng", "Da Nang")
    [found] = [one for one in await reads.authorities(pool) if one["authority_id"] == authority]
    assert (found["name_vi"], found["name_en"], found["offices"]) == ("Đà Nẵng", "Da Nang", 1)


@pytest.mark.parametrize("name", ["Đà Nẵng", "", "-x", "a" * 61, "a/b"])
async def test_an_address_that_is_none_is_refused(pool: Pool, name: str) -> None:
    with pytest.raises(Refused, match="bad_authority"):
        await commands.keep_authority(pool, LONG_AGO, "admin:x", name, "Đà Nẵng", "Da Nang")
