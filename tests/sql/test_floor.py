"""The floor at a box: what RULES say of hub and box, one sentence a test."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from queue_service import commands, db, reads
from queue_service.db import Pool, Refused
from tests.floors import Box, empty_database
from tests.lobby import Lobby, id_of, moment
from tests.offices import import_again, make_office

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def box_pool(database: db.Database, anyio_backend: object) -> AsyncGenerator[Pool, None]:
    async with empty_database(database) as mine, db.connect(mine.app_url, 4) as pool:
        yield pool


@pytest.fixture
async def box(pool: Pool, box_pool: Pool) -> Box:
    return Box(pool, box_pool, await make_office(pool))


async def refused(code: str, doing: Any) -> Refused:
    with pytest.raises(Refused, match=code) as found:
        await doing
    return found.value


async def signed(box: Box, visit: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the QR of a booking says."""
    seen = await box.hub.visit(visit)
    return {
        "revision": seen["revision"],
        "services": [{"service": s["service"], "quantity": 1} for s in seen["services"]],
        "starts_at": seen["starts_at"],
        "ends_at": seen["ends_at"],
        "party_size": seen["party_size"],
        "priority": "",
        "needs": [],
    } | more


async def adopt(box: Box, now: str, visit: dict[str, Any], what: dict[str, Any]) -> bool:
    answer = await commands.adopt_booking(
        box.pool, box.office.office_id, box.at(now), "kiosk:door", id_of(visit), "ab" * 16, what
    )
    return answer["adopted"]


async def test_the_hub_refuses_the_floor_and_names_the_box_that_has_it(box: Box) -> None:
    await box.begin("07:00")
    for doing in (
        box.hub.walk_in("08:00"),
        box.hub.do("call_next", "08:00", "1"),
        box.hub.do("recount", "08:00", "hall", 3),
        box.hub.do("open_counter", "08:00", "1"),
        box.hub.do("call_help", "08:00", uuid4()),
        box.hub.do("answer_help", "08:00", uuid4()),
    ):
        no = await refused("floor_elsewhere", doing)
        assert no.facts["box"] == "hộp 1"
        assert no.facts["heard_at"]


async def test_the_entry_check_of_an_office_holds_at_its_box_and_the_hub_hears_who_passed(
    box: Box,
) -> None:
    no_more = {"one_number": False, "question_vi": "", "question_en": ""}
    box.office.file["door"] = {"entry_check": True, **no_more}
    await import_again(box.hub_pool, box.office, box.at("06:00"))
    booked = await box.hub.book("08:00")
    await box.begin("07:00")
    asked = await box.floor.arrive("07:55", booked)
    assert (asked["decision"], asked["reason"]) == ("refuse", "check_needed")
    assert (await box.floor.arrive("07:56", booked, checked=True))["decision"] == "enter"
    await box.heal("07:57")
    assert (await box.hub.visit(booked))["checked"]
    await box.agree("07:58")


async def test_the_box_refuses_bookings_which_are_the_hubs(box: Box) -> None:
    await box.begin("07:00")
    booked = await box.hub.book("09:00")
    await box.heal("07:01")
    await refused("belongs_to_hub", box.floor.book("09:00"))
    await refused("belongs_to_hub", box.floor.do("cancel", "07:02", booked))
    with pytest.raises(Refused, match="belongs_to_hub"):
        await commands.import_office(
            box.pool, box.office.office_id, box.at("07:02"), "manager", box.office.file
        )


async def test_a_box_lets_nobody_in_before_it_has_heard_everything(box: Box) -> None:
    at = box.at("07:00")
    taken = await commands.take_floor(
        box.hub_pool, box.office.office_id, at, "box", box.box_id, "hộp"
    )
    await commands.begin_box(
        box.pool, box.office.office_id, at, box.box_id, "hộp", taken["epoch"], taken["file"]
    )
    await refused("floor_not_ready", box.floor.walk_in("08:00"))


async def test_a_second_box_is_refused_until_the_floor_is_given_back(
    box: Box, pool: Pool, box_pool: Pool
) -> None:
    await box.begin("07:00")
    other = Box(pool, box_pool, box.office)
    no = await refused("floor_taken", other.begin("07:05"))
    assert no.facts["box"] == "hộp 1"


async def test_a_morning_at_the_box_is_at_the_hub_once_it_is_heard(box: Box) -> None:
    booked = await box.hub.book("08:00", phone="+84905123456")
    await box.begin("07:00")
    assert (await box.floor.arrive("07:55", booked))["decision"] == "enter"
    walk = await box.floor.walk_in("07:56")
    await box.floor.do("open_counter", "07:57", "1")
    called = await box.floor.do("call_next", "07:58", "1")
    await box.floor.do("serve", "07:59", called)
    assert await box.hub.state(booked) == "booked"

    await box.heal("08:00")
    assert await box.hub.state(called) == "serving"
    assert (await box.hub.visit(walk))["number"] == walk["number"]
    assert await box.hub.present("08:00") == 2
    stays = await reads.ledger(box.hub_pool, box.office.office_id, box.at("07:00"), box.at("09:00"))
    times = {(s["visit_id"], s["state"]): s["started_at"] for s in stays}
    assert times[str(id_of(booked)), "inside"].startswith("2026-03-31T00:55:00")
    await box.agree("08:01")


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


async def only_visit(box: Box) -> dict[str, Any]:
    [visit] = await reads.find_visits(
        box.hub_pool, box.office.office_id, box.at("08:00"), number="A001"
    )
    return visit


async def test_nobody_is_marked_missed_by_the_hub_while_a_box_has_the_floor(box: Box) -> None:
    booked = await box.hub.book("08:00")
    await box.begin("07:00")
    await box.hub.settle("11:00")
    assert await box.hub.state(booked) == "booked"
    assert (await box.floor.arrive("07:55", booked))["decision"] == "enter"
    await box.heal("11:01")
    assert await box.hub.state(booked) == "inside"
    await box.agree("11:02")


async def test_the_box_marks_missed_and_the_hub_hears_it(box: Box) -> None:
    booked = await box.hub.book("08:00")
    await box.begin("07:00")
    await box.floor.settle("09:00")
    await box.heal("09:01")
    assert await box.hub.state(booked) == "missed"
    await box.agree("09:02")


async def test_bookings_and_cancellations_made_at_the_hub_reach_the_box(box: Box) -> None:
    await box.begin("07:00")
    booked = await box.hub.book("09:00")
    gone = await box.hub.book("09:30")
    moved = await box.hub.book("10:00")
    await box.heal("07:10")
    await box.hub.do("cancel", "07:11", gone, "")
    await box.hub.do("reschedule", "07:12", moved, box.at("10:30"))
    await box.heal("07:13")
    assert await box.floor.state(booked) == "booked"
    assert (await box.floor.arrive("09:20", gone))["decision"] == "cancelled"
    assert (await box.floor.visit(moved))["starts_at"].startswith("2026-03-31T03:30")
    await box.agree("09:21")


async def test_a_wish_to_cancel_what_belongs_to_the_box_frees_nothing_before_the_box_hears_it(
    box: Box,
) -> None:
    booked = await box.hub.book("08:00")
    await box.begin("07:00")
    answer = await box.hub.do("cancel", "07:50", booked, "")
    assert (answer["state"], answer["wish"]) == ("booked", "cancel")
    await refused("floor_elsewhere", box.hub.do("reschedule", "07:50", booked, box.at("10:00")))
    await box.heal("07:51")
    assert await box.floor.state(booked) == "cancelled"
    assert await box.hub.state(booked) == "cancelled"
    await box.agree("07:52")


async def test_an_arrival_wins_over_a_wish_to_cancel(box: Box) -> None:
    booked = await box.hub.book("08:00")
    await box.begin("07:00")
    await box.floor.arrive("07:50", booked)
    await box.hub.do("cancel", "07:51", booked, "")
    await box.heal("07:52")
    assert await box.hub.state(booked) == "inside"


async def test_an_arrival_wins_over_a_cancellation_the_box_had_not_heard_of(box: Box) -> None:
    booked = await box.hub.book("08:00", phone="+84905123456")
    await box.begin("07:00")
    await box.hub.do("cancel", "07:10", booked, "")
    assert (await box.floor.arrive("07:55", booked))["decision"] == "enter"
    await box.heal("08:00")
    assert await box.hub.state(booked) == "inside"
    await box.agree("08:01")


async def test_an_arrival_wins_over_a_move_and_the_later_place_is_free_again(box: Box) -> None:
    booked = await box.hub.book("08:00", phone="+84905123456")
    await box.begin("07:00")
    before = await left(box, "10:00")
    await box.hub.do("reschedule", "07:10", booked, box.at("10:00"))
    assert await left(box, "10:00") == before - 1
    await box.floor.arrive("07:55", booked)
    await box.heal("08:00")
    assert await box.hub.state(booked) == "inside"
    assert await left(box, "10:00") == before
    jobs = await commands.claim_jobs(box.hub_pool, box.office.office_id, box.at("08:01"), 20)
    assert "arrival_won" in {job["kind"] for job in jobs}
    await box.agree("08:01")


async def left(box: Box, clock: str) -> int:
    slots = await reads.slots(
        box.hub_pool,
        box.office.office_id,
        box.at("07:00"),
        [{"service": "copy", "quantity": 1}],
        box.at(clock).date(),
        1,
    )
    return next(s["left"] for s in slots if moment(s["starts_at"]) == box.at(clock))


async def test_a_missed_visit_of_the_box_gives_way_to_a_move_at_the_hub(box: Box) -> None:
    booked = await box.hub.book("08:00")
    await box.begin("07:00")
    await box.hub.do("reschedule", "07:10", booked, box.at("10:00"))
    await box.floor.settle("09:00")
    assert await box.floor.state(booked) == "missed"
    await box.heal("09:01")
    assert await box.hub.state(booked) == "booked"
    assert await box.floor.state(booked) == "booked"
    assert (await box.floor.arrive("09:55", booked))["decision"] == "enter"
    await box.heal("09:56")
    await box.agree("09:57")


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


async def test_codes_of_a_box_begin_with_nine_and_the_hubs_never(box: Box) -> None:
    booked = [await box.hub.book("09:00") for _ in range(2)]
    await box.begin("07:00")
    walk = await box.floor.walk_in("08:00")
    assert walk["code"][4] == "9"
    assert all(one["code"][4] != "9" for one in booked)


async def test_the_hub_keeps_its_hands_off_the_walk_ins_share(pool: Pool, box_pool: Pool) -> None:
    box = Box(pool, box_pool, await make_office(pool, planned=10, area_cap=None))
    await box.begin("07:00")
    for _ in range(7):
        await box.hub.book("09:00")
    assert await left(box, "09:00") == 0
    no = await refused("slot_full", box.hub.book("09:00"))
    assert no.facts["left"] == 0


async def test_the_box_fills_what_is_unsold_only_where_the_sale_is_closed(
    pool: Pool, box_pool: Pool
) -> None:
    box = Box(pool, box_pool, await make_office(pool, planned=10, area_cap=None))
    await box.begin("07:30")
    # heard at 07:30: what begins before 08:00 is closed, so all ten counters are the walk-ins'
    at_once = [await box.floor.walk_in("07:30", "record") for _ in range(10)]
    assert {expected(one) for one in at_once} == {"07:30"}
    # cut off: from 08:00 on seven of ten count as sold, whether they are or not
    later = [await box.floor.walk_in("08:00", "record") for _ in range(4)]
    assert sorted(expected(one) for one in later) == ["08:10", "08:10", "08:10", "08:20"]
    await box.heal("08:01")
    # and the rest is theirs once the hub has said again how far it has closed
    more = [await box.floor.walk_in("08:01", "record") for _ in range(7)]
    assert {expected(one) for one in more} == {"08:10"}
    await box.agree("08:02")


def expected(decision: dict[str, Any]) -> str:
    at = moment(decision["visit"]["expected_at"])
    return f"{at.astimezone(ZoneInfo('Asia/Ho_Chi_Minh')):%H:%M}"


async def test_a_line_with_one_counter_is_the_walk_ins_for_whole_hours(
    pool: Pool, box_pool: Pool
) -> None:
    box = Box(pool, box_pool, await make_office(pool, planned=1, area_cap=None))
    await box.begin("07:00")
    free = set[str]()
    for clock in ("08:00", "09:00", "10:00", "11:00", "14:00", "15:00", "16:00"):
        if await left(box, clock):
            free.add(clock)
    assert 4 <= len(free) <= 6
    await box.floor.settle("07:35")
    walks = [await box.floor.walk_in("08:00", "record") for _ in range(8)]
    hours = {expected(one)[:2] for one in walks if one["decision"] != "refuse"}
    assert hours
    assert not hours & {clock[:2] for clock in free}


async def test_an_hour_of_a_bank_is_closed_as_a_whole_and_the_box_may_fill_it(
    pool: Pool, box_pool: Pool
) -> None:
    office = await make_office(
        pool, planned=2, area_cap=None, hour_cap=10, hour_rule="any-60-minutes"
    )
    box = Box(pool, box_pool, office)
    await box.begin("08:00")
    no = await refused("too_soon", box.hub.book("09:25", now="08:00"))
    assert no.facts["lead_minutes"] == 90
    walks = [await box.floor.walk_in("08:00") for _ in range(20)]
    assert all(one["decision"] != "refuse" for one in walks)
    assert sum(one["decision"] != "come_back" for one in walks) == 20
    await box.heal("08:01")
    await box.agree("08:02")


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


async def test_a_new_box_starts_from_what_the_hub_knows(
    box: Box, pool: Pool, database: db.Database
) -> None:
    booked = await box.hub.book("10:00")
    await box.begin("07:00")
    inside = await box.floor.walk_in("08:00")
    await box.heal("08:01")
    await box.take_back("09:00")
    await box.hub.do("recount", "09:00", "hall", 1)
    async with empty_database(database) as mine, db.connect(mine.app_url, 2) as fresh:
        new = Box(pool, fresh, box.office)
        await new.begin("09:10", "hộp 2")
        assert await new.floor.state(inside) == "inside"
        assert await new.floor.present("09:10") == 1
        assert (await new.floor.walk_in("09:11"))["number"] == "A100"
        assert (await new.floor.arrive("09:55", booked))["decision"] == "enter"
        await new.heal("09:56")
        await new.agree("09:57")


async def test_a_box_that_hands_the_floor_back_leaves_nothing_behind(box: Box) -> None:
    await box.begin("07:00")
    walk = await box.floor.walk_in("08:00")
    stopped = await commands.stop_box(box.pool, box.office.office_id, box.at("08:01"))
    await refused("floor_stopped", box.floor.walk_in("08:01"))
    with pytest.raises(Refused, match="floor_untold"):
        await hand_back(box, stopped["seq"] + 1)
    await box.heal("08:01")
    where = await box.where("08:02")
    await hand_back(box, where["seq"])
    await hand_back(box, where["seq"])
    assert await box.hub.state(walk) == "inside"
    assert (await box.hub.walk_in("08:03"))["number"] == "A002"
    # and takes it again as if it were new
    await box.begin("08:05")
    assert (await box.floor.walk_in("08:06"))["number"] == "A003"
    await box.heal("08:07")
    await box.agree("08:08")


async def hand_back(box: Box, seq: int) -> None:
    await commands.hand_back_floor(
        box.hub_pool, box.office.office_id, box.at("08:02"), "box", box.box_id, 1, seq
    )


async def test_keys_of_today_travel_with_the_floor(box: Box) -> None:
    key = str(uuid4())
    await box.hub.do("open_counter", "07:00", "1", key=key)
    await box.begin("07:01")
    before = await box.where("07:02")
    again = await box.floor.do("open_counter", "07:02", "1", key=key)
    assert again["state"] == "open"
    assert (await box.where("07:02"))["seq"] == before["seq"]
    other = str(uuid4())
    await box.floor.do("open_counter", "07:03", "2", key=other)
    await box.heal("07:04")
    await box.take_back("07:05")
    with pytest.raises(Refused, match="id_reused"):
        await box.hub.do("open_counter", "07:06", "3", key=other)


async def test_the_same_keys_open_the_box_and_a_withdrawn_one_does_not(
    box: Box, pool: Pool
) -> None:
    token_id, sha = uuid4(), uuid4().bytes * 2
    await commands.add_token(
        pool, box.at("06:00"), token_id, sha, "clerk", [box.office.office_id], "Quầy 1"
    )
    await box.begin("07:00")
    known = await reads.token(box.pool, sha)
    assert known
    assert (known["role"], known["offices"]) == ("clerk", [box.office.office_id])
    await commands.revoke_token(pool, box.at("07:01"), token_id)
    await box.heal("07:02")
    assert await reads.token(box.pool, sha) is None


async def test_new_settings_reach_the_box(box: Box) -> None:
    await box.begin("07:00")
    box.office.file["office"]["name_en"] = "Renamed"
    await commands.import_office(
        box.hub_pool, box.office.office_id, box.at("07:01"), "manager", box.office.file
    )
    await box.heal("07:02")
    assert (await reads.office(box.pool, box.office.office_id, box.at("07:03")))[
        "name_en"
    ] == "Renamed"


async def test_an_office_without_a_box_is_as_it_was(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    assert await reads.floor(pool, lobby.office.office_id, lobby.at("07:00")) is None
    assert (await lobby.walk_in("08:00"))["decision"] == "enter"
