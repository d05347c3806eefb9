"""What a box met instead of the hub's answer."""

import pytest

from queue_service import commands
from tests.floors import Box

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("trouble", ["away", "unauthorized", "refused", "clock"])
async def test_staff_are_told_until_the_hub_is_heard_again(box: Box, trouble: str) -> None:
    await box.begin("07:00")
    await commands.box_unheard(box.pool, box.office.office_id, box.at("07:05"), trouble)
    assert (await box.where("07:05"))["trouble"] == trouble
    assert (await box.floor.walk_in("08:00"))["decision"] == "enter"  # and the floor goes on
    await box.talk("08:01")
    assert (await box.where("08:01"))["trouble"] == ""
