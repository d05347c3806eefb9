"""Scarce services: one booking a person, places that come back at a moment nobody knows."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from queue_service import db, reads
from queue_service.db import Connection, Database, Pool, Refused, Unavailable
from tests.fairness import AN, answer, seen, wait
from tests.lobby import Answer, Lobby, moment
from tests.offices import Office, import_again, make_office
from tests.sql.scenes import scarce_office

pytestmark = pytest.mark.anyio

ONE, OTHER = "11" * 32, "22" * 32  # keyed hashes of two identity numbers

WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'
"""
SOMEBODY_ELSE = """
insert into ops.person_booking (authority, service, person, place, office_id, visit_id, until_at)
select authority, service, $2, 1, office_id, gen_random_uuid(), until_at
from ops.person_booking where person = $1
"""


async def ask(lobby: Lobby, starts: str, now: str = "07:00", person: str = ONE, **more: Any) -> str:
    [(outcome, _)] = await lobby.book_group([lobby.request(starts, person=person, **more)], now)
    return outcome


async def left(lobby: Lobby, starts: str, now: str) -> int:
    services = [{"service": "copy", "quantity": 1}]
    rows = await reads.slots(
        lobby.pool, lobby.office.office_id, lobby.at(now), services, lobby.at(now).date(), 1
    )
    return next(row["left"] for row in rows if moment(row["starts_at"]) == lobby.at(starts))


async def test_a_scarce_service_asks_who_it_is_for(pool: Pool) -> None:
    lobby = Lobby(pool, await scarce_office(pool))
    assert await ask(lobby, "08:00", person="") == "identity_needed"
    assert await ask(lobby, "08:00") == "booked"
    assert (await lobby.book("08:00", "permit"))["state"] == "booked"  # not scarce: nobody asks


async def test_a_person_has_one_booking_over_all_offices_of_the_authority(pool: Pool) -> None:
    here = Lobby(pool, await scarce_office(pool, authority=f"da-nang-{id(pool)}"))
    there = Lobby(pool, await scarce_office(pool, authority=f"da-nang-{id(pool)}"))
    elsewhere = Lobby(pool, await scarce_office(pool, authority=f"hue-{id(pool)}"))
    assert await ask(here, "08:00") == "booked"
    assert await ask(here, "09:00", phone=AN) == "person_limit"  # another phone does not help
    assert await ask(there, "09:00") == "person_limit"
    assert await ask(there, "09:00", person=OTHER) == "booked"
    assert await ask(elsewhere, "09:00") == "booked"


async def test_the_place_of_a_person_is_free_when_the_booking_is_over(pool: Pool) -> None:
    lobby = Lobby(pool, await scarce_office(pool, f"1.{id(pool) % 10**6:06}", per_person=2))
    rows = await lobby.book_group(
        [lobby.request(s, person=ONE) for s in ("08:00", "09:00", "10:00")]
    )
    assert [outcome for outcome, _ in rows] == ["booked", "booked", "person_limit"]
    await lobby.do("cancel", "07:01", rows[0][1], "")
    assert await ask(lobby, "10:00", "07:02") == "booked"
    assert await ask(lobby, "10:30", "07:03") == "person_limit"
    assert await ask(lobby, "10:30", "09:30") == "booked"  # the one at nine was missed
    assert await lobby.differences() == []


async def test_who_finds_no_place_keeps_the_right_to_another(pool: Pool) -> None:
    lobby = Lobby(pool, await scarce_office(pool, "2.000001"))
    assert await ask(lobby, "08:00", person=OTHER) == "booked"
    assert await ask(lobby, "08:00") == "slot_full"
    assert await ask(lobby, "08:05") == "booked"


async def test_the_same_booking_again_is_no_second_one(pool: Pool) -> None:
    lobby = Lobby(pool, await scarce_office(pool, "2.000002"))
    request = lobby.request("08:00", person=ONE)
    [first, twin] = await lobby.book_group([request, request])
    [later] = await lobby.book_group([request], "07:01")
    assert first == twin == later
    assert first[0] == "booked"


async def test_two_offices_at_once_give_one_person_one_booking(
    pool: Pool, database: Database
) -> None:
    async with db.connect(database.app_url, size=8) as other:
        lobbies = [
            Lobby(pool if n % 2 else other, await scarce_office(pool, "2.000003")) for n in range(4)
        ]

        async def group(n: int) -> list[str]:
            lobby = lobbies[n % 4]
            people = [ONE, OTHER] if n % 2 else [OTHER, ONE]
            starts = f"08:{n // 4 * 10:02}"
            later = f"08:{n // 4 * 10 + 5:02}"
            requests = [
                lobby.request(s, person=p) for s, p in zip((starts, later), people, strict=True)
            ]
            return [outcome for outcome, _ in await lobby.book_group(requests)]

        outcomes = [one for two in await asyncio.gather(*map(group, range(20))) for one in two]
    assert (outcomes.count("booked"), outcomes.count("person_limit")) == (2, 38)


async def test_a_freed_scarce_place_comes_back_at_a_moment_nobody_knows(
    pool: Pool, owner: Connection
) -> None:
    waits: list[timedelta] = []
    lobby = Lobby(pool, await scarce_office(pool, "2.000004", return_minutes=30))
    for n in range(6):
        person = f"{n + 1:02}" * 32
        starts = f"1{n % 2}:{n * 5:02}" if n % 2 == 0 else f"09:{n * 5:02}"
        booked = await lobby.book(starts, person=person)
        await lobby.do("cancel", "07:00", booked, "")
        assert await left(lobby, starts, "07:00:30") == 0
        assert await ask(lobby, starts, "07:00:30", person=OTHER) == "slot_full"
        until = await owner.fetchval(
            "select until_at from queue.kept_place where office_id = $1 and starts_at = $2",
            lobby.office.office_id,
            lobby.at(starts),
        )
        waits.append(until - lobby.at("07:00"))
    assert all(timedelta(minutes=1) <= wait <= timedelta(minutes=31) for wait in waits)
    assert len(set(waits)) > 3
    await lobby.settle("07:32")
    assert await left(lobby, "10:00", "07:32") == 1
    assert await lobby.differences() == []


async def test_a_moved_scarce_booking_returns_its_old_place_slowly_too(pool: Pool) -> None:
    lobby = Lobby(pool, await scarce_office(pool, "2.000005"))
    booked = await lobby.book("10:00", person=ONE)
    await lobby.do("reschedule", "07:01", booked, lobby.at("11:00"))
    assert await left(lobby, "10:00", "07:01") == 0
    await lobby.settle("08:10")
    assert await left(lobby, "10:00", "08:10") == 1
    assert await ask(lobby, "10:30", "08:10") == "person_limit"
    assert await lobby.differences() == []


async def test_an_ordinary_place_is_free_at_once(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    booked = await lobby.book("10:00")
    await lobby.do("cancel", "07:01", booked, "")
    assert await left(lobby, "10:00", "07:01") == 1


async def test_who_waits_is_offered_a_scarce_place_at_once_and_refused_it_returns_slowly(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await scarce_office(pool, "2.000006"))
    booked = await lobby.book("10:00", person=ONE)
    with pytest.raises(Refused, match="identity_needed"):
        await wait(lobby, "07:01", AN)
    who = await wait(lobby, "07:01", AN, person=OTHER)
    await lobby.do("cancel", "07:02", booked, "")
    assert (await seen(lobby, "07:02", who))["offer"] is not None
    await answer(lobby, "07:03", who, False)
    assert await left(lobby, "10:00", "07:03") == 0
    later = await wait(lobby, "07:04", "+84905999999", person="33" * 32)
    assert (await seen(lobby, "07:04", later))["offer"] is None
    now = lobby.at("07:04")
    while (await seen(lobby, f"{now:%H:%M}", later))["offer"] is None:
        now += timedelta(minutes=1)
        await lobby.settle(f"{now:%H:%M}")
        assert now < lobby.at("08:10")
    said = await answer(lobby, f"{now:%H:%M}", later, True)  # to who waits, before all others
    assert said["visit"]["named"]
    assert await ask(lobby, "10:30", "08:10", person="33" * 32) == "person_limit"
    assert await lobby.differences() == []


async def test_an_offer_does_not_lift_the_limit_of_a_person(pool: Pool) -> None:
    lobby = Lobby(pool, await scarce_office(pool, "2.000007"))
    booked = await lobby.book("10:00", person=ONE)
    who = await wait(lobby, "07:01", AN, person=OTHER)
    assert await ask(lobby, "11:00", person=OTHER) == "booked"
    await lobby.do("cancel", "07:02", booked, "")
    assert (await answer(lobby, "07:03", who, True))["decision"] == "person_limit"
    assert await lobby.differences() == []


async def test_a_new_day_opens_within_its_hours_at_a_minute_every_process_agrees_on(
    pool: Pool, owner: Connection
) -> None:
    opened: set[Any] = set()
    for n in range(4):
        office = await scarce_office(pool, f"2.0001{n:02}")
        lobby = Lobby(pool, office)
        newest = lobby.request("09:00", person=ONE) | {
            "starts_at": office.at("09:00", 6).isoformat()
        }
        rows = await lobby.book_group([newest], "07:59")
        assert rows == [
            ("not_open_yet", {"day": "2026-04-06", "opens_from": "08:00", "opens_to": "10:00"})
        ]
        minute = await first_open(lobby)
        assert lobby.at("08:00") <= minute < lobby.at("10:00")
        opened.add(minute.time())
        services = [{"service": "copy", "quantity": 1}]

        async def days(at: Any, office: Office = office, services: Any = services) -> set[str]:
            newest = office.at("00:00", 6).date()
            rows = await reads.slots(pool, office.office_id, at, services, newest, 1)
            return {row["starts_at"][:10] for row in rows}

        assert await days(minute - timedelta(minutes=1)) == set()
        assert await days(minute) == {"2026-04-06"}
        later = newest | {"starts_at": office.at("09:00", 6).isoformat()}
        clock = f"{minute.astimezone(office.zone):%H:%M}"
        assert (await lobby.book_group([later], clock))[0][0] == "booked"
        await import_again(pool, office, lobby.at("11:00"))  # the draw is the same as before
        assert await first_open(lobby) == minute
    assert len(opened) > 1


async def first_open(lobby: Lobby) -> Any:
    services = [{"service": "copy", "quantity": 1}]
    day = lobby.office.at("00:00", 6).date()
    at = lobby.at("07:55")
    while not await reads.slots(lobby.pool, lobby.office.office_id, at, services, day, 1):
        at += timedelta(minutes=1)
        assert at < lobby.at("10:30")
    return at


async def test_two_offices_that_want_the_same_people_never_wait_for_each_other_for_ever(
    pool: Pool, database: Database, owner: Connection
) -> None:
    here, there = [Lobby(pool, await scarce_office(pool, "2.000099")) for _ in range(2)]
    first, second, third = ("31" * 32, "32" * 32, "33" * 32)
    assert await ask(here, "08:00", person=third) == "booked"  # and missed by 08:11

    def group(lobby: Lobby, *persons: str) -> list[Answer]:
        starts = ("10:00", "10:05")
        return [lobby.request(at, person=who) for at, who in zip(starts, persons, strict=True)]

    groups = {here: group(here, first, second), there: group(there, second, third)}

    async def book(lobby: Lobby) -> list[str] | Unavailable:
        try:
            return [outcome for outcome, _ in await lobby.book_group(groups[lobby], "08:11")]
        except Unavailable as lost:
            return lost

    async def waiting(sessions: int) -> None:
        async with asyncio.timeout(30):
            while await owner.fetchval(WAITING) < sessions:
                await asyncio.sleep(0.05)

    async with db.owner(database.owner_url) as other, asyncio.TaskGroup() as tasks:
        held = other.transaction()
        await held.start()
        await other.execute(SOMEBODY_ELSE, bytes.fromhex(third), bytes.fromhex(first))
        mine = tasks.create_task(book(here))  # has let go of the third, and waits for the first
        await waiting(1)
        theirs = tasks.create_task(book(there))  # has the second, and waits for the third
        await waiting(2)
        await held.rollback()  # now each wants what the other has
    said = {here: mine.result(), there: theirs.result()}
    assert sum(isinstance(one, Unavailable) for one in said.values()) == 1
    outcomes: list[str] = []
    for lobby, one in said.items():  # whoever lost sends the same again, as a group does by itself
        again = await book(lobby) if isinstance(one, Unavailable) else one
        assert not isinstance(again, Unavailable)
        outcomes += again
    assert sorted(outcomes) == ["booked", "booked", "booked", "person_limit"]
    for lobby in (here, there):
        assert await lobby.differences("08:12") == []
