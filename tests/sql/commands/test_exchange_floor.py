"""The hub takes the box's word in once and in order, and answers."""

from typing import Any

import pytest

from queue_service import reads
from tests.floors import Box, refused

pytestmark = pytest.mark.anyio


async def only_visit(box: Box) -> dict[str, Any]:
    [visit] = await reads.find_visits(
        box.hub_pool, box.office.office_id, box.at("08:00"), number="A001"
    )
    return visit


async def test_an_entry_that_is_told_twice_is_taken_in_once(box: Box) -> None:
    await box.begin("07:00")
    await box.floor.walk_in("08:00")
    word = await box.word("08:01")
    assert [entry["kind"] for entry in word["entries"]].count("visit") == 1
    await box.tell("08:01", word)
    before = await box.hub.visit(await only_visit(box))
    await box.tell("08:02", word)
    await box.tell("08:03", word)
    assert await box.hub.visit(await only_visit(box)) == before
    assert await box.word("08:04") | {"at": ""} == word | {"at": ""}  # until it is heard
    await box.heal("08:05")
    assert (await box.word("08:06"))["entries"] == []
    await box.agree("08:07")


async def test_a_late_word_of_the_old_epoch_is_kept_apart_and_stops_the_box(box: Box) -> None:
    await box.begin("07:00")
    lost = await box.floor.walk_in("08:00")
    await box.take_back("09:00")
    await box.hub.do("recount", "09:00", "hall", 0)
    answer = await box.tell("09:01", await box.word("09:01"))
    assert answer["lost"]
    assert await box.hub.present("09:01") == 0
    [late] = await reads.floor_late(box.hub_pool, box.office.office_id)
    assert (late["number"], late["state"]) == (lost["number"], "inside")

    said = await box.hear("09:01", answer)
    assert (said["stopped"], said["told"]) == ("lost", True)
    no = await refused("floor_stopped", box.floor.walk_in("09:02"))
    assert no.facts["why"] == "lost"
    assert await box.hub.differences("09:05") == []
