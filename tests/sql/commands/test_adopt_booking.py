"""A booking the box has not heard of is believed for its signature."""

import pytest

from queue_service import reads
from queue_service.db import Pool
from tests.fairness import fair
from tests.floors import Box, adopt, signed
from tests.offices import import_again, make_office
from tests.sql.scenes import hold

pytestmark = pytest.mark.anyio


async def test_a_booking_the_box_has_not_heard_of_enters_by_its_signature(box: Box) -> None:
    await box.begin("07:00")
    booked = await box.hub.book("09:00", phone="+84905123456")
    assert (await box.floor.arrive("08:55", booked))["decision"] == "invalid"
    assert await adopt(box, "08:55", booked, await signed(box, booked))
    assert (await box.floor.arrive("08:55", booked))["decision"] == "enter"
    await box.heal("09:00")
    seen = await box.hub.visit(booked)
    assert (seen["state"], seen["code"]) == ("inside", booked["code"])
    [found] = await reads.find_visits(
        box.hub_pool, box.office.office_id, box.at("09:00"), phone="+84905123456"
    )
    assert found["name"] == "Nguyễn Văn An"
    await box.agree("09:01")


async def test_a_signature_does_not_let_anybody_in_over_the_cap(pool: Pool, box_pool: Pool) -> None:
    box = Box(pool, box_pool, await make_office(pool, area_cap=1))
    await box.begin("07:00")
    booked = await box.hub.book("09:00")
    await box.floor.walk_in("08:50")
    assert await adopt(box, "08:55", booked, await signed(box, booked))
    assert (await box.floor.arrive("08:55", booked))["decision"] == "wait_outside"


async def test_a_signature_says_that_a_booking_was_proven_after_the_box_heard_of_it(
    box: Box,
) -> None:
    fair(prove_phone=True)(box.office.file)
    await import_again(box.hub_pool, box.office, box.at("06:00"))
    await box.begin("07:00")
    held = await hold(box.hub, "08:00", "07:00")
    await box.heal("07:01")
    await box.hub.do("prove_phone", "07:02", held, "123456")  # and the cable is cut
    assert await adopt(box, "07:55", held, await signed(box, held))
    assert (await box.floor.arrive("07:55", held))["decision"] == "enter"
    assert (await box.floor.visit(held))["booked"]
    await box.heal("07:56")
    assert await box.hub.state(held) == "inside"
    await box.agree("07:57")


async def test_a_signed_move_is_believed_and_an_older_ticket_changes_nothing(box: Box) -> None:
    booked = await box.hub.book("08:00")
    await box.begin("07:00")
    old = await signed(box, booked)
    await box.hub.do("reschedule", "07:10", booked, box.at("10:00"))
    assert not await adopt(box, "07:50", booked, old)
    assert await adopt(box, "09:55", booked, await signed(box, booked))
    assert (await box.floor.arrive("09:55", booked))["decision"] == "enter"
    await box.heal("09:56")
    await box.agree("09:57")
