"""A box gives the floor back by its own word."""

import pytest

from queue_service import commands
from queue_service.db import Refused
from tests.floors import Box, hand_back, refused

pytestmark = pytest.mark.anyio


async def test_a_box_that_hands_the_floor_back_leaves_nothing_behind(box: Box) -> None:
    await box.begin("07:00")
    walk = await box.floor.walk_in("08:00")
    stopped = await commands.stop_box(box.pool, box.office.office_id, box.at("08:01"))
    await refused("floor_stopped", box.floor.walk_in("08:01"))
    with pytest.raises(Refused, match="floor_untold"):
        await hand_back(box, stopped["seq"] + 1)
    await box.heal("08:01")
    where = await box.where("08:02")
    await hand_back(box, where["seq"])
    await hand_back(box, where["seq"])
    assert await box.hub.state(walk) == "inside"
    assert (await box.hub.walk_in("08:03"))["number"] == "A002"
    # and takes it again as if it were new
    await box.begin("08:05")
    assert (await box.floor.walk_in("08:06"))["number"] == "A003"
    await box.heal("08:07")
    await box.agree("08:08")
