"""What the box gives to whom it could not know: a number by a code alone, a window of the hub's."""

from typing import Any
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool
from tests.floors import Box, adopt, signed
from tests.lobby import id_of, moment
from tests.offices import make_office
from tests.sql.test_floor import expected, left

pytestmark = pytest.mark.anyio


async def says_booked(box: Box, now: str, booked: dict[str, Any]) -> dict[str, Any]:
    """What a visitor meets who types a code of which the box has not heard."""
    asked = await box.floor.arrive(now, code=booked["code"])
    assert (asked["decision"], asked["reason"]) == ("refuse", "service_needed")
    assert asked["says_booked"] == booked["code"]
    return await box.floor.walk_in(now, says_booked=booked["code"])


async def test_a_code_the_box_has_not_heard_of_is_a_walk_in_that_the_hub_joins_to_its_booking(
    box: Box,
) -> None:
    await box.begin("07:00")
    booked = await box.hub.book("09:00", phone="+84905123456")
    came = await says_booked(box, "08:55", booked)
    assert came["decision"] == "enter"
    # typed again, it is the same visit
    again = await box.floor.arrive("08:56", code=booked["code"])
    assert (again["decision"], again["number"]) == ("already_in", came["number"])
    await box.hub.settle("10:30")

    await box.heal("10:31")
    at_hub = await box.hub.visit(came)
    assert (at_hub["state"], at_hub["number"]) == ("inside", came["number"])
    assert (at_hub["name"], at_hub["phone"]) == ("Nguyễn Văn An", "+84905123456")
    stays = await reads.ledger(box.hub_pool, box.office.office_id, box.at("07:00"), box.at("11:00"))
    of_booking = [s["state"] for s in stays if s["visit_id"] == str(id_of(booked))]
    assert of_booking == ["booked", "cancelled"]  # never missed, though its time was over
    # whoever holds the link of the booking sees the visit, and its place is free for others
    token = bytes.fromhex(booked["token"])
    ticket = await reads.ticket(box.hub_pool, box.office.office_id, box.at("10:31"), token)
    assert ticket
    assert ticket["number"] == came["number"]
    await box.agree("10:32")
    # and the box, which has heard of the booking by now, lets nobody in twice
    twice = await box.floor.arrive("10:33", booked)
    assert (twice["decision"], twice["number"]) == ("already_in", came["number"])


async def test_a_code_is_invalid_where_the_hub_was_heard_of_within_the_minute(box: Box) -> None:
    await box.begin("07:00")
    booked = await box.hub.book("09:00")
    await box.heal("08:54:30")
    unknown = f"{booked['code'][:4]}123450"
    assert (await box.floor.arrive("08:55", code=unknown))["decision"] == "invalid"
    asked = await box.floor.arrive("08:56", code=unknown)
    assert (asked["decision"], asked["reason"]) == ("refuse", "service_needed")
    boxes_own = f"{booked['code'][:4]}912345"
    assert (await box.floor.arrive("08:57", code=boxes_own))["decision"] == "invalid"
    elsewhere = f"9999{booked['code'][4:]}"
    assert (await box.floor.arrive("08:57", code=elsewhere))["decision"] == "wrong_office"


async def test_who_says_to_have_booked_stands_on_a_place_that_counts_as_sold(
    pool: Pool, box_pool: Pool
) -> None:
    box = Box(pool, box_pool, await make_office(pool, planned=10, area_cap=None))
    await box.begin("07:00")
    booked = [await box.hub.book("08:00", "record") for _ in range(2)]
    # three of ten counters are the walk-ins': the fourth waits, who says to have booked does not
    walks = [await box.floor.walk_in("08:00", "record") for _ in range(4)]
    assert sorted(expected(one) for one in walks) == ["08:00", "08:00", "08:00", "08:10"]
    came = list[dict[str, Any]]()
    for one in booked:
        await box.floor.arrive("08:00", code=one["code"])
        came.append(await box.floor.walk_in("08:00", "record", says_booked=one["code"]))
    assert {expected(one) for one in came} == {"08:00"}
    assert expected(await box.floor.walk_in("08:00", "record")) == "08:10"
    await box.heal("08:01")
    await box.agree("08:02")


async def test_a_code_heard_of_meanwhile_is_typed_again(box: Box) -> None:
    await box.begin("07:00")
    booked = await box.hub.book("09:00")
    await box.floor.arrive("08:55", code=booked["code"])
    await box.heal("08:55")
    no = await box.floor.walk_in("08:55", says_booked=booked["code"])
    assert (no["decision"], no["reason"]) == ("refuse", "heard_now")
    assert (await box.floor.arrive("08:56", code=booked["code"]))["decision"] == "enter"
    await box.agree("08:57")


async def test_a_booking_of_another_day_stays_when_its_code_was_typed_today(box: Box) -> None:
    await box.begin("07:00")
    tomorrow = box.hub.request("09:00") | {
        "starts_at": box.office.at("09:00", box.hub.days + 1).isoformat()
    }
    [(outcome, booked)] = await box.hub.book_group([tomorrow])
    assert outcome == "booked"
    came = await says_booked(box, "08:55", booked)
    await box.heal("08:56")
    assert await box.hub.state(came) == "inside"
    assert await box.hub.state(booked) == "booked"
    await box.agree("08:57")


async def test_a_window_beyond_the_walk_ins_share_is_booked_at_the_hub(
    pool: Pool, box_pool: Pool
) -> None:
    """In one office with one counter, whole hours are the hub's."""
    box = Box(pool, box_pool, await make_office(pool, planned=1, area_cap=None))
    await box.begin("07:00")
    full = [await box.floor.walk_in("08:00", "record") for _ in range(40)]
    full = [one for one in full if one["decision"] == "refuse"]
    assert {one["reason"] for one in full} == {"day_full"}
    assert not any(one.get("at_hub") for one in full)  # an hour of silence: nobody could be asked
    await box.heal("08:01")
    while not (no := await box.floor.walk_in("08:01", "record")).get("at_hub"):
        assert no["decision"] != "refuse"

    [hub_hour, *_] = [c for c in ("14:00", "15:00", "16:00") if await left(box, c)]
    visit_id = uuid4()
    booked = await box.hub.book(
        hub_hour, "record", now="08:01", booking_id=visit_id, channel="kiosk"
    )
    window = (await signed(box, booked)) | {"code": booked["code"], "channel": "kiosk"}
    window["services"] = [{"service": "record", "quantity": 1}]
    answer = await box.floor.walk_in("08:01", "record", visit_id=visit_id, at_hub=window)
    assert (answer["decision"], answer["reason"]) == ("come_back", "booked_at_hub")
    assert answer["code"] == booked["code"]
    assert moment(answer["come_back"]["starts_at"]) == box.at(hub_hour)
    again = await box.floor.walk_in("08:02", "record", visit_id=visit_id)
    assert again["decision"] == "come_back"
    await box.heal("08:02")
    assert (await box.floor.arrive(hub_hour, booked))["decision"] == "enter"
    await box.heal(hub_hour)
    assert await box.hub.state(booked) == "inside"
    await box.agree(hub_hour)


async def test_a_code_typed_and_then_the_ticket_shown_is_one_visit_with_one_number(
    box: Box,
) -> None:
    await box.begin("07:00")
    booked = await box.hub.book("09:00")
    came = await says_booked(box, "08:50", booked)
    said = await signed(box, booked)
    assert not await adopt(box, "08:51", booked, said)
    shown = await box.floor.arrive("08:51", booked)
    assert (shown["decision"], shown["number"]) == ("already_in", came["number"])
    await box.heal("08:52")
    assert await box.hub.state(booked) == "cancelled"  # joined: its own place is free
    ticket = await reads.ticket(
        box.hub_pool, box.office.office_id, box.at("08:53"), bytes.fromhex(booked["token"])
    )
    assert ticket
    assert ticket["number"] == came["number"]
    again = await box.floor.arrive("08:54", booked)
    assert (again["decision"], again["number"]) == ("already_in", came["number"])
    await box.agree("08:55")


async def test_the_ticket_shown_and_then_its_code_typed_is_one_visit_with_one_number(
    box: Box,
) -> None:
    await box.begin("07:00")
    booked = await box.hub.book("09:00")
    assert await adopt(box, "08:50", booked, await signed(box, booked))
    shown = await box.floor.arrive("08:50", booked)
    typed = await box.floor.arrive("08:51", code=booked["code"])
    assert (typed["decision"], typed["number"]) == ("already_in", shown["number"])
    await box.heal("08:52")
    assert await box.hub.state(booked) == "inside"
    await box.agree("08:53")


async def test_a_ticket_of_another_day_is_not_the_visit_that_its_code_was_typed_for(
    box: Box,
) -> None:
    """Moved at the hub meanwhile: today's number is today's, tomorrow's ticket tomorrow's."""
    await box.begin("07:00")
    booked = await box.hub.book("09:00")
    came = await says_booked(box, "08:50", booked)
    assert not await adopt(box, "08:51", booked, await signed(box, booked))
    tomorrow = box.office.at("09:00", box.hub.days + 1)
    await commands.reschedule(
        box.hub_pool, box.office.office_id, box.at("08:20"), "web", None, id_of(booked), tomorrow
    )
    await box.heal("08:52")
    assert await box.floor.state(booked) == "booked"
    shown = await commands.arrive(
        box.pool, box.office.office_id, tomorrow, "kiosk:door", None, visit_id=id_of(booked)
    )
    assert shown["decision"] == "enter"
    assert shown["visit"]["visit_id"] != came["visit"]["visit_id"]
