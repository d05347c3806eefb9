"""What a day came to: counted from the ledger, again and again with the same result."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool
from tests.lobby import Lobby, id_of
from tests.offices import DAY, make_office

pytestmark = pytest.mark.anyio

Figures = dict[tuple[str, str], dict[str, Any]]


async def figures(owner: Connection, lobby: Lobby, day: date = DAY) -> Figures:
    rows = await owner.fetch(
        "select * from queue.day_figure where office_id = $1 and day = $2",
        lobby.office.office_id,
        day,
    )
    return {(row["per"], row["key"]): dict(row) for row in rows}


async def count(lobby: Lobby, now: str, most: int = 7) -> dict[str, Any]:
    return await commands.count_days(lobby.pool, lobby.office.office_id, lobby.at(now), most)


def of(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


async def serve(lobby: Lobby, visit: Any, counter: str, called: str, done: str) -> None:
    number = (await lobby.visit(visit))["number"]
    await lobby.do("call_number", called, counter, number)
    await lobby.do("serve", called, visit)
    await lobby.do("finish", done, visit)


async def test_a_morning_is_told_by_service_counter_hour_channel_and_room(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, staff=1))
    await lobby.do("open_counter", "07:30", "1")
    booked = await lobby.book("08:00", now="07:00")
    await lobby.book("09:00", "permit", now="07:00")  # nobody comes
    gone = await lobby.book("10:00", now="07:00")
    await lobby.do("cancel", "07:05", gone, "illness")
    await lobby.arrive("07:55", booked)
    await serve(lobby, booked, "1", "08:02", "08:12")
    two = await lobby.walk_in("08:30", "record", party_size=2)
    await serve(lobby, two, "1", "09:15", "09:20")
    wrong = await lobby.walk_in("09:30")
    await lobby.do("leave", "09:40", wrong)
    await lobby.settle("18:30")
    await count(lobby, "18:30")

    found = await figures(owner, lobby)
    day = found["office", ""]
    assert of(day, "arrived", "people", "booked", "served") == (3, 4, 1, 2)
    assert of(day, "missed", "cancelled", "gave_up") == (1, 1, 1)
    assert of(day, "wait_seconds", "serve_seconds") == ((7 + 45) * 60, 15 * 60)
    assert [n for n, many in enumerate(day["waits"]) if many] == [7, 45]
    assert [n for n, many in enumerate(day["serves"]) if many] == [5, 10]
    assert of(found["service", "copy"], "arrived", "served", "cancelled") == (2, 1, 1)
    assert of(found["service", "record"], "arrived", "served", "serve_seconds") == (1, 1, 300)
    assert of(found["service", "permit"], "arrived", "missed") == (0, 1)
    assert of(found["counter", "1"], "served", "open_seconds") == (2, (18 * 60 - 7 * 60 - 30) * 60)
    assert of(found["hour", "07"], "arrived", "wait_seconds") == (1, 7 * 60)
    assert of(found["hour", "08"], "arrived", "people", "most_present") == (1, 2, 3)
    assert of(found["channel", "web"], "arrived", "missed", "cancelled") == (1, 1, 1)
    assert of(found["channel", "helper"], "arrived", "gave_up") == (2, 1)
    assert of(found["area", "hall"], "most_present") == (3,)


async def test_each_service_of_a_visit_is_waited_for_on_its_own(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.do("open_counter", "07:30", "1")
    await lobby.do("open_counter", "07:30", "3")
    services = [{"service": "copy", "quantity": 1}, {"service": "permit", "quantity": 1}]
    visit = await lobby.walk_in("08:00", services=services)
    await serve(lobby, visit, "1", "08:10", "08:15")
    await serve(lobby, visit, "3", "08:35", "09:05")
    await count(lobby, "18:30")
    found = await figures(owner, lobby)
    assert of(found["office", ""], "arrived", "served") == (1, 2)
    assert of(found["service", "copy"], "arrived", "wait_seconds", "serve_seconds") == (1, 600, 300)
    assert of(found["service", "permit"], "arrived", "wait_seconds") == (1, 1200)
    assert found["counter", "3"]["serve_seconds"] == 1800


async def test_a_wrong_tap_that_was_taken_back_counts_nowhere(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.do("open_counter", "07:30", "1")
    await commands.walk_in(
        pool, lobby.office.office_id, lobby.at("08:00"), "helper:test", "tap", *walk_in_rest()
    )
    await lobby.do("undo", "08:01", "tap", actor="helper:test")
    visit = await lobby.walk_in("08:05")
    await serve(lobby, visit, "1", "08:10", "08:15")
    await count(lobby, "18:30")
    found = await figures(owner, lobby)
    assert of(found["office", ""], "arrived", "gave_up", "served") == (1, 0, 1)


def walk_in_rest() -> tuple[Any, ...]:
    services = [{"service": "copy", "quantity": 1}]
    rest = ("", "", "vi", "helper", "ab" * 16, 77, True, None)
    return (uuid4(), services, 1, "", [], *rest)


async def test_a_free_counter_is_idle_for_a_cap_only_while_the_cap_keeps_its_next_outside(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    await lobby.do("open_counter", "07:30", "1")
    first = await lobby.walk_in("08:00")
    assert (await lobby.walk_in("08:01"))["decision"] == "wait_outside"
    await serve(lobby, first, "1", "08:10", "08:15")
    await lobby.do("close_counter", "08:16", "1")
    await count(lobby, "18:30")
    # free from 08:15 to 08:16: the first is in the room until 08:17, the second waits for the room
    idle = (await figures(owner, lobby))["counter", "1"]["idle_seconds"]
    assert idle == 60


async def test_a_free_desk_is_idle_while_its_places_of_the_hour_are_used_up(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, hour_cap=2))
    await lobby.do("open_counter", "08:00", "1")
    early = await lobby.book("09:00", now="07:00")
    for came, called, done in (("08:01", "08:05", "08:15"), ("08:02", "08:15", "08:25")):
        await serve(lobby, await lobby.walk_in(came), "1", called, done)
    await lobby.arrive("08:45", early)  # inside at once, called no sooner than at nine
    await lobby.do("close_counter", "08:50", "1")
    await count(lobby, "18:30")
    found = await figures(owner, lobby)
    assert of(found["counter", "1"], "open_seconds", "idle_seconds") == (50 * 60, 5 * 60)


async def test_an_excess_and_a_recount_are_kept_with_the_room(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=1))
    await lobby.walk_in("08:00")
    second = await lobby.walk_in("08:01")
    await lobby.do("admit", "08:02", second, "a mother with a small child", True)
    await lobby.do("recount", "08:10", "hall", 5)
    await count(lobby, "18:30")
    found = await figures(owner, lobby)
    assert of(found["area", "hall"], "excesses", "recounts", "drift") == (1, 1, 3)
    assert found["area", "hall"]["most_present"] == 5


async def test_counting_again_changes_nothing_and_a_late_word_is_counted(
    pool: Pool, owner: Connection
) -> None:
    office = await make_office(pool)
    lobby, later = Lobby(pool, office), Lobby(pool, office, days=5)
    await lobby.do("open_counter", "07:30", "1")
    await serve(lobby, await lobby.walk_in("08:00"), "1", "08:10", "08:15")
    await lobby.settle("18:30")
    assert (await count(lobby, "18:30"))["more"] is False
    once = await figures(owner, lobby)
    await count(lobby, "18:31")
    assert await figures(owner, lobby) == once
    await count(later, "09:00")
    assert await reads.check_days(pool, office.office_id, later.at("09:00"), 40) == []

    # the ledger learns of a visit of that day, as from a box that was cut off
    await owner.execute(
        "update queue.stay set ended_at = ended_at + interval '7 minutes' "
        "where office_id = $1 and state = 'serving'",
        office.office_id,
    )
    differs = await reads.check_days(pool, office.office_id, later.at("09:00"), 40)
    assert {what.split(" per ")[1].split()[0] for what, _, _ in differs} == {
        "office", "service", "counter", "hour", "channel",
    }  # fmt: skip
    await owner.execute("insert into queue.count_again values ($1, $2)", office.office_id, DAY)
    assert office.office_id in await reads.uncounted_offices(pool, later.at("09:00"))
    await count(later, "09:01")
    assert (await figures(owner, lobby))["office", ""]["serve_seconds"] == 12 * 60
    assert await reads.check_days(pool, office.office_id, later.at("09:02"), 40) == []


async def test_days_that_were_never_counted_are_made_up_for_some_at_a_time(
    pool: Pool, owner: Connection
) -> None:
    office = await make_office(pool)
    for days in (0, 3, 9):
        lobby = Lobby(pool, office, days)
        await lobby.walk_in("08:00")
        await lobby.settle("18:30")
    rounds = 1
    while (await count(lobby, "18:30", 2))["more"]:
        rounds += 1
        assert rounds < 20
    assert rounds > 3
    for days in (0, 3, 9):
        day = DAY + timedelta(days=days)
        assert (await figures(owner, lobby, day))["office", ""]["arrived"] == 1
    assert office.office_id not in await reads.uncounted_offices(pool, lobby.at("18:31"))


@pytest.mark.parametrize(
    ("waits", "half", "most"),
    [([5], 0, 0), ([5, 7, 9, 9, 30], 9, 30), ([70] * 10, 70, 74), ([400, 400], 240, 240)],
)
async def test_a_percentile_is_off_by_no_more_than_its_bin(
    owner: Connection, waits: list[int], half: int, most: int
) -> None:
    async def at(part: float) -> float:
        return await owner.fetchval(
            "select queue._percentile(queue._bins(array("
            "select queue._minutes_bin(60 * m + 20) from unnest($1::int[]) as m))::bigint[], $2)",
            waits,
            part,
        )

    if len(waits) > 1:
        assert abs(float(await at(0.5)) - half) <= (5 if half >= 60 else 1)
        assert abs(float(await at(0.9)) - most) <= (5 if half >= 60 else 1)
    else:
        assert 5 <= await at(0.5) <= 6


async def test_who_is_served_in_the_lobby_is_in_nobodys_way(pool: Pool, owner: Connection) -> None:
    """Counting takes no lock that a command waits for."""
    lobby = Lobby(pool, await make_office(pool))
    await lobby.walk_in("08:00")
    await count(lobby, "08:00")
    async with owner.transaction():
        await owner.fetchval(
            "select api.count_days($1, $2, 7)", lobby.office.office_id, lobby.at("08:01")
        )
        assert id_of(await lobby.walk_in("08:02"))
        assert (await count(lobby, "08:02"))["days"] == 0  # another one is at it


async def test_a_year_adds_up_from_its_months_to_the_same_as_from_its_days(
    pool: Pool, owner: Connection
) -> None:
    office = await make_office(pool)
    for days in (-40, -33, -12, -11, 0):  # February and March, on both sides of the bounds
        lobby = Lobby(pool, office, days)
        await lobby.do("open_counter", "07:30", "1")
        await serve(lobby, await lobby.walk_in("08:00"), "1", "08:10", f"08:{20 + days % 7}")
        await lobby.settle("18:30")
    while (await count(lobby, "18:30"))["more"]:
        pass
    ids = [office.office_id]
    first, last = DAY - timedelta(days=40), DAY
    whole = await reads.statistics(pool, ids, date(2026, 2, 1), date(2026, 3, 31))
    edges = await reads.statistics(pool, ids, first, last)
    assert whole["total"]["arrived"] == edges["total"]["arrived"] == 5
    assert whole["services"] == edges["services"]
    assert whole["counters"] == edges["counters"]
    by_day = sum(day["serve_seconds"] for day in whole["days"])
    assert whole["total"]["serve_seconds"] == by_day
    march = await reads.statistics(pool, ids, date(2026, 3, 1), date(2026, 3, 30))
    assert march["total"]["arrived"] == sum(day["arrived"] for day in march["days"]) == 2
