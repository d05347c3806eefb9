"""A ticket shown at the door is always answered with a decision."""

from uuid import uuid4

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool, Refused
from tests.lobby import Lobby, id_of, moment
from tests.offices import cap, import_again, make_office, upstairs
from tests.sql.scenes import expected, fits, opened, small, usual, version

pytestmark = pytest.mark.anyio


async def most(owner: Connection, lobby: Lobby, scope: str) -> int:
    """The most that is taken in a cell."""
    return await owner.fetchval(
        "select max(taken) from queue.usage where office_id = $1 and scope = $2",
        lobby.office.office_id,
        scope,
    )


async def test_more_than_fifteen_minutes_before_is_too_early(pool: Pool) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:30")
    answer = await lobby.arrive("08:14", booked)
    assert answer["decision"] == "too_early"
    assert (moment(answer["starts_at"]), moment(answer["from"])) == (
        lobby.at("08:30"),
        lobby.at("08:15"),
    )
    assert await lobby.state(booked) == "booked"
    assert (await lobby.arrive("08:15", booked))["decision"] == "enter"


async def test_until_ten_minutes_after_nobody_is_late(pool: Pool) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    answer = await lobby.arrive("08:10", booked)
    assert (answer["decision"], answer.get("late")) == ("enter", None)
    assert (await lobby.visit(booked))["starts_at"] is not None
    assert await lobby.differences() == []


async def test_a_late_visitor_keeps_the_code_and_gets_a_walk_in_number_at_once(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool, hour_cap=5)
    booked = await lobby.book("08:00")
    answer = await lobby.arrive("08:11", booked)
    assert (answer["decision"], answer["late"], answer["number"]) == ("enter", True, "A001")
    assert answer["visit"]["code"] == booked["code"]
    assert (answer["visit"]["starts_at"], answer["visit"]["promised"]) == (None, False)
    [cells] = await owner.fetch(
        "select coalesce(sum(taken), 0) as taken from queue.usage"
        " where office_id = $1 and cell < $2 and scope not like 'area:%'",
        lobby.office.office_id,
        lobby.at("08:05"),
    )
    assert cells["taken"] == 0  # the booked cells and place are given back
    assert await lobby.differences() == []


async def test_a_late_visitor_waits_behind_who_came_before(pool: Pool) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    await lobby.walk_in("08:05")
    answer = await lobby.arrive("08:12", booked)
    assert answer["visit"]["ahead"] == 1


async def test_missed_is_undone_by_arriving_the_same_day(pool: Pool) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    await lobby.settle("09:00")
    assert await lobby.state(booked) == "missed"
    answer = await lobby.arrive("09:01", booked)
    assert (answer["decision"], answer["late"]) == ("enter", True)
    assert await lobby.differences() == []


async def test_missed_is_undone_by_a_helpers_word_that_he_came_in_time(pool: Pool) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    await lobby.settle("08:12")
    answer = await lobby.arrive("08:20", booked, came_at=lobby.at("08:05"))
    assert (answer["decision"], answer.get("late")) == ("enter", None)
    assert moment(answer["visit"]["starts_at"]) == lobby.at("08:00")
    assert await lobby.differences() == []


async def test_who_was_missed_and_came_in_time_has_the_cells_again(pool: Pool) -> None:
    lobby = await usual(pool, planned=1, rules={"lead_minutes": 0})
    booked = await lobby.book("08:00", services=[{"service": "record", "quantity": 3}])
    await lobby.settle("08:12")
    await lobby.arrive("08:20", booked, came_at=lobby.at("08:05"))
    again = await lobby.book_group([lobby.request("08:25"), lobby.request("08:30")], "08:21")
    assert [outcome for outcome, _ in again] == ["slot_full", "booked"]
    assert await lobby.differences() == []


async def test_who_was_missed_and_came_in_time_holds_a_place_of_this_hour(pool: Pool) -> None:
    lobby = await usual(pool, planned=1, hour_cap=1, rules={"lead_minutes": 0})
    booked = await lobby.book("08:00")
    await lobby.settle("08:12")
    await lobby.arrive("08:20", booked, came_at=lobby.at("08:05"))
    rows = await lobby.book_group([lobby.request("08:45")], "08:21")
    assert rows[0] == ("slot_full", {"cap": "hour", "left": 0})
    assert await lobby.differences() == []


async def test_who_came_in_time_and_was_missed_is_late_once_the_place_is_taken(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool, planned=1, hour_cap=2, rules={"lead_minutes": 0})
    booked = await lobby.book("08:00", "record")
    await lobby.book("08:45")
    await lobby.settle("08:12")
    await lobby.book("08:50", now="08:13")
    answer = await lobby.arrive("08:20", booked, came_at=lobby.at("08:05"))
    assert (answer["decision"], answer["reason"]) == ("come_back", "hour_full")
    assert moment(answer["come_back"]["starts_at"]) == lobby.at("09:00")
    assert await most(owner, lobby, "place/queue:justice") == 1
    assert await lobby.differences() == []


async def test_who_was_missed_does_not_take_the_cells_of_the_one_in_their_place(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool, planned=1, rules={"lead_minutes": 0, "lateness_minutes": 3})
    booked = await lobby.book("08:00", "record")
    await lobby.settle("08:04")
    await lobby.book("08:05", "record", now="08:04")
    answer = await lobby.arrive("08:06", booked, came_at=lobby.at("08:02"))
    assert (answer["decision"], answer.get("late")) == ("enter", True)
    assert await most(owner, lobby, "queue:justice") == 1
    assert await lobby.differences() == []


async def test_missed_is_not_undone_another_day(pool: Pool) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    lobby.days = 1
    assert (await lobby.arrive("08:00", booked))["decision"] == "wrong_day"


async def test_late_and_no_place_left_today_is_too_late_and_offered_another_day(
    pool: Pool,
) -> None:
    lobby = await usual(pool, planned=1)
    booked = await lobby.book("16:30", "copy")
    for clock in ("16:40", "16:45", "16:50", "16:55"):
        await lobby.book(clock, "copy")
    answer = await lobby.arrive("16:41", booked)
    assert (answer["decision"], answer["reason"]) == ("too_late", "day_full")
    assert answer["offer"] == "slots"
    assert await lobby.state(booked) == "missed"
    assert await lobby.differences() == []


async def test_late_in_the_second_before_missed_and_no_place_left_is_missed_at_once(
    pool: Pool, owner: Connection
) -> None:
    lobby = await usual(pool, planned=1)
    booked = await lobby.book("16:30", "copy")
    for clock in ("16:40", "16:45", "16:50", "16:55"):
        await lobby.book(clock, "copy")
    for now in ("16:40:00.500", "16:41"):
        answer = await lobby.arrive(now, booked)
        assert (answer["decision"], answer["reason"]) == ("too_late", "day_full")
    stays = await owner.fetch(
        "select state from queue.stay where office_id = $1 and visit_id = $2 order by stay_no",
        lobby.office.office_id,
        id_of(booked),
    )
    assert [stay["state"] for stay in stays] == ["booked", "missed"]
    assert await lobby.differences() == []


@pytest.mark.parametrize("now", ["17:00", "17:05"])
async def test_from_closing_on_it_is_too_late(pool: Pool, now: str) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("16:30")
    answer = await lobby.arrive(now, booked)
    assert (answer["decision"], answer["reason"]) == ("too_late", "closed")


async def test_a_helpers_word_on_when_somebody_came_counts_for_lateness(pool: Pool) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    answer = await lobby.arrive("08:20", booked, came_at=lobby.at("08:09"))
    assert (answer["decision"], answer.get("late")) == ("enter", None)
    assert (await lobby.visit(booked))["starts_at"] is not None
    assert await lobby.differences() == []


async def test_a_helpers_word_counts_for_lateness_alone(pool: Pool, owner: Connection) -> None:
    lobby = await usual(pool)
    booked, other = await lobby.book("08:10"), await lobby.book("08:10")
    await lobby.walk_in("08:10")
    await lobby.arrive("08:20", booked, came_at=lobby.at("08:00"))
    assert moment((await lobby.visit(booked))["arrived_at"]) == lobby.at("08:20")
    kept = await owner.fetch(
        "select visit_id, came_at from queue.visit where office_id = $1 and booked",
        lobby.office.office_id,
    )
    assert {row["visit_id"]: row["came_at"] for row in kept} == {
        id_of(booked): lobby.at("08:00"),
        id_of(other): None,
    }
    [said] = await owner.fetch(
        "select actor, facts from queue.event where office_id = $1 and kind = 'came_at'",
        lobby.office.office_id,
    )
    assert said["actor"] == "kiosk:door"
    assert moment(said["facts"]["came_at"]) == lobby.at("08:00")


@pytest.mark.parametrize("came", ["07:49", "08:21"])
async def test_a_helpers_word_reaches_thirty_minutes_back_and_never_ahead(
    pool: Pool, came: str
) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    with pytest.raises(Refused, match="bad_came_at"):
        await lobby.arrive("08:20", booked, came_at=lobby.at(came))
    assert (await lobby.arrive("08:20", booked, came_at=lobby.at("07:50"))).get("late") is None


async def test_a_helpers_word_may_say_just_now(pool: Pool) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    door = await lobby.arrive("08:05", booked, party_size=1, came_at=lobby.at("08:05"))
    assert (door["decision"], door.get("late")) == ("enter", None)


async def test_another_day_is_the_wrong_day(pool: Pool) -> None:
    lobby = await usual(pool)
    tomorrow = Lobby(pool, lobby.office, days=1)
    [(_, booked)] = await lobby.book_group([tomorrow.request("08:00")])
    answer = await lobby.arrive("08:00", booked)
    assert answer["decision"] == "wrong_day"
    assert moment(answer["starts_at"]) == tomorrow.at("08:00")


async def test_a_code_of_another_office_is_said_so_and_one_nobody_has_is_invalid(
    pool: Pool,
) -> None:
    here, there = await usual(pool), await usual(pool)
    booked = await there.book("08:00")
    assert (await here.arrive("08:00", code=booked["code"]))["decision"] == "wrong_office"
    mine = f"{here.office.office_id:04d}000000"
    answer = await here.arrive("08:00", code=mine)
    assert (answer["decision"], answer["visit"]) == ("invalid", None)
    assert (await here.arrive("08:00", visit_id=uuid4()))["decision"] == "invalid"


async def test_a_code_finds_the_visit(pool: Pool) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    answer = await lobby.arrive("08:00", code=booked["code"])
    assert id_of(answer) == id_of(booked)


async def test_of_two_visits_that_had_the_same_code_the_later_one_is_found(pool: Pool) -> None:
    lobby = await usual(pool)
    older = await lobby.book("08:00", digits=500)
    await lobby.do("cancel", "07:10", older)
    lobby.days = 31
    newer = await lobby.book("08:00", digits=500)
    assert newer["code"] == older["code"]
    found = await lobby.arrive("07:30", code=newer["code"])
    assert (found["decision"], id_of(found)) == ("too_early", id_of(newer))
    await lobby.do("cancel", "07:31", newer)
    found = await lobby.arrive("07:55", code=newer["code"])
    assert (found["decision"], id_of(found)) == ("cancelled", id_of(newer))


async def test_a_cancelled_visit_is_offered_a_walk_in(pool: Pool) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    await lobby.do("cancel", "07:30", booked)
    answer = await lobby.arrive("08:00", booked)
    assert (answer["decision"], answer["offer"]) == ("cancelled", "walk_in")
    assert await lobby.state(booked) == "cancelled"


async def test_an_old_ticket_of_a_moved_visit_is_answered_by_the_visit_as_it_stands(
    pool: Pool,
) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    await lobby.do("reschedule", "07:30", booked, lobby.at("10:00"))
    answer = await lobby.arrive("08:00", booked, revision=1)
    assert (answer["decision"], answer["moved"]) == ("too_early", True)
    assert "moved" not in await lobby.arrive("08:00", booked, revision=2)


@pytest.mark.parametrize("word", ["inside", "called", "serving", "parked", "done"])
async def test_who_is_in_is_in_already(pool: Pool, word: str) -> None:
    lobby = await usual(pool)
    visit = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    steps = {
        "inside": [],
        "called": [("call_next", "1")],
        "serving": [("call_next", "1"), ("serve", visit)],
        "parked": [("call_next", "1"), ("serve", visit), ("park", visit, "here", "")],
        "done": [("call_next", "1"), ("serve", visit), ("finish", visit)],
    }
    for command, *said in steps[word]:
        await lobby.do(command, "08:01", *said)
    answer = await lobby.arrive("08:02", visit)
    assert (answer["decision"], answer["visit"]["state"]) == ("already_in", word)
    assert await lobby.present("08:02") == 1
    assert await lobby.differences() == []


async def test_a_visit_that_is_over_is_invalid(pool: Pool) -> None:
    lobby = await usual(pool)
    visit = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:00", "1")
    await lobby.do("serve", "08:01", visit)
    await lobby.do("finish", "08:02", visit)
    await lobby.settle("08:05")
    answer = await lobby.arrive("08:06", visit)
    assert (answer["decision"], answer["reason"]) == ("invalid", "done")


async def test_the_party_that_comes_replaces_the_booked_one_for_admission(pool: Pool) -> None:
    lobby = await usual(pool, area_cap=4, counter_cap=None)
    booked = await lobby.book("08:00")
    await lobby.walk_in("07:45", party_size=2)
    answer = await lobby.arrive("07:50", booked, party_size=3)
    assert (answer["decision"], answer["visit"]["party_size"]) == ("wait_outside", 3)
    answer = await lobby.arrive("07:52", booked, party_size=2)
    assert (answer["decision"], await lobby.present("07:52")) == ("enter", 4)
    assert await lobby.differences() == []


async def test_a_party_that_has_grown_beyond_the_room_is_refused_and_stays_booked(
    pool: Pool,
) -> None:
    lobby = await usual(pool, area_cap=5, staff=2)
    booked = await lobby.book("08:00", party_size=2)
    answer = await lobby.arrive("08:00", booked, party_size=4)
    assert (answer["decision"], answer["reason"]) == ("refuse", "party_over_cap")
    assert (answer["largest"], await lobby.state(booked)) == (3, "booked")
    assert (await lobby.visit(booked))["party_size"] == 2
    assert (await lobby.arrive("08:00", booked, party_size=3))["decision"] == "enter"
    assert await lobby.differences() == []


@pytest.mark.parametrize("now", ["08:10:00.500", "08:11"])
async def test_a_late_party_is_bound_by_the_caps_for_walk_ins(pool: Pool, now: str) -> None:
    lobby = await usual(pool, caps=[cap("few", "present", "area:hall", 2, binds="walk-ins")])
    booked = await lobby.book("08:00", party_size=3)
    late = await lobby.book("08:00", party_size=3)
    assert (await lobby.arrive("08:00", booked))["decision"] == "enter"
    answer = await lobby.arrive(now, late)
    assert (answer["decision"], answer["reason"], answer["largest"]) == (
        "refuse",
        "party_over_cap",
        2,
    )


async def test_a_booked_party_that_left_and_comes_back_is_bound_by_the_caps_for_walk_ins(
    pool: Pool,
) -> None:
    lobby = await usual(pool, caps=[cap("few", "present", "area:hall", 2, binds="walk-ins")])
    booked = await lobby.book("08:00", party_size=3)
    await lobby.arrive("07:55", booked)
    await lobby.do("leave", "08:00", booked)
    answer = await lobby.arrive("08:05", booked)
    assert (answer["decision"], answer["reason"]) == ("refuse", "party_over_cap")
    assert answer["largest"] == 2
    assert (await lobby.arrive("08:06", booked, party_size=2))["decision"] == "enter"


@pytest.mark.parametrize("state", ["booked", "missed", "void", "left"])
async def test_whose_party_the_room_does_not_hold_any_more_is_told_so(
    pool: Pool, state: str
) -> None:
    lobby = await usual(pool)
    if state in ("booked", "missed"):
        visit = await lobby.book("08:00", party_size=3)
    else:
        visit = await lobby.walk_in("08:00", party_size=3, channel="kiosk")
        how = ("slip", visit, "failed") if state == "void" else ("leave", visit)
        await lobby.do(how[0], "08:01", *how[1:])
    now = "08:20" if state == "missed" else "08:05"
    lobby.office.file["caps"][0]["maximum"] = 2
    await import_again(pool, lobby.office, lobby.at("08:02"))
    answer = await lobby.arrive(now, visit)
    assert (answer["decision"], answer["reason"]) == ("refuse", "party_over_cap")
    assert await lobby.state(visit) == state


async def test_who_was_given_up_after_three_invitations_comes_back_to_the_old_place(
    pool: Pool,
) -> None:
    lobby = await small(pool, 1)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:05", first)
    await lobby.settle("08:14")
    assert await lobby.state(second) == "left"
    for now in ("08:15", "08:16"):
        await lobby.walk_in(now)
    back = await lobby.arrive("08:17", second)
    assert (back["decision"], back["visit"]["ahead"]) == ("wait_outside", 0)
    assert back["visit"]["promised"] is False
    assert await lobby.differences() == []


async def test_a_party_that_has_grown_too_large_for_a_later_room_is_told_so(pool: Pool) -> None:
    lobby = await usual(pool, change=upstairs)
    both = [{"service": "copy", "quantity": 1}, {"service": "deed", "quantity": 1}]
    booked = await lobby.book("08:00", services=both)
    answer = await lobby.arrive("08:00", booked, party_size=2)
    assert (answer["decision"], answer["reason"]) == ("refuse", "party_over_cap")
    assert (answer["largest"], await lobby.state(booked)) == (1, "booked")
    assert (await lobby.arrive("08:00", booked))["decision"] == "enter"
    assert await lobby.differences() == []


async def test_a_room_whose_service_is_done_binds_a_party_no_more(pool: Pool) -> None:
    lobby = await usual(pool, change=upstairs)
    await lobby.do("open_counter", "07:30", "9")
    await lobby.do("open_counter", "07:30", "1")
    both = [{"service": "deed", "quantity": 1}, {"service": "copy", "quantity": 1}]
    visit = await lobby.walk_in("08:00", services=both)
    await lobby.do("call_next", "08:01", "9")
    await lobby.do("serve", "08:01", visit)
    await lobby.do("finish", "08:10", visit)
    await lobby.do("leave", "08:11", visit)
    assert (await lobby.arrive("08:20", visit, party_size=2))["decision"] == "enter"
    assert await lobby.differences() == []


async def test_the_cells_keep_the_booked_party(pool: Pool, owner: Connection) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00", party_size=2)
    await lobby.arrive("07:50", booked, party_size=4)
    rows = await owner.fetch(
        "select distinct taken from queue.usage where office_id = $1 and scope = 'area:hall'",
        lobby.office.office_id,
    )
    assert [row["taken"] for row in rows] == [2]
    assert await lobby.differences() == []


@pytest.mark.parametrize(("size", "code"), [(0, "party_too_small"), (6, "party_too_large")])
async def test_a_party_has_a_size(pool: Pool, size: int, code: str) -> None:
    lobby = await usual(pool)
    booked = await lobby.book("08:00")
    with pytest.raises(Refused, match=code):
        await lobby.arrive("07:50", booked, party_size=size)


async def test_a_window_that_was_kept_is_ranked_by_its_time(pool: Pool) -> None:
    lobby = await usual(pool, hour_cap=1, planned=1)
    await lobby.walk_in("08:00")
    later = await lobby.walk_in("08:10")
    assert (later["decision"], later["reason"]) == ("come_back", "hour_full")
    starts = moment(later["come_back"]["starts_at"])
    assert starts == lobby.at("09:00")
    assert moment(later["come_back"]["ends_at"]) == lobby.at("09:30")
    assert (await lobby.arrive("08:44", later))["decision"] == "too_early"
    back = await lobby.arrive("09:29", later)
    assert (back["decision"], back["number"]) == ("enter", "A002")
    assert await lobby.differences() == []


async def test_a_window_is_kept_to_its_end_and_then_it_is_late(pool: Pool) -> None:
    lobby = await usual(pool, hour_cap=1, planned=1)
    await lobby.walk_in("08:00")
    later = await lobby.walk_in("08:10")
    await lobby.settle("09:30")
    assert await lobby.state(later) == "booked"
    await lobby.settle("09:31")
    assert await lobby.state(later) == "missed"
    assert (await lobby.arrive("09:35", later)).get("late") is True
    assert await lobby.differences() == []


async def test_a_scan_revives_a_void_number(pool: Pool) -> None:
    lobby = await usual(pool)
    visit = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.do("slip", "08:00", visit, "failed")
    assert await lobby.state(visit) == "void"
    again = await lobby.arrive("08:03", visit)
    assert (again["decision"], again["number"]) == ("enter", "A001")
    assert moment(again["visit"]["arrived_at"]) == lobby.at("08:00")
    assert await lobby.differences() == []


# A repeat counts only while the visit is where the answer left it; sizes, cells and the door


@pytest.mark.parametrize("state", ["arrived", "invited", "absent"])
async def test_a_scan_shows_that_the_number_is_in_the_visitors_hand(pool: Pool, state: str) -> None:
    lobby = await small(pool, 1)
    await lobby.do("open_counter", "08:00", "1")
    first = await lobby.walk_in("08:00", channel="kiosk")
    visit = first if state == "absent" else await lobby.walk_in("08:00", channel="kiosk")
    if state == "invited":
        await lobby.do("leave", "08:01", first)
    elif state == "absent":
        await lobby.do("slip", "08:00", visit, "printed")
        await lobby.do("call_next", "08:01", "1")
        await lobby.do("absent", "08:01", visit)
    assert await lobby.state(visit) == state
    await lobby.arrive("08:01", visit)
    assert (await lobby.visit(visit))["slip"] == "printed"
    assert await lobby.differences() == []


async def test_who_was_absent_and_comes_back_holds_a_place_of_the_hour_again(pool: Pool) -> None:
    lobby = await usual(pool, hour_cap=1, planned=1)
    await lobby.book("09:00")  # another hour's
    visit = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("absent", "08:02", visit)
    await lobby.arrive("08:03", visit)
    assert (await lobby.walk_in("08:04"))["reason"] == "hour_full"
    assert (await lobby.do("call_next", "08:05", "1"))["number"] == "A001"
    assert await lobby.differences() == []


async def test_who_comes_back_when_the_hour_is_taken_holds_a_place_of_the_next(pool: Pool) -> None:
    lobby = await usual(pool, hour_cap=1, planned=1)
    visit = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("absent", "08:02", visit)
    assert (await lobby.walk_in("08:02"))["decision"] == "enter"  # has the place given back
    await lobby.arrive("08:03", visit)
    rows = await lobby.book_group([lobby.request(s) for s in ("09:30", "10:30")], "08:05")
    assert [outcome for outcome, _ in rows] == ["slot_full", "booked"]
    assert await lobby.differences() == []


async def test_a_repeated_scan_writes_nothing_while_the_visit_waits(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    booked = id_of(await lobby.book("08:05"))
    await lobby.walk_in("07:40")
    first = await lobby.do("arrive", "08:01", booked, key="scan")
    assert first["decision"] == "wait_outside"
    before = await version(owner, lobby)
    assert await lobby.do("arrive", "08:02", booked, key="scan") == first
    assert await version(owner, lobby) == before


async def test_a_repeated_scan_is_decided_afresh_once_the_visit_has_moved_on(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    booked = id_of(await lobby.book("08:05"))
    inside = await lobby.walk_in("07:40")
    await lobby.do("arrive", "08:01", booked, key="scan")
    await lobby.do("leave", "08:02", inside)
    again = await lobby.do("arrive", "08:03", booked, key="scan")
    assert (again["decision"], again["visit"]["state"]) == ("enter", "inside")
    assert await lobby.differences() == []


async def test_who_was_absent_and_scans_is_in_already(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=4))
    visit = await lobby.walk_in("08:00")
    await lobby.do("open_counter", "08:00", "1")
    await lobby.do("call_next", "08:01", "1")
    await lobby.do("absent", "08:02", visit)
    again = await lobby.arrive("08:05", visit, party_size=5)
    assert (again["decision"], again["visit"]["state"]) == ("already_in", "inside")
    assert await lobby.present("08:05") == 1  # heads nobody let in are for a recount
    assert await lobby.differences() == []


async def test_an_invited_visitor_is_inside_by_scan(pool: Pool) -> None:
    lobby = await small(pool, 1)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", first)
    answer = await lobby.arrive("08:03", second)
    assert (answer["decision"], answer["visit"]["state"]) == ("enter", "inside")


async def test_a_party_that_comes_larger_than_invited_is_decided_afresh(pool: Pool) -> None:
    lobby = await small(pool, 2)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    invited = await lobby.walk_in("08:01", channel="kiosk")
    await lobby.do("leave", "08:02", first)
    assert await lobby.state(invited) == "invited"
    answer = await lobby.arrive("08:03", invited, party_size=2)
    assert (answer["decision"], await lobby.present("08:03")) == ("wait_outside", 1)
    assert answer["visit"]["slip"] == "printed"
    await lobby.do("leave", "08:04", second)
    assert await lobby.state(invited) == "invited"
    assert await lobby.differences() == []


async def test_the_door_finds_a_visit_by_its_code_and_knows_a_wrong_one(pool: Pool) -> None:
    lobby = await opened(pool)
    booked = await lobby.book("08:00")
    code = booked["code"]
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    assert (await lobby.arrive("07:50", code=wrong))["decision"] == "invalid"
    other = f"{lobby.office.office_id % 9999 + 1:04}"
    assert (await lobby.arrive("07:50", code=other + code[4:]))["decision"] == "wrong_office"
    found = await lobby.arrive("07:50", code=code)
    assert (found["decision"], id_of(found)) == ("enter", id_of(booked))


async def test_an_invited_visitor_who_brings_more_people_enters_only_if_they_fit(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=3, counter_cap=None))
    first, _, _ = [await lobby.walk_in("08:00") for _ in range(3)]
    fourth = await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", first)
    assert await lobby.state(fourth) == "invited"
    door = await lobby.arrive("08:03", fourth, party_size=3)
    assert door["decision"] == "wait_outside"
    assert await lobby.present("08:03") <= 3
    assert await lobby.differences("08:03") == []


async def test_a_party_that_grows_while_waiting_outside_is_counted_as_it_is(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=2, counter_cap=None))
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    third = await lobby.walk_in("08:01")
    assert (await lobby.arrive("08:02", third, party_size=2))["decision"] == "wait_outside"
    await lobby.do("leave", "08:03", first)
    assert await lobby.state(third) == "arrived"
    await lobby.do("leave", "08:04", second)
    assert await lobby.state(third) == "invited"
    assert await lobby.present("08:04") == 2
    assert await lobby.differences() == []


async def test_who_waits_outside_is_not_sent_away_by_a_cap_lowered_meanwhile(pool: Pool) -> None:
    lobby = await small(pool, 4)
    await lobby.walk_in("08:00", party_size=2)
    party = await lobby.walk_in("08:01", party_size=3)
    lobby.office.file["caps"][0]["maximum"] = 2
    await import_again(pool, lobby.office, lobby.at("08:02"))
    for size in (None, 3):
        door = await lobby.arrive("08:03", party, party_size=size)
        assert (door["decision"], door["reason"]) == ("wait_outside", None)
    assert (await lobby.arrive("08:04", party, party_size=4))["reason"] == "party_over_cap"


async def test_an_invited_party_that_has_grown_goes_in_at_once_if_all_fit(pool: Pool) -> None:
    lobby = await small(pool, 2)
    first, invited = await lobby.walk_in("08:00", party_size=2), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", first)
    door = await lobby.arrive("08:03", invited, party_size=2)
    assert (door["decision"], door["visit"]["state"]) == ("enter", "inside")
    assert await lobby.differences() == []


async def test_an_invited_party_as_large_as_it_was_enters_whoever_has_come_meanwhile(
    pool: Pool,
) -> None:
    lobby = await small(pool, 1)
    first, invited = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", first)
    await lobby.walk_in("08:03", priority="elderly")
    assert (await lobby.arrive("08:04", invited, party_size=1))["decision"] == "enter"
    assert await lobby.differences() == []


async def test_who_comes_back_after_leaving_is_served_and_nobody_else_who_left(pool: Pool) -> None:
    lobby = await usual(pool)
    back, gone = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    for visit in (back, gone):
        await lobby.do("leave", "08:01", visit)
    await lobby.arrive("08:05", back)
    states = [(await lobby.visit(visit))["services"][0]["state"] for visit in (back, gone)]
    assert states == ["waiting", "left"]


async def test_one_too_late_for_today_hears_the_same_twice_and_stays_as_he_was(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit = await lobby.walk_in("16:00")
    await lobby.do("leave", "16:10", visit)

    async def again() -> dict[str, object]:
        return await commands.arrive(
            pool, lobby.office.office_id, lobby.at("17:05"), "kiosk:door", "once", id_of(visit)
        )

    answer = await again()
    assert (answer["decision"], answer["reason"]) == ("too_late", "closed")
    before = (await lobby.visit(visit))["state"], await lobby.area("17:06")
    assert await again() == answer
    assert ((await lobby.visit(visit))["state"], await lobby.area("17:06")) == before
    services = (await lobby.visit(visit))["services"]
    assert [service["state"] for service in services] == ["left"]


async def test_whoever_comes_with_fewer_keeps_the_cells_of_the_booking(pool: Pool) -> None:
    office = await make_office(pool, area_cap=5, planned=9, rules={"lead_minutes": 0})
    lobby = Lobby(pool, office)
    booked = await lobby.book("08:00", party_size=4)
    door = await lobby.arrive("07:55", booked, party_size=2)
    assert (door["decision"], await lobby.present("07:55")) == ("enter", 2)
    assert not await fits(lobby, "08:15", party_size=2)
    assert await lobby.differences() == []


async def test_whoever_comes_with_more_is_let_in_only_if_all_fit(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=4, planned=9))
    booked = await lobby.book("08:00", party_size=2)
    await lobby.walk_in("07:40", party_size=2)
    assert (await lobby.arrive("07:55", booked, party_size=3))["decision"] == "wait_outside"
    assert await lobby.present("07:55") == 2
    assert await lobby.differences() == []


async def test_a_late_visitor_gives_back_the_booked_cells_for_those_of_a_number(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, rules={"lead_minutes": 0}))
    long = await lobby.book("09:00", services=[{"service": "record", "quantity": 3}])
    door = await lobby.arrive("09:16", long)
    assert (door["decision"], door["late"], expected(lobby, door)) == ("enter", True, "09:15")
    again = await lobby.book_group([lobby.request("09:20"), lobby.request("09:45")], "09:16")
    assert [outcome for outcome, _ in again] == ["slot_full", "booked"]
    assert await lobby.differences() == []


async def test_in_the_second_before_a_visit_is_missed_a_late_visitor_gives_the_cells_back_too(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    long = await lobby.book("09:00", services=[{"service": "record", "quantity": 3}])
    door = await lobby.arrive("09:10:00.500", long)
    assert (door["decision"], door["late"], expected(lobby, door)) == ("enter", True, "09:10")
    assert await lobby.differences() == []


@pytest.mark.parametrize("what", ["booking", "window"])
async def test_nobody_gets_a_number_after_closing_however_little_late(
    pool: Pool, what: str
) -> None:
    lobby = await opened(pool, hour_cap=1, hour_rule="any-60-minutes", planned=1)
    if what == "booking":
        visit = await lobby.book("16:55")
    else:
        await lobby.walk_in("15:55")
        visit = await lobby.walk_in("15:56")
        assert visit["decision"] == "come_back"
    answer = await lobby.arrive("17:00", visit)
    assert (answer["decision"], answer["reason"], answer["number"]) == ("too_late", "closed", None)
    assert await lobby.differences("17:01") == []


async def test_until_closing_who_is_not_late_is_served(pool: Pool) -> None:
    lobby = await opened(pool)
    booked = await lobby.book("16:50")
    assert (await lobby.arrive("16:59", booked))["decision"] == "enter"


async def test_a_queue_left_without_a_counter_gives_no_number_to_who_is_late_or_comes_back(
    pool: Pool,
) -> None:
    lobby = await opened(pool)
    due, late = await lobby.book("08:00"), await lobby.book("08:00")
    void = await lobby.walk_in("07:50", channel="kiosk")
    await lobby.do("slip", "07:50", void, "failed")
    await lobby.do("close_counter", "07:55", "1")
    assert (await lobby.arrive("08:05", due))["decision"] == "enter"
    await lobby.settle("08:12")
    for visit, state in ((late, "missed"), (void, "void")):
        answer = await lobby.arrive("08:12", visit)
        assert (answer["decision"], answer["reason"]) == ("refuse", "queue_closed")
        assert await lobby.state(visit) == state
    await lobby.do("open_counter", "08:20", "1")
    assert (await lobby.arrive("08:20", late))["decision"] == "enter"
    assert await lobby.differences("08:21") == []
