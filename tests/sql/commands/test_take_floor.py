"""A box takes the floor of an office."""

import pytest

from queue_service.db import Pool
from tests.floors import Box, refused

pytestmark = pytest.mark.anyio


async def test_a_second_box_is_refused_until_the_floor_is_given_back(
    box: Box, pool: Pool, box_pool: Pool
) -> None:
    await box.begin("07:00")
    other = Box(pool, box_pool, box.office)
    no = await refused("floor_taken", other.begin("07:05"))
    assert no.facts["box"] == "hộp 1"
