"""Cells: what a booking or a number takes of its queue, of shared counters and of the room."""

from typing import Any

import pytest

from queue_service.db import Pool, Refused
from tests.lobby import Answer, Lobby, moment
from tests.offices import make_office, service

pytestmark = pytest.mark.anyio


async def fits(lobby: Lobby, starts: str, service: str = "copy", **more: Any) -> bool:
    """Whether this booking fits; it stays booked if so."""
    [(outcome, _)] = await lobby.book_group([lobby.request(starts, service, **more)])
    assert outcome in ("booked", "slot_full")
    return outcome == "booked"


def expected(lobby: Lobby, answer: Answer) -> str:
    return moment(answer["visit"]["expected_at"]).astimezone(lobby.office.zone).strftime("%H:%M")


async def test_a_visit_takes_one_counter_for_as_long_as_it_lasts(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    assert await fits(lobby, "08:00", "record")  # 10 minutes
    assert not await fits(lobby, "08:05")
    assert not await fits(lobby, "07:55", "record")
    assert await fits(lobby, "07:55")
    assert await fits(lobby, "08:10")
    assert await lobby.differences() == []


async def test_minutes_times_quantity_are_rounded_up_to_whole_cells(pool: Pool) -> None:
    def scan(file: Any) -> None:
        file["services"].append(service("scan", "justice", 7, "Quét", "Scan", 9))

    lobby = Lobby(pool, await make_office(pool, planned=1, change=scan))
    assert await fits(lobby, "08:00", services=[{"service": "scan", "quantity": 2}])  # 14 minutes
    assert not await fits(lobby, "08:10")
    assert await fits(lobby, "08:15")


async def test_queues_that_share_counters_take_from_one_another(pool: Pool) -> None:
    office = await make_office(pool, pool_id="desks", planned={"justice": 1, "permits": 0})
    lobby = Lobby(pool, office)
    assert await fits(lobby, "08:00", "permit")  # 15 minutes
    assert not await fits(lobby, "08:10")
    assert await fits(lobby, "08:15")
    assert await lobby.differences() == []


async def test_queues_with_counters_of_their_own_do_not(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    assert await fits(lobby, "08:00", "permit")
    assert await fits(lobby, "08:10")


async def test_a_party_is_expected_in_the_room_for_its_visit_and_the_usual_wait(
    pool: Pool,
) -> None:
    office = await make_office(pool, area_cap=5, planned=9, rules={"usual_wait_minutes": 15})
    lobby = Lobby(pool, office)
    assert await fits(lobby, "09:00", party_size=4)  # there until 09:20
    assert not await fits(lobby, "09:15", party_size=2)
    assert not await fits(lobby, "08:45", party_size=2)  # there until 09:05
    assert await fits(lobby, "09:20", party_size=2)
    assert await fits(lobby, "08:40", party_size=2)
    assert await fits(lobby, "09:00")
    assert await lobby.differences() == []


async def test_planned_staff_count_in_the_room(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=5, planned=9, staff=3))
    assert await fits(lobby, "09:00", party_size=2)
    assert not await fits(lobby, "09:00")


async def test_counters_count_as_planned_at_that_time(pool: Pool) -> None:
    def morning(file: Any) -> None:
        file["plans"] = [
            {"scope": "queue:justice", "weekday": 2, "starts": s, "ends": e, "amount": n}
            for s, e, n in (("07:30", "09:00", 1), ("09:00", "10:00", 2), ("10:00", "11:30", 1))
        ]

    lobby = Lobby(pool, await make_office(pool, change=morning))
    assert [await fits(lobby, "08:55") for _ in range(2)] == [True, False]
    assert [await fits(lobby, "09:00") for _ in range(3)] == [True, True, False]
    assert not await fits(lobby, "14:00")
    assert not await fits(lobby, "08:55", "record")
    assert [await fits(lobby, "09:55", "record") for _ in range(2)] == [True, False]


async def test_a_number_takes_cells_that_bookings_see(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, rules={"lead_minutes": 0}))
    first = await lobby.walk_in("08:00", "record")
    assert expected(lobby, first) == "08:00"
    with pytest.raises(Refused) as caught:
        await lobby.book("08:05", now="08:00")
    assert caught.value.facts == {"cap": "queue", "left": 0}
    assert (await lobby.book("08:10", now="08:00"))["state"] == "booked"
    assert await lobby.differences() == []


async def test_a_number_stands_behind_the_bookings_and_numbers_before_it(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.book("08:00")
    await lobby.book("08:10")
    times = [expected(lobby, await lobby.walk_in("08:00")) for _ in range(3)]
    assert times == ["08:05", "08:15", "08:20"]
    assert expected(lobby, await lobby.walk_in("08:00", "record")) == "08:25"
    assert await lobby.differences() == []


async def test_a_number_finds_room_at_counters_that_queues_share(pool: Pool) -> None:
    office = await make_office(pool, pool_id="desks", planned={"justice": 1, "permits": 0})
    lobby = Lobby(pool, office)
    assert await fits(lobby, "08:00", "permit")  # 15 minutes
    assert expected(lobby, await lobby.walk_in("08:00")) == "08:15"
    assert await lobby.differences() == []


async def test_a_number_waits_for_those_ahead_whose_time_is_past(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.walk_in("08:00", "record")
    await lobby.walk_in("08:00", "record")
    assert expected(lobby, await lobby.walk_in("08:20")) == "08:40"  # nobody has been called yet


async def test_the_break_is_not_run_into_and_the_afternoon_is_offered(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.walk_in("11:15", "record")  # until 11:25
    last = await lobby.walk_in("11:15")
    assert (last["decision"], expected(lobby, last)) == ("enter", "11:25")
    late = await lobby.walk_in("11:15")
    assert (late["decision"], late["reason"], late["number"]) == (
        "come_back",
        "after_break",
        None,
    )
    assert moment(late["come_back"]["starts_at"]) == lobby.at("13:30")
    assert moment(late["come_back"]["ends_at"]) == lobby.at("14:00")
    assert await lobby.differences() == []


async def test_no_number_is_given_whose_service_cannot_end_before_the_break(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    assert (await lobby.walk_in("11:25"))["decision"] == "enter"
    assert (await lobby.walk_in("11:27"))["decision"] == "come_back"


async def test_counters_planned_through_the_break_give_no_run_into_it(pool: Pool) -> None:
    def through(file: Any) -> None:
        file["plans"] = [
            {
                "scope": "queue:justice",
                "weekday": 2,
                "starts": "07:30",
                "ends": "17:00",
                "amount": 1,
            }
        ]

    lobby = Lobby(pool, await make_office(pool, change=through))
    await lobby.walk_in("11:15", "record")  # until 11:25
    assert (await lobby.walk_in("11:15", "record"))["reason"] == "after_break"
    assert expected(lobby, await lobby.walk_in("11:15")) == "11:25"


async def test_at_the_end_of_the_day_another_day_is_offered(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    answer = await lobby.walk_in("16:56", "record")
    assert (answer["decision"], answer["reason"]) == ("refuse", "day_full")
    assert (answer["offer"], answer["visit"]) == ("slots", None)
    answer = await lobby.walk_in("17:05")
    assert (answer["decision"], answer["reason"]) == ("refuse", "closed")
    assert await lobby.differences() == []


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


async def full_at_nine(pool: Pool) -> tuple[Lobby, Answer]:
    lobby = Lobby(pool, await make_office(pool, planned=1, rules={"lead_minutes": 0}))
    booked = await lobby.book("09:00")
    assert not await fits(lobby, "09:00")
    return lobby, booked


async def test_a_cancelled_visit_gives_its_cells_back(pool: Pool) -> None:
    lobby, booked = await full_at_nine(pool)
    await lobby.do("cancel", "07:10", booked)
    assert await fits(lobby, "09:00")
    assert await lobby.differences() == []


async def test_a_moved_visit_gives_its_cells_back_and_takes_others(pool: Pool) -> None:
    lobby, booked = await full_at_nine(pool)
    await lobby.do("reschedule", "07:10", booked, lobby.at("10:00"))
    assert await fits(lobby, "09:00")
    assert not await fits(lobby, "10:00")
    assert await lobby.differences() == []


async def test_a_missed_visit_gives_its_cells_back(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, rules={"lead_minutes": 0}))
    await lobby.book("09:00", services=[{"service": "record", "quantity": 3}])  # until 09:30
    assert (await lobby.book_group([lobby.request("09:15")], "09:10"))[0][0] == "slot_full"
    assert (await lobby.book_group([lobby.request("09:15")], "09:11"))[0][0] == "booked"
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


async def test_a_number_given_up_or_void_gives_its_cells_back(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, rules={"lead_minutes": 0}))
    left = await lobby.walk_in("08:00", "permit", channel="kiosk")
    await lobby.do("leave", "08:01", left)
    assert (await lobby.book_group([lobby.request("08:05", "permit")], "08:01"))[0][0] == "booked"
    void = await lobby.walk_in("08:01", "record", channel="kiosk")
    await lobby.do("slip", "08:01", void, "failed")
    assert await lobby.state(void) == "void"
    assert (await lobby.book_group([lobby.request("08:05")], "08:02"))[0][0] == "booked"
    assert await lobby.differences() == []


async def test_who_is_served_early_gives_back_the_cells_that_were_still_to_come(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.do("open_counter", "08:00", "1")
    visits = [await lobby.walk_in("16:00", "record") for _ in range(6)]  # until 17:00
    assert (await lobby.walk_in("16:00"))["reason"] == "day_full"
    for minute, visit in enumerate(visits):
        await lobby.do("call_next", f"16:{minute:02}", "1")
        await lobby.do("serve", f"16:{minute:02}", visit)
        await lobby.do("finish", f"16:{minute:02}", visit)
    assert (await lobby.walk_in("16:10", "record"))["decision"] == "enter"
    assert await lobby.differences() == []
