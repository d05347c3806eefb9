"""A manager takes the floor back from a box that is switched off."""

import pytest

from queue_service import commands, reads
from queue_service.db import Refused
from tests.floors import Box, refused
from tests.lobby import id_of

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

    # the numbers skipped are void, and each queue goes on by itself
    [skipped] = await reads.find_visits(
        box.hub_pool, box.office.office_id, box.at("09:03"), number="A050"
    )
    assert skipped["state"] == "void"
    assert (await box.hub.walk_in("09:03", "permit"))["number"] == "B100"

    # the old slip is accepted when its number is typed
    with pytest.raises(Refused, match="no_such_number"):
        await box.hub.do("call_number", "09:04", "2", "A555")
    await box.hub.do("open_counter", "09:04", "2")
    old = await box.hub.do("call_number", "09:04", "2", "A002")
    assert old["number"] == "A002"
    assert await box.hub.differences("09:05") == []


async def test_who_may_have_come_to_the_lost_box_is_not_marked_missed(box: Box) -> None:
    came, not_yet, later = [
        await box.hub.book(at, phone=f"+8490512345{n}")
        for n, at in enumerate(("08:00", "08:20", "10:00"))
    ]
    await box.begin("07:00")
    assert (await box.floor.arrive("07:55", came))["decision"] == "enter"  # the hub never hears it
    await box.take_back("08:05")
    await box.hub.do("recount", "08:05", "hall", 1)
    seen = await box.hub.visit(came)
    assert (seen["state"], seen["attention"]) == ("booked", "unheard")
    await box.hub.settle("10:30")
    states = [(await box.hub.visit(one))["state"] for one in (came, not_yet, later)]
    assert states == ["left", "left", "missed"]
    jobs = await commands.claim_jobs(box.hub_pool, box.office.office_id, box.at("10:31"), 50)
    assert [job["visit_id"] for job in jobs if job["kind"] == "missed"] == [str(id_of(later))]
    # whoever has not been served after all is given a number, as after any lateness
    again = await box.hub.arrive("10:32", came)
    assert (again["decision"], again["number"]) == ("enter", "A100")
    assert (await box.hub.visit(came))["attention"] == ""
    assert await box.hub.differences("10:33") == []


async def test_who_comes_to_the_hub_in_time_after_a_taking_back_enters_as_booked(box: Box) -> None:
    booked, no_show = await box.hub.book("08:00"), await box.hub.book("08:00")
    await box.begin("07:00")
    await box.take_back("07:50")
    await box.hub.do("recount", "07:50", "hall", 1)
    assert (await box.hub.arrive("07:55", booked))["decision"] == "enter"
    seen = await box.hub.visit(booked)
    assert (seen["state"], seen["attention"]) == ("inside", "")
    # and a place nobody came for holds nothing for the rest of the day
    await box.hub.settle("08:11")
    assert await box.hub.state(no_show) == "left"
    assert await box.hub.differences("08:12") == []


async def test_who_came_at_the_time_before_a_move_is_not_marked_missed_at_the_new_one(
    box: Box,
) -> None:
    booked = await box.hub.book("08:00")
    await box.begin("07:00")
    await box.hub.do("reschedule", "07:10", booked, box.at("10:00"))
    await box.floor.arrive("07:55", booked)
    await box.take_back("08:30")
    await box.hub.do("recount", "08:30", "hall", 1)
    await box.hub.settle("10:30")
    assert await box.hub.state(booked) == "left"


@pytest.mark.parametrize("when", ["09:30", "11:30"])
async def test_what_a_lost_box_tells_late_of_an_arrival_keeps_it_from_being_missed(
    box: Box, when: str
) -> None:
    """A box that was cut off, not switched off, went on after its floor was taken back."""
    booked = await box.hub.book("09:30")
    await box.begin("07:00")
    await box.take_back("08:00")
    await box.hub.do("recount", "08:00", "hall", 1)
    assert (await box.floor.arrive("09:25", booked))["decision"] == "enter"
    await box.hub.settle(when)
    assert await box.hub.state(booked) == ("booked" if when == "09:30" else "missed")
    present = await box.hub.present(when)
    await box.talk(when)
    await box.hub.settle("12:00")
    seen = await box.hub.visit(booked)
    assert seen["state"] == "left"
    assert await box.hub.present("12:00") == present
    assert await box.hub.differences("12:01") == []


async def test_a_code_typed_at_a_lost_box_keeps_its_booking_from_being_missed(box: Box) -> None:
    await box.begin("07:00")
    booked = await box.hub.book("09:00")
    await box.take_back("08:00")
    await box.hub.do("recount", "08:00", "hall", 1)
    came = await box.floor.walk_in("08:55", says_booked=booked["code"])
    await box.talk("08:56")
    await box.hub.settle("09:30")
    seen = await box.hub.visit(booked)
    assert (seen["state"], came["decision"]) == ("left", "enter")
