"""A manager takes the floor back from a box that is switched off."""

import pytest

from queue_service.db import Refused
from tests.floors import Box, refused

pytestmark = pytest.mark.anyio


async def test_taking_the_floor_back_goes_on_at_the_next_hundred_after_a_recount(box: Box) -> None:
    await box.begin("07:00")
    await box.floor.walk_in("08:00")
    await box.heal("08:01")
    lost = await box.floor.walk_in("08:02")  # never heard at the hub
    assert lost["number"] == "A002"
    await refused("reason_missing", box.take_back("09:00", " "))
    await box.take_back("09:00")

    assert (await box.hub.walk_in("09:01"))["decision"] == "wait_outside"
    await box.hub.do("open_counter", "09:01", "1")
    with pytest.raises(Refused, match="recount_first"):
        await box.hub.do("call_number", "09:01", "1", "A001")
    await box.hub.do("recount", "09:02", "hall", 1)
    walk = await box.hub.walk_in("09:03")
    assert (walk["decision"], walk["number"]) == ("enter", "A101")
    assert await box.hub.present("09:03") == 3

    # the old slip is accepted when its number is typed
    with pytest.raises(Refused, match="no_such_number"):
        await box.hub.do("call_number", "09:04", "2", "A555")
    await box.hub.do("open_counter", "09:04", "2")
    old = await box.hub.do("call_number", "09:04", "2", "A002")
    assert old["number"] == "A002"
    assert await box.hub.differences("09:05") == []
