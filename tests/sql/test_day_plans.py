"""What is planned for one date holds on that date instead of the week: for bookings and the cap."""

import copy
from typing import Any

import pytest

from queue_service import reads
from queue_service.db import Connection, Pool
from tests.changes import confirm, draft
from tests.lobby import Lobby, moment
from tests.offices import File, import_again, make_office
from tests.sql.scenes import fits

pytestmark = pytest.mark.anyio


def planned(lobby: Lobby, scope: str, amount: int, *spans: tuple[str, str]) -> list[File]:
    day = lobby.at("08:00").date().isoformat()
    return [
        {"day": day, "scope": scope, "starts": start, "ends": end, "amount": amount}
        for start, end in spans or (("00:00:00", "24:00:00"),)
    ]


async def say(lobby: Lobby, *rows: File) -> None:
    lobby.office.file["day_plans"] = list(rows)
    await import_again(lobby.pool, lobby.office)


async def test_fewer_counters_on_one_date_take_fewer_bookings_on_that_date_alone(
    pool: Pool,
) -> None:
    today = Lobby(pool, await make_office(pool, planned=2))
    tomorrow = Lobby(pool, today.office, days=1)
    await say(today, *planned(tomorrow, "queue:justice", 1))
    for lobby, both in ((today, True), (tomorrow, False)):
        [first, second] = await today.book_group([lobby.request("09:00"), lobby.request("09:00")])
        assert first[0] == "booked"
        assert second[0] == ("booked" if both else "slot_full")
    assert await today.differences("07:10") == []


async def test_what_is_left_of_a_slot_is_what_can_be_booked(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=2))
    await say(lobby, *planned(lobby, "queue:justice", 3, ("08:00", "09:00")))
    slots = await reads.slots(
        pool,
        lobby.office.office_id,
        lobby.at("07:00"),
        [{"service": "copy", "quantity": 1}],
        lobby.at("07:00").date(),
        1,
    )
    left = {moment(slot["starts_at"]): slot["left"] for slot in slots}
    assert left[lobby.at("08:55")] == 3
    assert left.get(lobby.at("09:00"), 0) == 0  # the date says nothing of that hour
    assert [await fits(lobby, "08:00") for _ in range(4)] == [True, True, True, False]
    assert not await fits(lobby, "09:00")


async def test_staff_of_one_date_count_in_the_areas_cap(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=5, counter_cap=None, staff=4))
    await say(lobby, *planned(lobby, "staff:hall", 1))
    office = await reads.office(pool, lobby.office.office_id, lobby.at("08:00"))
    assert office["areas"][0]["present"] == 1
    assert (await lobby.walk_in("08:00", party_size=4))["decision"] == "enter"
    assert (await lobby.walk_in("08:01"))["decision"] == "wait_outside"
    assert await lobby.differences("08:02") == []


async def test_staff_of_one_date_going_home_lets_in_who_waits_outside(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, area_cap=3, counter_cap=None, staff=1))
    await say(
        lobby,
        *planned(lobby, "staff:hall", 2, ("07:00", "09:00")),
        *planned(lobby, "staff:hall", 1, ("09:00", "17:30")),
    )
    await lobby.walk_in("08:50")
    outside = await lobby.walk_in("08:55")
    assert outside["decision"] == "wait_outside"
    await lobby.settle("09:02")
    assert await lobby.state(outside) == "invited"
    assert await lobby.differences() == []


async def test_nobody_who_is_booked_is_moved_unseen_when_a_date_gets_fewer_counters(
    pool: Pool,
) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=2))
    await lobby.book("09:00", now="07:00")
    second = await lobby.book("09:00", now="07:01")

    def fewer(file: File) -> None:
        file["day_plans"] = planned(lobby, "queue:justice", 1)

    drafted = await draft(lobby, "07:10", fewer)
    assert [move["visit_id"] for move in drafted["moves"]] == [second["visit_id"]]
    assert moment((await lobby.visit(second))["starts_at"]) == lobby.at("09:00")
    assert (await confirm(lobby, "07:11", drafted))["decision"] == "applied"
    assert moment((await lobby.visit(second))["starts_at"]) > lobby.at("09:00")
    assert await lobby.differences("07:12") == []


async def test_days_gone_by_stay_as_they_were_and_an_older_file_takes_nothing_away(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    tomorrow = Lobby(pool, lobby.office, days=1)
    await say(lobby, *planned(lobby, "staff:hall", 2), *planned(tomorrow, "staff:hall", 3))
    await tomorrow.do("open_counter", "07:00", "1")

    async def held() -> list[int]:
        rows = await owner.fetch(
            "select amount from queue.day_plan where office_id = $1 order by day",
            lobby.office.office_id,
        )
        return [row["amount"] for row in rows]

    document: Any = await reads.office_file(pool, lobby.office.office_id)
    assert [row["amount"] for row in document["day_plans"]] == [3]
    without = copy.deepcopy(lobby.office.file)
    del without["day_plans"]  # a version kept before there were such plans
    lobby.office.file.update(without)
    lobby.office.file.pop("day_plans")
    await import_again(pool, lobby.office, tomorrow.at("07:01"))
    assert await held() == [2, 3]
    lobby.office.file["day_plans"] = []
    await import_again(pool, lobby.office, tomorrow.at("07:02"))
    assert await held() == [2]
