"""Who goes in next, who waits outside, who is fetched, and why."""

import pytest

from queue_service import reads
from queue_service.db import Pool, Refused
from tests.lobby import Answer, Lobby, id_of, moment
from tests.offices import File, import_again, make_office, queue, upstairs
from tests.sql.scenes import line, small

pytestmark = pytest.mark.anyio


async def outside(lobby: Lobby, now: str) -> list[str]:
    """The door line as the door TV shows it."""
    return (await reads.board(lobby.pool, lobby.office.office_id, lobby.at(now)))["outside"]


# Entering


async def test_at_the_door_one_is_inside_at_once_and_only_one_fetched_is_invited(
    pool: Pool,
) -> None:
    lobby = await small(pool, 1)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    assert (first["decision"], first["visit"]["state"]) == ("enter", "inside")
    assert (second["decision"], second["visit"]["state"]) == ("wait_outside", "arrived")
    await lobby.do("leave", "08:02", first)
    assert await lobby.state(second) == "invited"
    assert await lobby.differences() == []


async def test_nobody_enters_before_the_door_opens(pool: Pool) -> None:
    lobby = await small(pool, 5)
    early = await lobby.walk_in("07:10")
    assert early["decision"] == "wait_outside"
    await lobby.settle("07:14")
    assert await lobby.state(early) == "arrived"
    await lobby.settle("07:15")
    assert await lobby.state(early) == "invited"
    assert await lobby.differences() == []


# Invitations


async def test_an_invitation_lapses_after_three_minutes_with_the_arrival_time_kept(
    pool: Pool,
) -> None:
    lobby = await small(pool, 1)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    third = await lobby.walk_in("08:02")
    await lobby.do("leave", "08:05", first)
    assert await lobby.state(second) == "invited"
    await lobby.settle("08:07")
    assert await lobby.state(second) == "invited"
    await lobby.settle("08:08")
    assert [await lobby.state(v) for v in (second, third)] == ["arrived", "invited"]
    assert moment((await lobby.visit(second))["arrived_at"]) == lobby.at("08:01")
    assert await lobby.differences() == []


async def test_a_lapsed_invitation_stands_behind_the_next_who_fits_and_then_first_again(
    pool: Pool,
) -> None:
    lobby = await small(pool, 1)
    first = await lobby.walk_in("08:00")
    second, third, fourth = [await lobby.walk_in(f"08:0{n}") for n in (1, 2, 3)]
    await lobby.do("leave", "08:05", first)
    await lobby.settle("08:08")
    assert await lobby.state(third) == "invited"
    await lobby.do("enter", "08:09", third)
    assert await outside(lobby, "08:09") == ["A002", "A004"]
    await lobby.do("leave", "08:10", third)
    assert [await lobby.state(v) for v in (second, fourth)] == ["invited", "arrived"]
    assert await lobby.differences() == []


async def test_while_it_yields_a_visit_says_so_and_who_goes_first(pool: Pool) -> None:
    lobby = await small(pool, 2)
    first, _ = await lobby.walk_in("08:00"), await lobby.walk_in("08:00")
    second = await lobby.walk_in("08:01")
    await lobby.walk_in("08:02", party_size=2)  # does not fit the one place
    await lobby.do("leave", "08:05", first)
    await lobby.do("recount", "08:07", "hall", 3)  # somebody slipped in
    await lobby.settle("08:08")
    assert await lobby.state(second) == "arrived"
    seen = await lobby.visit(second, "08:08")
    assert seen["ahead"] == 1
    assert seen["why"] == [{"number": "A004", "because": "invitation_lapsed"}]
    assert await outside(lobby, "08:08") == ["A004", "A003"]


async def test_after_the_third_invitation_the_visitor_is_gone(pool: Pool) -> None:
    lobby = await small(pool, 1)
    first, second = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:05", first)
    await lobby.settle("08:13")
    assert await lobby.state(second) == "invited"
    await lobby.settle("08:14")
    assert (await lobby.state(second), await lobby.present("08:14")) == ("left", 0)
    assert await lobby.differences() == []


# Headroom


async def test_a_walk_in_leaves_room_for_who_is_booked_and_due(pool: Pool) -> None:
    lobby = await small(pool, 3)
    await lobby.book("08:30", party_size=2)
    assert (await lobby.walk_in("08:14"))["decision"] == "enter"
    assert (await lobby.walk_in("08:16"))["decision"] == "wait_outside"
    assert await lobby.present("08:16") == 1
    assert await lobby.differences() == []


async def test_before_fifteen_minutes_nothing_is_kept(pool: Pool) -> None:
    lobby = await small(pool, 2)
    await lobby.book("08:30", party_size=2)
    assert (await lobby.walk_in("08:14"))["decision"] == "enter"
    assert (await lobby.walk_in("08:14"))["decision"] == "enter"


async def test_from_fifteen_minutes_before_room_is_kept(pool: Pool) -> None:
    lobby = await small(pool, 2)
    await lobby.book("08:30", party_size=2)
    assert (await lobby.walk_in("08:15"))["decision"] == "wait_outside"


async def test_the_room_kept_is_free_once_the_booked_visitor_is_late(pool: Pool) -> None:
    lobby = await small(pool, 2)
    await lobby.book("08:30", party_size=2)
    waiting = await lobby.walk_in("08:20")
    await lobby.settle("08:40")
    assert await lobby.state(waiting) == "arrived"
    await lobby.settle("08:41")
    assert await lobby.state(waiting) == "invited"
    assert await lobby.differences() == []


async def test_room_is_kept_for_a_booked_party_that_waits_outside(pool: Pool) -> None:
    lobby = await small(pool, 3)
    party = await lobby.book("08:15", party_size=3)
    alone = await lobby.walk_in("07:50")
    assert alone["decision"] == "enter"
    assert (await lobby.arrive("08:10", party))["decision"] == "wait_outside"
    assert (await lobby.walk_in("08:40"))["decision"] == "wait_outside"  # they are not late
    await lobby.do("leave", "08:41", alone)
    assert await lobby.state(party) == "invited"
    assert await lobby.differences() == []


async def test_no_room_is_kept_for_one_who_stepped_out_and_stays_away(pool: Pool) -> None:
    lobby = await small(pool, 1)
    booked = await lobby.book("08:15")
    await lobby.arrive("08:10", booked)
    await lobby.do("exit", "08:12", "hall", id_of(booked))
    waiting = await lobby.walk_in("08:13")
    assert waiting["decision"] == "wait_outside"
    await lobby.settle("08:25")
    assert await lobby.state(waiting) == "arrived"
    await lobby.settle("08:26")
    assert await lobby.state(waiting) == "invited"
    assert await lobby.differences() == []


async def test_a_booked_visitor_enters_into_the_room_that_was_kept(pool: Pool) -> None:
    lobby = await small(pool, 1)
    booked = await lobby.book("08:15")
    waiting = await lobby.walk_in("08:05")
    assert waiting["decision"] == "wait_outside"
    assert (await lobby.arrive("08:06", booked))["decision"] == "enter"
    assert await lobby.differences() == []


async def test_a_late_booked_visitor_has_no_room_kept(pool: Pool) -> None:
    lobby = await small(pool, 2)
    late, due = await lobby.book("08:00"), await lobby.book("08:25")
    await lobby.walk_in("08:05")
    answer = await lobby.arrive("08:12", late)
    assert (answer["decision"], answer["late"]) == ("wait_outside", True)
    assert (await lobby.arrive("08:13", due))["decision"] == "enter"


async def test_a_cap_for_walk_ins_does_not_bind_the_booked(pool: Pool) -> None:
    lobby = await small(pool, 2, binds="walk-ins")
    booked = await lobby.book("08:00")
    for _ in range(2):
        await lobby.walk_in("07:40")
    assert (await lobby.walk_in("07:42"))["decision"] == "wait_outside"
    assert (await lobby.arrive("07:50", booked))["decision"] == "enter"
    assert await lobby.present("07:50") == 3


# The order of both lines


async def test_the_rest_stand_by_arrival(pool: Pool) -> None:
    lobby = await small(pool, 9)
    for clock in ("08:00", "08:00", "08:01"):
        await lobby.walk_in(clock)
    assert await line(lobby, "08:02") == ["A001", "A002", "A003"]


async def test_priority_stands_before_the_booked_and_the_rest(pool: Pool) -> None:
    lobby = await small(pool, 9)
    booked = await lobby.book("08:05")
    await lobby.walk_in("08:00")
    await lobby.arrive("08:00", booked)
    await lobby.walk_in("08:01", priority="elderly")
    assert await line(lobby, "08:02") == ["A003", "A002", "A001"]


async def test_a_booked_visitor_stands_by_time_within_five_minutes_of_it_and_by_arrival_before(
    pool: Pool,
) -> None:
    lobby = await small(pool, 9)
    booked = await lobby.book("08:20")
    await lobby.walk_in("08:00")
    await lobby.arrive("08:10", booked)
    assert await line(lobby, "08:14") == ["A001", "A002"]
    assert await line(lobby, "08:15") == ["A002", "A001"]


async def test_booked_visitors_stand_by_their_time_and_not_by_who_came_first(pool: Pool) -> None:
    lobby = await small(pool, 9)
    earlier, later = await lobby.book("08:05"), await lobby.book("08:10")
    await lobby.arrive("08:00", later)
    await lobby.arrive("08:05", earlier)
    assert await line(lobby, "08:06") == ["A002", "A001"]


async def test_a_walk_in_waiting_for_more_than_45_minutes_stands_first(pool: Pool) -> None:
    lobby = await small(pool, 9)
    await lobby.walk_in("08:00")
    await lobby.walk_in("08:40", priority="elderly")
    assert await line(lobby, "08:45") == ["A002", "A001"]
    assert await line(lobby, "08:46") == ["A001", "A002"]


async def test_ties_are_broken_by_number(pool: Pool) -> None:
    lobby = await small(pool, 9)
    one, other = await lobby.book("08:05"), await lobby.book("08:05")
    await lobby.arrive("08:01", other)
    await lobby.arrive("08:02", one)
    assert await line(lobby, "08:03") == ["A001", "A002"]


async def test_of_two_who_came_at_once_the_lower_number_is_fetched_first(pool: Pool) -> None:
    lobby = await small(pool, 1)
    inside, first, second = [await lobby.walk_in("08:00") for _ in range(3)]
    await lobby.do("leave", "08:05", inside)
    assert (await lobby.state(first), await lobby.state(second)) == ("invited", "arrived")


async def test_the_same_order_stands_outside(pool: Pool) -> None:
    lobby = await small(pool, 1)
    booked = await lobby.book("08:10")
    await lobby.walk_in("07:40")
    await lobby.walk_in("07:50")
    await lobby.arrive("08:00", booked)
    assert await outside(lobby, "08:00") == ["A002", "A003"]
    await lobby.walk_in("08:01", priority="pregnant")
    assert await outside(lobby, "08:06") == ["A004", "A003", "A002"]
    assert await outside(lobby, "08:36") == ["A002", "A004", "A003"]


async def test_every_visit_says_who_is_ahead_and_why(pool: Pool) -> None:
    lobby = await small(pool, 9)
    booked, later = await lobby.book("08:40"), await lobby.book("08:45")
    await lobby.walk_in("07:40")  # A001, very long
    await lobby.arrive("08:30", booked)  # A002
    await lobby.walk_in("08:31", priority="elderly")  # A003
    await lobby.arrive("08:35", later)  # A004
    last = await lobby.walk_in("08:36")  # A005
    seen = await lobby.visit(last, "08:41")
    assert seen["ahead"] == 4
    assert [(one["number"], one["because"]) for one in seen["why"]] == [
        ("A001", "waited_long"),
        ("A003", "priority"),
        ("A002", "booked_time"),
        ("A004", "booked_time"),
    ]
    seen = await lobby.visit(later, "08:41")
    assert [one["because"] for one in seen["why"]] == ["waited_long", "priority", "earlier_time"]
    newest = await lobby.walk_in("08:42")
    assert (await lobby.visit(newest, "08:42"))["why"][-1] == {
        "number": "A005",
        "because": "came_earlier",
    }


async def test_what_a_ticket_says_of_its_place_is_the_order_it_is_called_in(pool: Pool) -> None:
    lobby = await small(pool, 9)
    booked = await lobby.book("08:10")
    visits = [await lobby.walk_in("08:00"), await lobby.walk_in("08:01", priority="merit")]
    visits.append(await lobby.arrive("08:06", booked))
    await lobby.do("slip", "08:06", booked, "phone")
    places = {v["number"]: (await lobby.visit(v, "08:07"))["ahead"] for v in visits}
    await lobby.do("open_counter", "08:07", "1")
    called: list[str] = []
    for _ in visits:
        called.append((await lobby.do("call_next", "08:07", "1"))["number"])
    assert [places[number] for number in called] == [0, 1, 2]


async def test_who_stepped_out_has_no_place_to_tell_until_back(pool: Pool) -> None:
    lobby = await small(pool, 9)
    first, _ = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("exit", "08:02", "hall", id_of(first))
    seen = await lobby.visit(first, "08:03")
    assert (seen["ahead"], seen["why"]) == (None, [])
    assert await outside(lobby, "08:03") == []


# Nobody enters while somebody ahead fits; a smaller party may pass for ten minutes


async def test_nobody_enters_while_somebody_ahead_fits(pool: Pool) -> None:
    lobby = await small(pool, 3)
    staying = await lobby.walk_in("08:00", party_size=3)
    first, second = await lobby.walk_in("08:01", party_size=2), await lobby.walk_in("08:02")
    await lobby.do("exit", "08:03", "hall", id_of(staying))
    assert [await lobby.state(v) for v in (first, second)] == ["invited", "invited"]
    back = await lobby.arrive("08:04", staying)
    assert back["decision"] == "wait_outside"


async def test_one_at_the_door_does_not_go_in_before_one_ahead_who_fits(pool: Pool) -> None:
    lobby = await small(pool, 1)
    staying, ahead = await lobby.walk_in("08:00"), await lobby.walk_in("08:01")
    await lobby.do("leave", "08:02", staying)
    assert (await lobby.walk_in("08:02"))["decision"] == "wait_outside"
    assert await lobby.state(ahead) == "invited"


async def test_a_smaller_party_passes_a_first_that_does_not_fit_and_it_is_noted_on_both(
    pool: Pool,
) -> None:
    lobby = await small(pool, 3)
    await lobby.walk_in("08:00", party_size=2)
    party = await lobby.walk_in("08:01", party_size=2)
    alone = await lobby.walk_in("08:05")
    assert (party["decision"], alone["decision"]) == ("wait_outside", "enter")
    assert (await lobby.visit(party))["passed"] == ["A003 08:05"]
    assert (await lobby.visit(alone))["passed"] == ["A002 08:05"]
    assert await lobby.differences() == []


async def test_after_ten_minutes_freed_places_are_kept_for_the_first(pool: Pool) -> None:
    lobby = await small(pool, 3)
    staying = await lobby.walk_in("08:00", party_size=2)
    party = await lobby.walk_in("08:01", party_size=2)
    assert (await lobby.walk_in("08:11"))["decision"] == "wait_outside"
    await lobby.do("leave", "08:12", staying)
    assert await lobby.state(party) == "invited"
    assert await lobby.differences() == []


async def test_until_ten_minutes_are_over_a_smaller_party_may_pass(pool: Pool) -> None:
    lobby = await small(pool, 3)
    await lobby.walk_in("08:00", party_size=2)
    await lobby.walk_in("08:01", party_size=2)
    assert (await lobby.walk_in("08:10"))["decision"] == "enter"


async def test_a_party_that_went_in_and_comes_again_starts_its_ten_minutes_anew(
    pool: Pool,
) -> None:
    lobby = await small(pool, 3)
    staying = await lobby.walk_in("08:00", party_size=2)
    party = await lobby.walk_in("08:01", party_size=2)
    await lobby.do("leave", "08:02", staying)
    await lobby.do("enter", "08:03", party)
    await lobby.do("exit", "08:20", "hall", id_of(party))
    for _ in range(2):
        await lobby.walk_in("08:21")
    assert (await lobby.arrive("08:30", party))["decision"] == "wait_outside"
    assert (await lobby.walk_in("08:31"))["decision"] == "enter"


async def test_one_whose_place_was_kept_passes_nobody(pool: Pool) -> None:
    lobby = await small(pool, 1)
    booked = await lobby.book("08:15")
    waiting = await lobby.walk_in("08:01")
    assert (await lobby.arrive("08:05", booked))["decision"] == "enter"
    assert (await lobby.visit(waiting))["passed"] == []


async def test_two_areas_have_each_their_own_door(pool: Pool) -> None:
    office = await make_office(pool, area_cap=1, counter_cap=None)
    office.file["areas"].append(
        {"area_id": "annex", "name_vi": "Phòng bên", "name_en": "Annex", "position": 1}
    )
    permits = next(q for q in office.file["queues"] if q["queue_id"] == "permits")
    permits["area_id"] = "annex"
    desk = next(c for c in office.file["counters"] if c["counter_id"] == "3")
    desk["area_id"] = "annex"
    await import_again(pool, office)
    lobby = Lobby(pool, office)
    here, there = await lobby.walk_in("08:00"), await lobby.walk_in("08:00", "permit")
    assert [here["decision"], there["decision"]] == ["enter", "enter"]
    assert [await lobby.present("08:00"), (await lobby.area("08:00", "annex"))["present"]] == [1, 1]
    await lobby.do("park", "08:01", here, "here", "")
    await lobby.do("open_counter", "08:01", "3")
    with pytest.raises(Refused, match="not_inside"):
        await lobby.do("resume", "08:02", here, "3")
    assert await lobby.differences() == []


async def test_nobody_is_sent_to_a_counter_or_queue_that_is_no_more(pool: Pool) -> None:
    office = await make_office(pool)
    lobby = Lobby(pool, office)
    visit = await lobby.walk_in("08:00")
    office.file["queues"].append(queue("old", "Z", "Cũ", "Old", 9))
    await import_again(pool, office, lobby.at("08:00"))
    office.file["queues"].pop()
    office.file["counters"] = [c for c in office.file["counters"] if c["counter_id"] != "2"]
    await import_again(pool, office, lobby.at("08:01"))
    with pytest.raises(Refused, match="no_such_queue"):
        await lobby.do("transfer", "08:02", visit, "old")
    with pytest.raises(Refused, match="no_such_counter"):
        await lobby.do("open_counter", "08:02", "2")
    page: Answer = await reads.board(pool, office.office_id, lobby.at("08:02"))
    assert [c["counter"] for c in page["counters"]] == ["1", "3"]


async def test_room_is_kept_in_the_room_somebody_waits_for_and_in_no_other(pool: Pool) -> None:
    lobby = Lobby(
        pool, await make_office(pool, area_cap=2, change=upstairs, rules={"lead_minutes": 0})
    )
    booked = await lobby.book("08:00", now="07:30")
    up = await lobby.walk_in("07:55", "deed")
    await lobby.arrive("07:56", booked)
    await lobby.do("transfer", "07:57", booked, "notary")
    await lobby.do("exit", "07:58", "hall", id_of(booked))
    back = await lobby.arrive("07:59", booked)  # waits for a place upstairs
    assert back["decision"] == "wait_outside"
    doors = [(await lobby.walk_in("08:00"))["decision"] for _ in range(3)]
    assert doors == ["enter", "enter", "wait_outside"]
    await lobby.walk_in("08:00", "deed", priority="elderly")
    await lobby.do("leave", "08:01", up)
    assert await lobby.state(booked) == "invited"
    assert await lobby.differences() == []


async def test_room_is_kept_for_a_booked_party_that_waits_in_another_room(pool: Pool) -> None:
    def change(file: File) -> None:
        upstairs(file)
        file["caps"][-1]["maximum"] = 2

    lobby = Lobby(pool, await make_office(pool, change=change, rules={"lead_minutes": 0}))
    booked = await lobby.book("08:00", now="07:30", party_size=2)
    await lobby.arrive("07:50", booked)
    first = await lobby.walk_in("07:55", "deed")
    await lobby.do("transfer", "07:57", booked, "notary")
    assert (await lobby.walk_in("08:00", "deed"))["decision"] == "wait_outside"
    await lobby.do("leave", "08:01", first)
    assert (await lobby.visit(booked, "08:01"))["area"] == "up"
    assert await lobby.differences() == []
