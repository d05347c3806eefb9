"""The rules change while a box has the floor: it hears of it, and nobody is turned away."""

from collections.abc import Callable

import pytest

from queue_service import commands
from queue_service.db import Connection
from tests.changes import area_cap, confirm, draft, messages
from tests.floors import Box, adopt, refused, signed, uuid_of
from tests.lobby import moment
from tests.offices import File

pytestmark = pytest.mark.anyio


def closed_from(closes: str) -> Callable[[File], None]:
    """Closed from then until after lunch."""

    def change(file: File) -> None:
        hours = (("07:30", closes), ("13:30", "17:00"))
        file["special_openings"] = [
            {"day": "2026-03-31", "opens": opens, "closes": shuts} for opens, shuts in hours
        ]

    return change


async def test_a_change_reaches_the_box_and_leaves_alone_who_is_the_boxs(box: Box) -> None:
    soon = await box.hub.book("08:15")
    later = await box.hub.book("09:00", phone="+84905123456")
    await box.begin("08:00")
    drafted = await draft(box.hub, "08:05", closed_from("08:10"))
    # who may be on the way to the door already is the box's to decide on
    assert [move["visit_id"] for move in drafted["moves"]] == [later["visit_id"]]
    assert (await confirm(box.hub, "08:05", drafted))["decision"] == "applied"
    await box.heal("08:06")
    there = await box.floor.visit(later)
    assert moment(there["starts_at"]) == moment(drafted["moves"][0]["starts_at"])
    assert (await box.floor.arrive("08:07", soon))["decision"] == "enter"
    assert (await box.floor.arrive("08:07", later))["decision"] == "too_early"
    await box.heal("08:08")
    await box.agree("08:09")


async def test_who_comes_at_the_old_time_to_a_box_that_was_cut_off_is_let_in(
    box: Box, owner: Connection
) -> None:
    visit = await box.hub.book("09:00", phone="+84905123456")
    await box.begin("08:00")
    # the cable is cut: nobody talks
    drafted = await draft(box.hub, "08:05", closed_from("08:10"))
    [move] = (await confirm(box.hub, "08:06", drafted))["moves"]
    assert moment(move["starts_at"]) > box.at("13:00")
    assert (await box.floor.arrive("08:55", visit))["decision"] == "enter"
    # it heals: the arrival wins, the later place is free again, the person is told
    await box.heal("08:57")
    seen = await box.hub.visit(visit, "08:58")
    assert seen["state"] == "inside"
    assert len(await messages(owner, box.office, "arrival_won")) == 1
    await box.agree("08:58")


async def test_who_agreed_meanwhile_comes_at_the_new_time_to_a_box_that_never_heard(
    box: Box,
) -> None:
    visit = await box.hub.book("09:00", phone="+84905123456")
    await box.begin("08:00")
    drafted = await draft(box.hub, "08:05", closed_from("08:10"))
    [move] = (await confirm(box.hub, "08:06", drafted))["moves"]
    await commands.answer_change(
        box.hub_pool, box.office.office_id, box.at("08:10"), "text", None, uuid_of(visit)
    )
    starts_at = moment(move["starts_at"]).astimezone(box.office.zone)
    came = f"{starts_at:%H:%M}"
    # the ticket they hold now proves the new time
    assert await adopt(box, came, visit, await signed(box, visit))
    assert (await box.floor.arrive(came, visit))["decision"] == "enter"
    await box.heal(came)
    assert (await box.hub.visit(visit, came))["state"] == "inside"
    await box.agree(came)


async def test_a_lower_cap_holds_at_the_box_as_soon_as_it_has_heard(box: Box) -> None:
    await box.begin("08:00")
    for _ in range(5):
        assert (await box.floor.walk_in("08:01"))["decision"] == "enter"
    drafted = await draft(box.hub, "08:02", area_cap(5))
    assert (await confirm(box.hub, "08:03", drafted))["decision"] == "applied"
    # cut off, the box goes by what it knows
    assert (await box.floor.area("08:04"))["cap"] == 20
    assert (await box.floor.walk_in("08:04"))["decision"] == "enter"
    await box.heal("08:05")
    # six are there now: nobody is put out, and nobody enters until it fits
    area = await box.floor.area("08:06")
    assert (area["cap"], area["present"]) == (5, 6)
    assert (await box.floor.walk_in("08:06"))["decision"] == "wait_outside"
    await box.agree("08:07")


async def test_a_list_that_was_drafted_before_the_box_took_somebody_in_is_shown_again(
    box: Box,
) -> None:
    visit = await box.hub.book("08:40", phone="+84905123456")
    await box.begin("08:00")
    drafted = await draft(box.hub, "08:05", closed_from("08:10"))
    assert len(drafted["moves"]) == 1
    # twenty minutes later that booking is the box's
    again = await confirm(box.hub, "08:30", drafted)
    assert again["decision"] == "list_changed"
    assert again["moves"] == []
    assert (await confirm(box.hub, "08:31", drafted, seen=again["seen"]))["decision"] == "applied"
    assert (await box.floor.arrive("08:32", visit))["decision"] == "enter"
    await box.heal("08:33")
    await box.agree("08:34")


async def test_the_box_itself_changes_no_rules(box: Box) -> None:
    await box.begin("08:00")
    await refused("belongs_to_hub", draft(box.floor, "08:01", area_cap(5)))
