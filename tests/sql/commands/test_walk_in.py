"""Somebody without a booking: a number, a window that is kept, or why not."""

import secrets
from typing import Any
from uuid import uuid4

import pytest

from queue_service import commands
from queue_service.db import Connection, Pool, Refused
from tests.lobby import Answer, Lobby, id_of, moment
from tests.offices import File, make_office, upstairs
from tests.sql.scenes import bank, expected

pytestmark = pytest.mark.anyio


async def nothing_written(owner: Connection, lobby: Lobby) -> bool:
    rows = await owner.fetch(
        "select from queue.visit where office_id = $1 union all"
        " select from queue.usage where office_id = $1",
        lobby.office.office_id,
    )
    return not rows


async def test_a_walk_in_has_number_code_and_link_at_once(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    answer = await lobby.walk_in("08:00")
    assert (answer["decision"], answer["number"]) == ("enter", "A001")
    assert len(answer["code"]) == 10
    assert len(answer["token"]) == 32
    assert answer["visit"]["booked"] is False


async def test_who_does_not_know_what_for_gets_a_number_of_the_guidance_desk(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, guidance=True))
    assert (await lobby.walk_in("08:00", None))["number"] == "H001"


async def test_where_nobody_guides_a_service_has_to_be_chosen(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    with pytest.raises(Refused, match="unknown_service"):
        await lobby.walk_in("08:00", None)


async def test_an_unknown_service_is_refused_by_name(pool: Pool, owner: Connection) -> None:
    lobby = Lobby(pool, await make_office(pool))
    with pytest.raises(Refused, match="unknown_service") as refused:
        await lobby.walk_in("08:00", "passport")
    assert refused.value.facts == {"service": "passport"}
    assert await nothing_written(owner, lobby)


@pytest.mark.parametrize(("size", "code"), [(0, "party_too_small"), (6, "party_too_large")])
async def test_a_party_has_a_size(pool: Pool, size: int, code: str) -> None:
    lobby = Lobby(pool, await make_office(pool))
    with pytest.raises(Refused, match=code):
        await lobby.walk_in("08:00", party_size=size)


async def test_after_closing_a_walk_in_is_told_so_and_nothing_is_written(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    answer = await lobby.walk_in("17:00")
    assert (answer["decision"], answer["reason"], answer["offer"]) == ("refuse", "closed", "slots")
    assert (answer["visit"], answer["number"]) == (None, None)
    assert await nothing_written(owner, lobby)


async def test_no_number_is_given_that_cannot_be_served_before_closing(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    answer = await lobby.walk_in("16:51", "permit")  # fifteen minutes
    assert (answer["decision"], answer["reason"]) == ("refuse", "day_full")
    assert await nothing_written(owner, lobby)


async def test_none_left_before_the_break_the_afternoon_is_kept(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    answer = await lobby.walk_in("11:21", "permit")
    assert (answer["decision"], answer["reason"]) == ("come_back", "after_break")
    assert answer["visit"]["state"] == "booked"
    assert await lobby.present("11:21") == 0
    assert await lobby.differences() == []


async def test_what_is_done_online_only_is_refused_with_the_way(pool: Pool) -> None:
    office = await make_office(
        pool,
        change=lambda file: file["channels"].append(
            {
                "service_id": "copy",
                "channel": "online",
                "mode": "only",
                "url": "https://example.org/",
                "valid_from": "-infinity",
                "valid_to": "infinity",
            }
        ),
    )
    answer = await Lobby(pool, office).walk_in("08:00")
    assert (answer["decision"], answer["reason"]) == ("refuse", "not_in_person")
    [way] = answer["channels"]
    assert (way["channel"], way["url"]) == ("online", "https://example.org/")


async def test_a_queue_left_without_a_counter_gives_no_numbers(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.do("open_counter", "08:00", "3")
    await lobby.do("close_counter", "08:30", "3")
    answer = await lobby.walk_in("08:31", "permit")
    assert (answer["decision"], answer["reason"]) == ("refuse", "queue_closed")
    assert await nothing_written(owner, lobby)
    assert (await lobby.walk_in("08:31", "copy"))["decision"] == "enter"


async def test_a_party_that_the_room_never_holds_is_told_so_and_not_left_outside(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=6, staff=2))
    answer = await lobby.walk_in("08:00", party_size=5)
    assert (answer["decision"], answer["reason"]) == ("refuse", "party_over_cap")
    assert answer["largest"] == 4
    assert await nothing_written(owner, lobby)
    assert (await lobby.walk_in("08:00", party_size=4))["decision"] == "enter"


async def test_a_party_waits_for_staff_to_go_home_if_it_fits_then(pool: Pool) -> None:
    def until_ten(file: File) -> None:
        for plan in file["plans"]:
            if plan["scope"] == "staff:hall" and plan["starts"] == "07:30":
                plan["ends"] = "10:00"
        file["plans"] = [
            p for p in file["plans"] if p["scope"] != "staff:hall" or p["starts"] == "07:30"
        ]

    lobby = Lobby(pool, await make_office(pool, area_cap=6, staff=3, change=until_ten))
    assert (await lobby.walk_in("09:00", party_size=5))["decision"] == "wait_outside"


async def test_a_party_too_large_for_a_later_room_is_told_so(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, change=upstairs))
    both = [{"service": "copy", "quantity": 1}, {"service": "deed", "quantity": 1}]
    answer = await lobby.walk_in("08:00", services=both, party_size=2)
    assert (answer["decision"], answer["reason"], answer["largest"]) == (
        "refuse",
        "party_over_cap",
        1,
    )
    assert (await lobby.walk_in("08:00", services=both))["decision"] == "enter"


async def walk_in(lobby: Lobby, now: str, key: str | None, **said: Any) -> Answer:
    usual: dict[str, Any] = {
        "visit_id": uuid4(),
        "services": [{"service": "copy", "quantity": 1}],
        "party_size": 1,
        "priority": "",
        "needs": [],
        "name": "",
        "phone": "",
        "language": "vi",
        "channel": "kiosk",
        "token": secrets.token_hex(16),
        "digits": secrets.randbelow(90000),
    }
    said = usual | said
    return await commands.walk_in(
        lobby.pool, lobby.office.office_id, lobby.at(now), "kiosk:door", key, **said
    )


async def test_a_walk_in_asked_again_keeps_its_one_number(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit_id = uuid4()
    first = await walk_in(lobby, "08:00", None, visit_id=visit_id)
    again = await walk_in(lobby, "08:00", None, visit_id=visit_id)
    assert (first["number"], again) == ("A001", first)
    assert await lobby.present("08:01") == 1
    assert await lobby.differences() == []


async def test_a_walk_in_asked_again_later_answers_as_the_visit_stands(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    inside = await walk_in(lobby, "08:00", None)
    visit_id = uuid4()
    first = await walk_in(lobby, "08:00", None, visit_id=visit_id)
    await lobby.do("leave", "08:01", inside)
    again = await walk_in(lobby, "08:01", None, visit_id=visit_id)
    assert (first["decision"], again["decision"]) == ("wait_outside", "enter")
    assert again["number"] == first["number"]


@pytest.mark.parametrize(
    "other",
    [
        {"party_size": 2},
        {"services": [{"service": "permit", "quantity": 1}]},
        {"priority": "elderly"},
        {"needs": ["text"]},
        {"phone": "+84905123456"},
        {"name": "Trần Văn Bình"},
        {"language": "en"},
    ],
)
async def test_another_walk_in_under_the_same_id_is_refused(pool: Pool, other: Any) -> None:
    lobby = Lobby(pool, await make_office(pool))
    visit_id = uuid4()
    await walk_in(lobby, "08:00", None, visit_id=visit_id)
    with pytest.raises(Refused, match="id_reused"):
        await walk_in(lobby, "08:00", None, visit_id=visit_id, **other)


async def test_another_walk_in_under_the_same_key_is_refused(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await walk_in(lobby, "08:00", "k")
    with pytest.raises(Refused, match="id_reused"):
        await walk_in(lobby, "08:00", "k")
    assert await lobby.present("08:01") == 1


async def test_a_walk_in_cannot_ask_for_somebody_elses_booking(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("09:00")
    with pytest.raises(Refused, match="id_reused") as refused:
        await walk_in(lobby, "08:00", None, visit_id=id_of(booked))
    assert refused.value.facts == {}
    assert await lobby.state(booked) == "booked"


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


@pytest.mark.parametrize(
    ("now", "starts", "ends"),
    [("15:45", "16:45", "17:00"), ("10:15", "11:15", "11:30"), ("08:00", "09:00", "09:30")],
)
async def test_a_window_ends_with_the_hours_of_the_office_at_the_latest(
    pool: Pool, now: str, starts: str, ends: str
) -> None:
    lobby = await bank(pool, "any-60-minutes", limit=1)
    await lobby.walk_in(now)
    told = (await lobby.walk_in(now))["come_back"]
    assert moment(told["starts_at"]) == lobby.at(starts)
    assert moment(told["ends_at"]) == lobby.at(ends)
