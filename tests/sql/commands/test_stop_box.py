"""A box gives no more floor commands, because it hands the floor back."""

import pytest

from queue_service import commands
from tests.floors import Box, refused

pytestmark = pytest.mark.anyio


async def test_what_a_box_has_done_is_still_told_after_it_has_stopped(box: Box) -> None:
    await box.begin("07:00")
    walk = await box.floor.walk_in("08:00")
    stopped = await commands.stop_box(box.pool, box.office.office_id, box.at("08:01"))
    assert stopped["stopped"] == "handed_back"
    no = await refused("floor_stopped", box.floor.do("leave", "08:02", walk))
    assert no.facts["why"] == "handed_back"
    await box.heal("08:03")
    assert await box.hub.state(walk) == "inside"


async def test_a_box_that_has_lost_the_floor_does_not_say_it_gave_it_back(box: Box) -> None:
    await box.begin("07:00")
    await box.take_back("08:00")
    await box.talk("08:01")
    stopped = await commands.stop_box(box.pool, box.office.office_id, box.at("08:02"))
    assert stopped["stopped"] == "lost"
