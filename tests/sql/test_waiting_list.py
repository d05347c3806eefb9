"""Who waits for an earlier time is offered what becomes free, one person a place."""

import asyncio
from collections import Counter

import pytest

from queue_service import db
from queue_service.db import Connection, Database, Pool, Refused
from tests.fairness import AN, BINH, CHAU, answer, fair, seen, wait
from tests.lobby import Answer, Lobby, id_of, moment
from tests.offices import import_again, make_office
from tests.sql.scenes import full

pytestmark = pytest.mark.anyio


async def test_an_offer_nobody_answers_goes_to_the_next_after_ten_minutes(pool: Pool) -> None:
    lobby, taken = await full(pool)
    first, second = await wait(lobby, "07:01", AN), await wait(lobby, "07:01", BINH)
    await lobby.do("cancel", "07:02", taken[0], "")
    with pytest.raises(Refused, match="no_offer"):
        await answer(lobby, "07:12", first, True)
    offer = (await seen(lobby, "07:13", second))["offer"]
    assert offer is None  # the refused command wrote nothing, the worker has not come yet
    await lobby.settle("07:13")
    offer = (await seen(lobby, "07:13", second))["offer"]
    assert moment(offer["until"]) == lobby.at("07:22")
    assert (await answer(lobby, "07:21", second, True))["decision"] == "accepted"
    assert await lobby.differences() == []


async def test_who_lets_two_offers_pass_without_a_word_waits_no_longer(pool: Pool) -> None:
    lobby, taken = await full(pool)
    who = await wait(lobby, "07:01", AN)
    await lobby.do("cancel", "07:02", taken[1], "")
    await lobby.do("cancel", "07:15", taken[2], "")
    assert (await seen(lobby, "07:16", who))["offer"] is not None
    await lobby.settle("07:30")
    assert (await seen(lobby, "07:30", who))["state"] == "over"
    assert await lobby.differences() == []


async def test_what_is_left_in_time_but_not_wanted_is_not_offered(pool: Pool) -> None:
    lobby, taken = await full(pool)
    early = await lobby.book("07:45", phone=AN)
    before = await wait(lobby, "07:01", "", visit_id=early["visit_id"])
    big = await wait(lobby, "07:01", BINH, party_size=5, until_at=lobby.at("08:00").isoformat())
    await lobby.do("cancel", "07:02", taken[0], "")
    assert (await seen(lobby, "07:02", before))["offer"] is None  # 08:00 is later than 07:45
    assert (await seen(lobby, "07:02", big))["offer"] is None
    assert (await lobby.book("08:00", now="07:02"))["state"] == "booked"


async def test_a_longer_visit_is_offered_what_two_short_ones_gave_back(pool: Pool) -> None:
    lobby, taken = await full(pool)
    services = [{"service": "record", "quantity": 1}]
    who = await wait(lobby, "07:01", AN, services=services)
    await lobby.do("cancel", "07:02", taken[0], "")
    assert (await seen(lobby, "07:02", who))["offer"] is None
    await lobby.do("cancel", "07:03", taken[1], "")
    offer = (await seen(lobby, "07:03", who))["offer"]
    assert (moment(offer["starts_at"]), moment(offer["ends_at"])) == (
        lobby.at("08:00"),
        lobby.at("08:10"),
    )
    assert await lobby.differences() == []


async def test_a_moved_booking_frees_its_place_for_who_waits(pool: Pool) -> None:
    lobby, taken = await full(pool)
    who = await wait(lobby, "07:01", AN)
    await lobby.do("reschedule", "07:02", taken[0], lobby.at("10:00"))
    assert (await answer(lobby, "07:03", who, True))["decision"] == "accepted"
    assert await lobby.differences() == []


async def test_many_who_wait_do_not_hold_up_the_office_when_a_place_is_given_back(
    pool: Pool, owner: Connection
) -> None:
    """The times that suit are looked up once for all who want the same, not once a person."""
    lobby, taken = await full(pool)
    people = [await wait(lobby, "07:01", f"+84905{n:06}") for n in range(400)]
    async with owner.transaction():
        await owner.execute("set local track_functions = 'all'")
        await owner.fetchval(
            "select api.cancel($1, $2, 'citizen', null, $3, '')",
            lobby.office.office_id,
            lobby.at("07:02"),
            id_of(taken[0]),
        )
        looked = await owner.fetchval(
            "select coalesce(sum(calls), 0) from pg_stat_xact_user_functions "
            "where funcname in ('_suits', '_takes')"
        )
    assert 0 < looked < 40
    assert (await seen(lobby, "07:03", people[0]))["offer"] is not None
    assert (await seen(lobby, "07:03", people[1]))["offer"] is None
    assert await lobby.differences() == []


async def test_two_hundred_race_for_three_freed_places(pool: Pool, database: Database) -> None:
    """Three are offered one place each; of those who refuse or say nothing, the next is asked."""
    lobby, taken = await full(pool)
    async with db.connect(database.app_url, size=8) as other:
        halves = lobby, Lobby(other, lobby.office)
        people = await asyncio.gather(
            *(wait(halves[n % 2], "07:01", f"+84905{n:06}") for n in range(200))
        )
        await asyncio.gather(*(halves[n % 2].do("cancel", "07:02", taken[n], "") for n in range(3)))

        async def offered(now: str) -> list[Answer]:
            return [who for who in people if (await seen(lobby, now, who))["offer"] is not None]

        asked = Counter[str]()
        booked: list[Answer] = []
        for minute in range(3, 30):
            now = f"07:{minute:02}"
            open_ = await offered(now)
            assert len(open_) <= 3 - len(booked)
            if not open_:
                break
            assert len(open_) == 3 - len(booked)
            asked.update(who["waiting_id"] for who in open_)

            async def say(n: int, who: Answer, now: str = now) -> str:
                # Everybody tries, twice and on both sides; who was not asked has nothing to take.
                accept = minute > 6 or n % 3 == 0  # noqa: B023
                try:
                    return (await answer(halves[n % 2], now, who, accept))["decision"]
                except Refused as refused:
                    return refused.code

            crowd = [*open_, *(who for who in people[:20] if who not in open_), *open_]
            said = await asyncio.gather(*(say(n % 3, who) for n, who in enumerate(crowd)))
            assert set(said) <= {"accepted", "declined", "no_offer"}
            states = [await seen(lobby, now, who) for who in people]
            booked = [who for who in states if who["state"] == "booked"]
            assert len(booked) <= 3
    assert len(booked) == 3
    starts = [(await lobby.visit({"visit_id": who["visit_id"]}))["starts_at"] for who in booked]
    assert sorted(moment(one) for one in starts) == [
        lobby.at(one) for one in ("08:00", "08:05", "08:10")
    ]
    assert len({who["phone"] for who in booked}) == 3
    assert await lobby.differences() == []


@pytest.mark.parametrize("rule", ["clock", "any-60-minutes"])
async def test_what_a_missed_visit_leaves_of_its_time_is_offered(pool: Pool, rule: str) -> None:
    """Nobody came at 08:00: at 08:10 the rest of a long visit, or of its hour, is somebody's."""
    lobby = Lobby(pool, await make_office(pool, planned=1, change=fair()))
    await lobby.book("08:00", services=[{"service": "copy", "quantity": 12}])
    who = await wait(lobby, "07:01", AN, until_at=lobby.at("09:00").isoformat())
    await lobby.settle("08:10")
    assert (await seen(lobby, "08:10", who))["offer"] is None
    await lobby.settle("08:11")
    offer = (await seen(lobby, "08:11", who))["offer"]
    assert moment(offer["starts_at"]) == lobby.at("08:45")  # half an hour ahead, like any booking
    assert (await answer(lobby, "08:12", who, True))["decision"] == "accepted"
    assert await lobby.differences() == []

    bank = Lobby(pool, await make_office(pool, planned=1, hour_cap=1, hour_rule=rule))
    await bank.book("08:00")
    who = await wait(bank, "07:01", AN, until_at=bank.at("09:00").isoformat())
    await bank.settle("08:11")
    offer = (await seen(bank, "08:11", who))["offer"]
    assert moment(offer["starts_at"]) == bank.at("08:45")
    assert await bank.differences() == []


async def test_what_a_late_visitor_had_is_offered_and_the_visitor_gets_a_later_turn(
    pool: Pool,
) -> None:
    """An hour from 08:00: at 08:11 whoever waits is asked about 08:45; then the visitor comes."""
    lobby = Lobby(pool, await make_office(pool, planned=1, change=fair()))
    late = await lobby.book("08:00", services=[{"service": "copy", "quantity": 12}])
    await lobby.book("09:00")
    who = await wait(lobby, "07:01", AN, until_at=lobby.at("09:00").isoformat())
    came = await lobby.arrive("08:11", late)
    assert came["late"]
    assert came["number"]
    offer = (await seen(lobby, "08:11", who))["offer"]
    assert moment(offer["starts_at"]) == lobby.at("08:45")
    assert (await answer(lobby, "08:12", who, True))["decision"] == "accepted"
    assert await lobby.differences() == []


async def test_the_turn_of_a_walk_in_who_leaves_is_offered(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, change=fair()))
    number = await lobby.walk_in("08:00", services=[{"service": "copy", "quantity": 12}])
    who = await wait(lobby, "08:00", AN, until_at=lobby.at("09:00").isoformat())
    await lobby.do("leave", "08:02", number)
    offer = (await seen(lobby, "08:02", who))["offer"]
    assert moment(offer["starts_at"]) == lobby.at("08:35")
    assert await lobby.differences() == []


async def test_the_turn_of_whose_slip_was_never_taken_is_offered(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, change=fair()))
    number = await lobby.walk_in(
        "08:00", services=[{"service": "copy", "quantity": 12}], channel="kiosk"
    )
    who = await wait(lobby, "08:00", AN, until_at=lobby.at("09:00").isoformat())
    await lobby.do("slip", "08:01", number, "failed")
    offer = (await seen(lobby, "08:01", who))["offer"]
    assert moment(offer["starts_at"]) == lobby.at("08:35")
    assert await lobby.differences() == []


async def test_a_place_of_the_hour_is_offered_at_another_time_of_that_hour(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1, hour_cap=1))
    taken = await lobby.book("08:50")
    early = await wait(lobby, "07:01", AN, until_at=lobby.at("08:30").isoformat())
    await lobby.do("cancel", "07:02", taken, "")
    offer = (await seen(lobby, "07:02", early))["offer"]
    assert moment(offer["starts_at"]) == lobby.at("08:00")
    assert await lobby.differences() == []


async def test_a_counter_more_in_the_offices_file_is_offered_to_those_who_wait(pool: Pool) -> None:
    lobby, _ = await full(pool)
    first, second = await wait(lobby, "07:01", AN), await wait(lobby, "07:01", BINH)
    late = await lobby.book("16:00", phone=CHAU)
    third = await wait(lobby, "07:01", "", visit_id=late["visit_id"], services=None)
    soon = lobby.at("08:10").isoformat()
    fourth = await wait(lobby, "07:01", CHAU, until_at=soon)
    for plan in lobby.office.file["plans"]:
        if plan["scope"] == "queue:justice":
            plan["amount"] = 2
    await import_again(pool, lobby.office, lobby.at("07:05"))
    offers = [(await seen(lobby, "07:05", who))["offer"] for who in (first, second, third, fourth)]
    starts = [moment(offer["starts_at"]).astimezone(lobby.office.zone) for offer in offers]
    assert [f"{one:%H:%M}" for one in starts] == ["07:35", "07:35", "07:40", "07:40"]
    assert (await answer(lobby, "07:06", first, True))["decision"] == "accepted"
    assert await lobby.differences() == []


async def test_words_alone_in_the_offices_file_offer_nothing(pool: Pool) -> None:
    lobby, _ = await full(pool)
    who = await wait(lobby, "07:01", AN)  # though there are free times, which anybody may book
    lobby.office.file["office"]["phone"] = "+842361023"
    lobby.office.file["counters"][0]["name_vi"] = "Bàn 1"
    lobby.office.file["message_texts"] = [
        {"kind": "called", "language": "vi", "text": "Mời {number}."}
    ]
    await import_again(pool, lobby.office, lobby.at("07:05"))
    assert (await seen(lobby, "07:05", who))["offer"] is None


async def test_of_two_offers_that_lapse_at_once_the_earlier_time_goes_on_first(pool: Pool) -> None:
    lobby, taken = await full(pool)
    for phone in (AN, BINH):
        await wait(lobby, "07:01", phone)
    for freed in (taken[1], taken[0]):
        await lobby.do("cancel", "07:02", freed, "")
    third = await wait(lobby, "07:03", CHAU)
    await lobby.settle("07:13")
    assert moment((await seen(lobby, "07:13", third))["offer"]["starts_at"]) == lobby.at("08:00")
    assert await lobby.differences() == []
