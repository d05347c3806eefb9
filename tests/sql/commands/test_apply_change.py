"""A change is made as it was seen, whole or not at all, and nobody is lost."""

from collections import Counter
from uuid import UUID

import pytest

from queue_service import reads
from queue_service.db import Connection, Pool
from tests.changes import (
    MANAGER,
    area_cap,
    closed,
    confirm,
    draft,
    fully_booked,
    messages,
    most_expected,
)
from tests.lobby import Lobby, moment
from tests.offices import File, make_office

pytestmark = pytest.mark.anyio


async def test_a_cap_lowered_from_20_to_10_over_a_fully_booked_day_loses_nobody(
    pool: Pool, owner: Connection
) -> None:
    office = await make_office(pool, planned=10, area_cap=20, rules={"booking_days": 6})
    today = Lobby(pool, office)
    tomorrow = Lobby(pool, office, days=1)
    booked = await fully_booked(today, tomorrow)
    assert await most_expected(owner, office, "area:hall", today.at("07:00")) == 20

    drafted = await draft(today, "09:00", area_cap(10))
    moves = drafted["moves"]
    assert len(booked) * 0.4 < len(moves) < len(booked) * 0.6
    assert {move["reason"] for move in moves} == {"present"}
    assert all(move["starts_at"] for move in moves)
    assert len({move["visit_id"] for move in moves}) == len(moves)
    assert await most_expected(owner, office, "area:hall", today.at("07:00")) == 20

    made = await confirm(today, "09:02", drafted)
    assert made["decision"] == "applied"
    assert made["moves"] == moves
    assert await most_expected(owner, office, "area:hall", today.at("07:00")) == 10
    told = await messages(owner, office, "moved_by_office")
    assert Counter(str(row["visit_id"]) for row in told) == Counter(m["visit_id"] for m in moves)
    assert await today.differences("09:03") == []
    for move in moves[:5]:
        visit = await reads.visit(pool, office.office_id, today.at("09:03"), UUID(move["visit_id"]))
        assert visit is not None
        assert moment(visit["starts_at"]) == moment(move["starts_at"])
        before = next(one for one in booked if one["visit_id"] == move["visit_id"])
        assert visit["code"] == before["code"]


async def test_who_booked_first_keeps_the_place(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=2))
    first = await lobby.book("09:00", now="07:00")
    second = await lobby.book("09:00", now="07:01")

    def fewer(file: File) -> None:
        for row in file["plans"]:
            row["amount"] = min(row["amount"], 1)

    drafted = await draft(lobby, "07:10", fewer)
    [move] = drafted["moves"]
    assert (move["visit_id"], move["reason"]) == (second["visit_id"], "queue")
    assert moment(move["starts_at"]) == lobby.at("09:05")
    await confirm(lobby, "07:11", drafted)
    assert moment((await lobby.visit(first))["starts_at"]) == lobby.at("09:00")
    assert moment((await lobby.visit(second))["starts_at"]) == lobby.at("09:05")


async def test_a_list_that_is_no_longer_true_is_shown_again_and_never_applied(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.book("09:00")
    drafted = await draft(lobby, "07:10", closed("2026-03-31"))
    late = await lobby.book("10:00", now="07:11")
    refused = await confirm(lobby, "07:12", drafted)
    assert refused["decision"] == "list_changed"
    assert len(refused["moves"]) == 2
    assert moment((await lobby.visit(late))["starts_at"]) == lobby.at("10:00")
    file = await reads.office_file(pool, lobby.office.office_id)
    assert file is not None
    assert file["closures"] == []
    assert (await confirm(lobby, "07:13", drafted))["decision"] == "list_changed"
    made = await confirm(lobby, "07:14", drafted, seen=refused["seen"])
    assert made["decision"] == "applied"
    assert await lobby.differences("07:15") == []


async def test_a_place_that_has_gone_meanwhile_is_given_to_nobody_twice(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, planned=1))
    await lobby.book("09:00")
    drafted = await draft(lobby, "07:10", closed("2026-03-31"))
    other = Lobby(pool, lobby.office, days=1).request("09:00")
    assert (await lobby.book_group([other], "07:11"))[0][0] == "booked"
    refused = await confirm(lobby, "07:12", drafted)
    assert refused["decision"] == "list_changed"
    assert moment(refused["moves"][0]["starts_at"]) != moment(drafted["moves"][0]["starts_at"])


async def test_a_change_made_on_top_of_another_is_thought_over_again(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    drafted = await draft(lobby, "07:10", area_cap(10))
    other = await draft(lobby, "07:10", area_cap(15))
    assert (await confirm(lobby, "07:11", other))["decision"] == "applied"
    assert (await confirm(lobby, "07:12", drafted))["decision"] == "changed_meanwhile"
    assert (await lobby.area("07:13"))["cap"] == 15


async def test_two_presses_change_once(pool: Pool, owner: Connection) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await lobby.book("09:00", phone="+84905123456")
    drafted = await draft(lobby, "07:10", closed("2026-03-31"))
    first = await confirm(lobby, "07:11", drafted, key="k")
    assert await confirm(lobby, "07:12", drafted, key="k") == first
    assert len(await messages(owner, lobby.office, "moved_by_office")) == 1


async def test_without_a_free_time_near_enough_the_booking_stays_and_the_person_is_told(
    pool: Pool, owner: Connection
) -> None:
    lobby = Lobby(pool, await make_office(pool))
    booked = await lobby.book("09:00", phone="+84905123456")
    days = [f"2026-04-{n:02}" for n in range(1, 4)]
    drafted = await draft(lobby, "07:10", closed("2026-03-31", *days), most_days=3)
    assert [move["starts_at"] for move in drafted["moves"]] == [None]
    await confirm(lobby, "07:11", drafted)
    seen = await lobby.visit(booked)
    assert (seen["state"], seen["attention"]) == ("booked", "no_new_time")
    assert len(await messages(owner, lobby.office, "no_new_time")) == 1
    assert await lobby.differences("07:12") == []


async def test_every_version_is_kept_with_who_changed_it(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool))
    await confirm(lobby, "07:11", await draft(lobby, "07:10", area_cap(10), note="Dịch bệnh"))
    versions = await reads.office_versions(pool, lobby.office.office_id)
    assert [(one["version_no"], one["actor"], one["note"]) for one in versions] == [
        (2, MANAGER, "Dịch bệnh"),
        (1, "test", ""),
    ]
    newest = await reads.office_version(pool, lobby.office.office_id, 2)
    assert newest is not None
    caps = [
        next(c["maximum"] for c in file["caps"] if c["scope"] == "area:hall")
        for file in (newest["before"], newest["file"])
    ]
    assert caps == [20, 10]
