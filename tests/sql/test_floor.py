"""The floor at a box: what RULES say of hub and box, one sentence a test."""

from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool, Refused
from tests.fairness import AN, fair, seen, wait
from tests.floors import Box, refused
from tests.lobby import Lobby, id_of, moment
from tests.offices import import_again, make_office
from tests.sql.scenes import both_rules, hold, served

pytestmark = pytest.mark.anyio


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


async def test_refusals_and_decisions_at_the_box_are_in_the_hubs_figures_once_they_are_heard(
    box: Box,
) -> None:
    async def told(now: str, code: str, count: int, pool: Pool) -> None:
        row = {"command": "walk_in", "code": code, "count": count}
        await commands.tally(pool, box.office.office_id, box.at(now), [row])

    async def figures(now: str) -> dict[str, int]:
        at = box.hub.office.at(now, 1)
        await commands.count_days(box.hub_pool, box.office.office_id, at, 30)
        day = box.at(now).date()
        found = await reads.statistics(box.hub_pool, [box.office.office_id], day, day)
        return {row["code"]: row["count"] for row in found["answers"]}

    await box.begin("07:00")
    await told("08:00", "area_full", 2, box.pool)
    await told("08:00", "area_full", 1, box.hub_pool)  # the hub's own are added to
    await box.heal("08:00:20")  # that minute is not over yet
    await told("08:00:40", "area_full", 3, box.pool)
    await box.floor.walk_in("08:05")
    await box.heal("08:06")
    await told("15:00", "hour_full", 4, box.pool)  # the cable is cut until the evening
    word = await box.word("18:00")
    answer = await box.tell("18:00", word)
    assert await box.tell("18:00", word) == answer  # said twice, for the answer was lost
    await box.hear("18:00", answer)
    await box.heal("18:01")
    assert await figures("18:30") == {"area_full": 6, "hour_full": 4}
    # a word of yesterday that comes today is counted, too
    await told("17:59:59", "hour_full", 1, box.pool)
    box.hub.days = box.floor.days = 2
    await box.heal("08:00")
    box.hub.days = box.floor.days = 0
    assert await figures("18:31") == {"area_full": 6, "hour_full": 5}


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


async def test_what_the_box_marks_missed_is_offered_by_the_hub_to_who_waits(
    pool: Pool, box_pool: Pool
) -> None:
    office = await make_office(pool, planned=1, rules={"walk_in_share": 0}, change=fair())
    box = Box(pool, box_pool, office)
    await box.begin("07:00")
    booked = await box.hub.book("08:00", services=[{"service": "copy", "quantity": 24}])
    until = box.hub.at("10:00").isoformat()
    who = await wait(box.hub, "07:02", AN, until_at=until)
    await box.heal("07:03")
    await box.floor.settle("08:11")
    assert (await seen(box.hub, "08:11", who))["offer"] is None
    await box.heal("08:12")
    assert await box.hub.state(booked) == "missed"
    offer = (await seen(box.hub, "08:12", who))["offer"]
    assert box.hub.at("08:40") < moment(offer["starts_at"]) < box.hub.at("10:00")
    await box.agree("08:13")


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


async def test_a_booking_is_the_hubs_to_the_last_second_before_its_earliness(box: Box) -> None:
    before, after = await box.hub.book("08:00"), await box.hub.book("08:00")
    await box.begin("07:00")
    answer = await box.hub.do("cancel", "07:44:59", before, "")
    assert (answer["state"], answer.get("wish")) == ("cancelled", None)
    answer = await box.hub.do("cancel", "07:45:00", after, "")
    assert (answer["state"], answer["wish"]) == ("booked", "cancel")
    await box.heal("07:46")
    assert await box.floor.state(before) == await box.floor.state(after) == "cancelled"
    await box.agree("07:47")


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


@both_rules
async def test_of_the_places_of_an_hour_the_hub_sells_its_share_and_the_box_gives_the_rest(
    pool: Pool, box_pool: Pool, rule: str
) -> None:
    office = await make_office(
        pool, planned=10, area_cap=None, hour_cap=10, hour_rule=rule, hour_scope="branch"
    )
    box = Box(pool, box_pool, office)
    await box.begin("07:30")
    for _ in range(7):
        await box.hub.book("10:00", now="07:30")
    no = await refused("slot_full", box.hub.book("10:30", now="07:30"))
    assert no.facts == {"cap": "hour", "left": 0}
    assert (await left(box, "10:00"), await left(box, "10:30")) == (0, 0)
    # cut off, the box counts the hub's seven as sold, heard of or not
    walks = [await box.floor.walk_in("10:00") for _ in range(4)]
    assert [one["decision"] for one in walks] == ["enter"] * 3 + ["come_back"]
    await box.heal("10:01")
    await box.agree("10:02")


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


async def test_an_unproven_booking_lapses_at_the_hub_and_never_at_the_box(
    box: Box, box_owner: Connection
) -> None:
    fair(prove_phone=True)(box.office.file)
    await import_again(box.hub_pool, box.office, box.at("06:00"))
    await box.begin("07:00")
    held = await hold(box.hub, "10:00", "07:00")
    await box.heal("07:01")
    finished = await served(box.floor, "07:20")
    await box.floor.do("finish", "07:25", finished)  # so that something is due at the box
    await box.floor.settle("07:30")
    assert await box.floor.state(held) == "held"  # the box has not heard whether it was proven
    due = "select next_due_at > $2 from queue.office_state where office_id = $1"
    assert await box_owner.fetchval(due, box.office.office_id, box.at("09:00"))
    await box.hub.settle("07:31")
    await box.heal("07:32")
    assert [await side.state(held) for side in (box.hub, box.floor)] == ["cancelled"] * 2
    await box.agree("07:33")


async def test_the_box_hears_that_a_booking_was_proven_after_all(box: Box) -> None:
    fair(prove_phone=True)(box.office.file)
    await import_again(box.hub_pool, box.office, box.at("06:00"))
    await box.begin("07:00")
    held = await hold(box.hub, "08:00", "07:00")
    await box.heal("07:01")
    assert await box.floor.state(held) == "held"
    await box.hub.do("prove_phone", "07:02", held, "123456")
    await box.heal("07:03")
    assert (await box.floor.arrive("07:55", held))["decision"] == "enter"
    await box.heal("07:56")
    await box.agree("07:57")
