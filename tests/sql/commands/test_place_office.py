"""An office comes under an authority and leaves it; what it effectively has stays as it is."""

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.authority import make_authority
from tests.offices import LONG_AGO, make_office

pytestmark = pytest.mark.anyio


async def test_coming_under_an_authority_changes_nothing_by_itself(pool: Pool) -> None:
    office = await make_office(pool)
    before = await reads.office_file(pool, office.office_id)
    authority = await make_authority(pool, office)
    assert await reads.office_file(pool, office.office_id) == before
    assert await reads.standing_file(pool, office.office_id) == before
    found = await reads.authority(pool, authority)
    assert found is not None
    assert [row["slug"] for row in found["offices"]] == [office.slug]


async def test_an_office_belongs_to_one_authority(pool: Pool) -> None:
    office = await make_office(pool)
    first, second = await make_authority(pool, office), await make_authority(pool, office)
    counts = {row["authority_id"]: row["offices"] for row in await reads.authorities(pool)}
    assert (counts[first], counts[second]) == (0, 1)


async def test_nobody_comes_under_an_authority_that_is_not_there(pool: Pool) -> None:
    office = await make_office(pool)
    with pytest.raises(Refused, match="no_such_authority"):
        await commands.place_office(pool, office.office_id, LONG_AGO, "admin:x", "nowhere")
    with pytest.raises(Refused, match="no_such_office"):
        await commands.place_office(pool, 9999, LONG_AGO, "admin:x", None)
