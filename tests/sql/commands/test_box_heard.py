"""The hub's answer, taken in at the box."""

import pytest

from tests.floors import Box, refused

pytestmark = pytest.mark.anyio


async def test_bookings_of_the_hub_are_known_once_they_are_heard(box: Box) -> None:
    await box.begin("07:00")
    booked = await box.hub.book("09:00")
    assert (await box.floor.arrive("08:55", booked))["decision"] == "invalid"
    answer = await box.tell("08:55", await box.word("08:55"))
    await box.hear("08:55", answer)
    await box.hear("08:55", answer)  # told twice, taken in once
    assert (await box.floor.arrive("08:56", booked))["decision"] == "enter"
    await box.heal("08:57")
    await box.agree("08:58")


async def test_the_answer_says_whether_anything_waits_to_be_told(box: Box) -> None:
    await box.begin("07:00")
    await box.floor.walk_in("08:00")
    word = await box.word("08:01")
    answer = await box.tell("08:01", word)
    assert (await box.hear("08:01", answer | {"ack": 0}))["told"] is False
    assert (await box.talk("08:02"))["told"] is True


async def test_of_a_higher_epoch_a_box_learns_that_it_has_lost_the_floor(box: Box) -> None:
    await box.begin("07:00")
    await box.take_back("08:00")
    said = await box.hear("08:01", await box.tell("08:01", await box.word("08:01")))
    assert said["stopped"] == "lost"
    await refused("floor_stopped", box.floor.walk_in("08:02"))


async def test_an_answer_meant_for_another_epoch_changes_nothing(box: Box) -> None:
    await box.begin("07:00")
    await box.hub.book("09:00")
    answer = await box.tell("07:01", await box.word("07:01"))
    before = await box.where("07:02")
    await box.hear("07:02", answer | {"epoch": 2})
    assert await box.where("07:02") == before


async def test_how_far_the_clocks_are_apart_is_known(box: Box) -> None:
    await box.begin("07:00")
    answer = await box.tell("07:10", await box.word("07:10"))
    assert (await box.hear("07:15", answer))["clock_off"] == 300
