"""What a box tells the hub, again and again until it is heard."""

import pytest

from queue_service import commands
from tests.floors import Box

pytestmark = pytest.mark.anyio


async def test_a_box_tells_what_happened_since_it_was_last_heard(box: Box) -> None:
    await box.begin("07:00")
    assert (await box.word("07:01"))["entries"] == []
    walk = await box.floor.walk_in("08:00")
    word = await box.word("08:01")
    assert (word["box_id"], word["epoch"]) == (str(box.box_id), 1)
    told = [entry for entry in word["entries"] if entry["kind"] == "visit"]
    assert [entry["body"]["visit"]["visit_id"] for entry in told] == [walk["visit"]["visit_id"]]
    later = await box.word("08:02")
    assert later["entries"] == word["entries"]
    await box.heal("08:03")
    assert (await box.word("08:04"))["entries"] == []


async def test_a_box_that_has_not_heard_everything_tells_nothing(box: Box) -> None:
    taken = await commands.take_floor(
        box.hub_pool, box.office.office_id, box.at("07:00"), "box", box.box_id, "hộp"
    )
    at = (box.pool, box.office.office_id, box.at("07:00"))
    await commands.begin_box(*at, box.box_id, "hộp", taken["epoch"], taken["file"])
    word = await box.word("07:00")
    assert (word["ack"], word["entries"]) == (0, [])
