"""A box begins with what the hub knows."""

import pytest

from queue_service import commands, db
from queue_service.db import Pool
from tests.floors import Box, empty_database, refused

pytestmark = pytest.mark.anyio


async def test_a_box_lets_nobody_in_before_it_has_heard_everything(box: Box) -> None:
    at = box.at("07:00")
    taken = await commands.take_floor(
        box.hub_pool, box.office.office_id, at, "box", box.box_id, "hộp"
    )
    await commands.begin_box(
        box.pool, box.office.office_id, at, box.box_id, "hộp", taken["epoch"], taken["file"]
    )
    await refused("floor_not_ready", box.floor.walk_in("08:00"))


async def test_a_new_box_starts_from_what_the_hub_knows(
    box: Box, pool: Pool, database: db.Database
) -> None:
    booked = await box.hub.book("10:00")
    await box.begin("07:00")
    inside = await box.floor.walk_in("08:00")
    await box.heal("08:01")
    await box.take_back("09:00")
    await box.hub.do("recount", "09:00", "hall", 1)
    async with empty_database(database) as mine, db.connect(mine.app_url, 2) as fresh:
        new = Box(pool, fresh, box.office)
        await new.begin("09:10", "hộp 2")
        assert await new.floor.state(inside) == "inside"
        assert await new.floor.present("09:10") == 1
        assert (await new.floor.walk_in("09:11"))["number"] == "A100"
        assert (await new.floor.arrive("09:55", booked))["decision"] == "enter"
        await new.heal("09:56")
        await new.agree("09:57")
