"""Booking: each refusal by its name, and what a group of requests does to one another."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from queue_service import commands, db, reads
from queue_service.db import Pool, Refused
from tests.bookings import booking
from tests.lobby import Lobby, moment
from tests.offices import Office, cap, make_office
from tests.serving import BEGINS
from tests.sql.scenes import ELDERS

pytestmark = pytest.mark.anyio

ALWAYS = {"valid_from": "-infinity", "valid_to": "infinity"}


async def refusal(lobby: Lobby, starts: str, service: str = "copy", **more: Any) -> Any:
    with pytest.raises(Refused) as caught:
        await lobby.book(starts, service, **more)
    return caught.value.code, caught.value.facts


async def test_a_service_nobody_knows_is_refused_by_its_name(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    assert await refusal(lobby, "08:00", "wedding") == ("unknown_service", {"service": "wedding"})
    nothing: dict[str, Any] = {**lobby.request("08:00"), "services": []}
    assert await lobby.book_group([nothing]) == [("unknown_service", {"service": None})]


@pytest.mark.parametrize("quantity", [0, -1, 101])
async def test_a_quantity_nobody_can_bring_is_refused(pool: Pool, quantity: int) -> None:
    lobby = Lobby(pool, await make_office(pool))
    services = [{"service": "copy", "quantity": quantity}]
    good = lobby.request("08:00")
    rows = await lobby.book_group([lobby.request("08:00", services=services), good])
    assert [outcome for outcome, _ in rows] == ["unknown_service", "booked"]
    with pytest.raises(Refused, match="unknown_service"):
        await lobby.walk_in("08:00", services=services)


async def test_a_retired_service_can_no_longer_be_booked(pool: Pool) -> None:
    office = await make_office(pool)
    lobby = Lobby(pool, office)
    office.file["services"] = [s for s in office.file["services"] if s["service_id"] != "record"]
    await commands.import_office(pool, office.office_id, lobby.at("06:00"), "test", office.file)
    assert (await refusal(lobby, "08:00", "record"))[0] == "unknown_service"


async def test_a_time_between_two_cells_is_not_a_slot(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    assert await refusal(lobby, "08:02") == ("not_a_slot", {"closed": False})


@pytest.mark.parametrize("starts", ["07:25", "11:30", "11:25", "12:00", "16:55"])
async def test_a_visit_that_does_not_fit_the_opening_hours_is_not_a_slot(
    pool: Pool, starts: str
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    found = await refusal(lobby, starts, "record", now="06:00")
    assert found == ("not_a_slot", {"closed": True})


async def test_a_visit_may_end_exactly_when_the_break_begins(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    assert moment((await lobby.book("11:25"))["ends_at"]) == lobby.at("11:30")
    assert (await lobby.book("11:20", "record"))["state"] == "booked"
    assert await lobby.differences() == []


async def test_a_time_that_has_passed_is_refused(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    assert (await refusal(lobby, "08:00", now="09:00"))[0] == "in_the_past"


async def test_the_lead_time_is_kept_to_the_minute(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"lead_minutes": 30}))
    assert await refusal(lobby, "08:00", now="07:31") == ("too_soon", {"lead_minutes": 30})
    assert (await Lobby(pool, await make_office(pool)).book("08:00", now="07:30"))["code"]


async def test_the_last_day_that_can_be_booked_is_named(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"booking_days": 6}))
    later = lobby.request("08:00") | {"starts_at": lobby.office.at("08:00", 7).isoformat()}
    last = lobby.request("08:00") | {"starts_at": lobby.office.at("08:00", 6).isoformat()}
    rows = await lobby.book_group([later, last])
    assert rows[0] == ("too_far", {"last_day": "2026-04-06"})
    assert rows[1][0] == "booked"


async def test_a_closed_day_is_refused_with_its_name(pool: Pool) -> None:
    def close(file: Any) -> None:
        file["closures"] = [
            {"day": "2026-03-31", "name_vi": "Giỗ Tổ", "name_en": "Hung Kings"},
            {"day": "2026-04-05", "name_vi": "Nghỉ", "name_en": "Closed"},
        ]
        file["special_openings"] = [{"day": "2026-04-05", "opens": "08:00", "closes": "10:00"}]

    lobby = Lobby(pool, await make_office(pool, change=close))
    assert await refusal(lobby, "08:00") == (
        "closed_day",
        {"name_vi": "Giỗ Tổ", "name_en": "Hung Kings"},
    )
    special = lobby.request("08:00") | {"starts_at": lobby.office.at("09:00", 5).isoformat()}
    after = lobby.request("08:00") | {"starts_at": lobby.office.at("10:00", 5).isoformat()}
    [opened, shut] = await lobby.book_group([special, after])
    assert opened[0] == "booked"  # a day with hours of its own overrides closure and week
    assert shut == ("not_a_slot", {"closed": True})


async def test_of_several_closed_days_each_has_its_own_name(pool: Pool) -> None:
    names = ("Giỗ Tổ", "Nghỉ bù")
    office = await make_office(
        pool,
        change=lambda file: file["closures"].extend(
            {"day": f"2026-04-0{n + 1}", "name_vi": name, "name_en": name}
            for n, name in enumerate(names)
        ),
    )
    lobby = Lobby(pool, office)
    days = [
        lobby.request("08:00") | {"starts_at": office.at("08:00", n + 1).isoformat()}
        for n in range(2)
    ]
    told = await lobby.book_group(days)
    assert [(code, facts["name_vi"]) for code, facts in told] == [
        ("closed_day", name) for name in names
    ]


async def test_a_service_that_is_in_person_only_is_booked(pool: Pool) -> None:
    row = {"service_id": "copy", "channel": "in_person", "mode": "only", "url": ""} | ALWAYS
    office = await make_office(pool, change=lambda file: file["channels"].append(row))
    assert (await Lobby(pool, office).book("08:00"))["state"] == "booked"


async def test_without_a_lead_time_the_next_cell_is_booked_to_the_second(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"lead_minutes": 0}))
    assert (await lobby.book("08:00", now="08:00"))["state"] == "booked"
    assert (await refusal(lobby, "08:00", now="08:00:01"))[0] == "in_the_past"


async def test_a_sunday_is_closed_without_a_name(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    sunday = lobby.request("08:00") | {"starts_at": lobby.office.at("08:00", 5).isoformat()}
    assert await lobby.book_group([sunday]) == [("closed_day", {})]


async def test_a_service_that_is_online_only_is_not_booked_and_its_address_is_given(
    pool: Pool,
) -> None:
    def online(file: Any) -> None:
        file["channels"] = [
            {"service_id": "copy", "channel": "online", "mode": "only", "url": "https://dvc.test/1"}
            | ALWAYS,
            {"service_id": "record", "channel": "online", "mode": "steered", "url": ""} | ALWAYS,
        ]

    lobby = Lobby(pool, await make_office(pool, change=online))
    code, facts = await refusal(lobby, "08:00")
    assert code == "not_in_person"
    assert facts["channels"] == [
        {"service": "copy", "channel": "online", "url": "https://dvc.test/1"}
    ]
    assert (await lobby.book("08:00", "record"))["state"] == "booked"


async def test_an_online_only_rule_binds_on_its_own_days(pool: Pool) -> None:
    def online(file: Any) -> None:
        file["channels"] = [
            {"service_id": "copy", "channel": "online", "mode": "only", "url": ""}
            | {"valid_from": "2026-04-01", "valid_to": "2026-04-02"}
        ]

    lobby = Lobby(pool, await make_office(pool, change=online))
    days = [
        lobby.request("08:00") | {"starts_at": lobby.office.at("08:00", d).isoformat()}
        for d in range(4)
    ]
    outcomes = [outcome for outcome, _ in await lobby.book_group(days)]
    assert outcomes == ["booked", "not_in_person", "not_in_person", "booked"]


async def test_a_party_too_large_is_told_the_largest(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"largest_party": 5}))
    assert await refusal(lobby, "08:00", party_size=6) == ("party_too_large", {"largest_party": 5})
    assert (await refusal(lobby, "08:00", party_size=0))[0] == "party_too_small"
    assert (await lobby.book("08:00", party_size=5))["party_size"] == 5


async def test_one_phone_has_two_bookings_at_a_time_even_within_one_group(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"bookings_per_phone": 2}))
    phone = "+84905123456"
    requests = [lobby.request(s, phone=phone) for s in ("08:00", "09:00", "10:00")]
    rows = await lobby.book_group(requests)
    assert [outcome for outcome, _ in rows] == ["booked", "booked", "too_many_bookings"]
    assert rows[2][1] == {"bookings_per_phone": 2}
    assert (await refusal(lobby, "10:00", phone=phone))[0] == "too_many_bookings"
    assert (await lobby.book("10:00", phone="+84905123457"))["state"] == "booked"
    await lobby.do("cancel", "07:01", rows[0][1])
    assert (await lobby.book("10:30", phone=phone, now="07:02"))["state"] == "booked"
    assert await lobby.differences() == []


async def test_without_a_phone_nothing_is_counted(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    for starts in ("08:00", "08:30", "09:00", "09:30"):
        await lobby.book(starts)


async def test_the_same_booking_asked_again_is_the_same_answer_and_takes_nothing(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    request = lobby.request("08:00", phone="+84905123456")
    [first, twin] = await lobby.book_group([request, request])
    again = request | {"token": "0" * 32, "digits": 1}  # made anew by the process that asks again
    [later] = await lobby.book_group([again], "07:10")
    assert first == twin == later
    assert await lobby.differences() == []


async def test_another_booking_under_the_same_id_is_refused_and_shows_nothing(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    request = lobby.request("08:00", name="Trần Thị Bình")
    other = request | {"starts_at": lobby.at("09:00").isoformat()}
    assert (await lobby.book_group([request]))[0][0] == "booked"
    assert await lobby.book_group([other]) == [("id_reused", {})]
    fresh = lobby.request("10:00")
    changed = fresh | {"name": "Lê Văn Cường"}
    rows = await lobby.book_group([fresh, changed])
    assert [outcome for outcome, _ in rows] == ["booked", "id_reused"]
    assert rows[1][1] == {}


async def test_a_walk_in_id_is_no_booking_id(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit_id = uuid4()
    await lobby.walk_in("07:40", visit_id=visit_id)
    assert await lobby.book_group([lobby.request("09:00", booking_id=visit_id)], "07:41") == [
        ("id_reused", {})
    ]


async def test_a_refused_booking_is_not_remembered(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    taken = await lobby.book("08:00")
    request = lobby.request("08:00")
    assert (await lobby.book_group([request]))[0][0] == "slot_full"
    await lobby.do("cancel", "07:01", taken)
    assert (await lobby.book_group([request], "07:02"))[0][0] == "booked"
    assert await lobby.differences() == []


async def test_a_full_slot_says_that_the_counters_of_the_queue_are_taken(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=2))
    rows = await lobby.book_group([lobby.request("08:00") for _ in range(3)])
    assert [outcome for outcome, _ in rows] == ["booked", "booked", "slot_full"]
    assert rows[2][1] == {"cap": "queue", "left": 0}


async def test_a_full_slot_says_that_the_shared_counters_are_taken(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, pool_id="desks", planned={"justice": 2}))
    requests = [lobby.request("08:00", s) for s in ("copy", "permit", "copy", "copy")]
    rows = await lobby.book_group(requests)
    assert [outcome for outcome, _ in rows] == ["booked"] * 3 + ["slot_full"]
    assert rows[3][1]["cap"] == "pool"


async def test_a_full_slot_says_how_many_heads_would_still_fit(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=5, staff=2))
    assert (await lobby.book("08:00", party_size=2))["state"] == "booked"
    found = await refusal(lobby, "08:00", party_size=2)
    assert found == ("slot_full", {"cap": "present", "left": 1})
    assert (await lobby.book("08:00"))["state"] == "booked"


async def test_a_full_slot_says_that_the_hour_is_full(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, hour_cap=2))
    await lobby.book("08:00")
    await lobby.book("08:30")
    assert await refusal(lobby, "08:45") == ("slot_full", {"cap": "hour", "left": 0})


async def test_a_cap_that_binds_walk_ins_alone_lets_the_booking_through(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1, binds="walk-ins"))
    await lobby.book("08:00")
    await lobby.book("08:00")
    assert (await lobby.arrive("07:55", await lobby.book("08:30")))["decision"] == "too_early"
    assert await lobby.differences() == []


async def test_of_several_caps_the_lowest_valid_that_day_wins(pool: Pool) -> None:
    caps = [
        cap("old", "present", "area:hall", 1, valid_from="2026-01-01", valid_to="2026-03-30"),
        cap("short", "present", "area:hall", 2, valid_from="2026-03-31", valid_to="2026-03-31"),
    ]
    lobby = Lobby(pool, await make_office(pool, area_cap=3, planned=9, caps=caps))
    rows = await lobby.book_group([lobby.request("08:00") for _ in range(4)])
    assert [outcome for outcome, _ in rows].count("booked") == 2
    tomorrow = Lobby(pool, lobby.office, days=1)
    rows = await tomorrow.book_group([tomorrow.request("08:00") for _ in range(4)])
    assert [outcome for outcome, _ in rows].count("booked") == 3


async def test_refusals_in_a_group_leave_the_others_as_they_are(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    rows = await lobby.book_group(
        [
            lobby.request("08:02"),
            lobby.request("08:00"),
            lobby.request("08:00", "wedding"),
            lobby.request("08:00", party_size=99),
            lobby.request("08:00"),
            lobby.request("08:00"),
        ]
    )
    assert [outcome for outcome, _ in rows] == [
        "not_a_slot",
        "booked",
        "unknown_service",
        "party_too_large",
        "booked",
        "slot_full",
    ]
    assert await lobby.differences() == []


async def test_a_phone_holds_one_booking_by_text_and_others_beside_it(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"bookings_per_phone": 3}))
    phone = "+84905123456"
    both = [lobby.request(at, phone=phone, channel="text") for at in ("08:00", "09:00")]
    assert [outcome for outcome, _ in await lobby.book_group(both)] == ["booked", "one_by_text"]
    assert (await refusal(lobby, "10:00", phone=phone, channel="text"))[0] == "one_by_text"
    await lobby.book("10:00", phone=phone)
    await lobby.book("08:30", phone="+84905123457", channel="text")


async def book(pool: db.Pool, office: Office, **more: Any) -> tuple[str, dict[str, Any]]:
    asked = msgspec.structs.replace(booking(office.at("10:00"), phone=ELDERS), **more)
    [(_, outcome, facts)] = await commands.book_slots(pool, office.office_id, BEGINS, [asked])
    return outcome, facts


async def test_an_operator_goes_over_the_limit_of_a_phone_with_a_reason_that_is_kept(
    pool: db.Pool,
) -> None:
    office = await make_office(pool, planned=9)
    staff = {"actor": "operator:An", "channel": "hotline"}
    assert [(await book(pool, office, **staff))[0] for _ in range(3)] == [
        *("booked", "booked", "too_many_bookings"),
    ]
    for nobody in (
        {"channel": "hotline", "actor": "web"},
        {"channel": "web", "actor": "operator:An"},
        {"channel": "text", "actor": "text"},
    ):
        assert (await book(pool, office, **nobody, reason="I want"))[0] == "too_many_bookings"
    one = {**staff, "booking_id": uuid4(), "digits": 7, "token": "0" * 32}
    outcome, visit = await book(pool, office, **one, reason="Tổ trưởng đặt hộ")
    assert outcome == "booked"
    assert (await book(pool, office, **one, reason="in other words"))[1] == visit
    [over] = await reads.over_limits(pool, BEGINS, [office.office_id], 30)
    assert (over["actor"], over["code"]) == ("operator:An", visit["code"])
    assert over["facts"] == {"reason": "Tổ trưởng đặt hộ", "held": 2, "bookings_per_phone": 2}
    stays = await reads.ledger(pool, office.office_id, BEGINS, BEGINS + timedelta(hours=1))
    assert [stay["reason"] for stay in stays if stay["reason"]] == ["Tổ trưởng đặt hộ"]
    assert await reads.check_office(pool, office.office_id, BEGINS) == []


async def test_a_booking_asked_again_is_answered_as_it_was_for_48_hours_wherever_it_stands(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    asked = lobby.request("16:00")
    [(_, first)] = await lobby.book_group([asked])
    await lobby.do("reschedule", "07:10", first, lobby.at("16:30"))
    assert await lobby.book_group([asked], "07:20") == [("booked", first)]
    lobby.days = 2
    assert await lobby.book_group([asked], "06:59") == [("booked", first)]
    assert await lobby.book_group([asked], "07:00") == [("id_reused", {})]


async def test_only_a_booking_still_to_come_counts_against_its_phone(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"bookings_per_phone": 1}))
    phone = "+84905123456"
    booked = await lobby.book("08:00", phone=phone)
    assert (await refusal(lobby, "10:00", phone=phone))[0] == "too_many_bookings"
    await lobby.arrive("07:55", booked)
    await lobby.book("10:00", now="07:56", phone=phone)
