"""What an office has kept long enough goes; tests/test_retention.py looks for it everywhere."""

import pytest

from queue_service import commands, reads, retention
from queue_service.db import Connection, Database, Pool, connect
from tests.floors import Box, empty_database
from tests.lobby import Lobby
from tests.offices import make_office
from tests.rota import make_rota
from tests.sql.scenes import full_enough
from tests.test_retention import NAME, PHONE, alone, traces
from tests.times import Still

__all__ = ["alone"]
pytestmark = pytest.mark.anyio

STAFF_KEPT = ("leaves", "duties", "staff")


async def test_each_office_says_how_many_days(pool: Pool, owner: Connection) -> None:
    office = await make_office(pool, rules={"retention_days": 2})
    lobby = Lobby(pool, office)
    booked = await lobby.book("09:00", phone=PHONE)
    for day, name in ((2, "Nguyễn Văn An"), (3, "")):
        await retention.forget(pool, Still(office.at("00:01", day)), office.office_id)
        visit = await lobby.visit(booked)
        assert visit["name"] == name


async def test_a_booking_to_come_keeps_its_name_however_long_ago_it_was_made(pool: Pool) -> None:
    lobby = Lobby(pool, await make_office(pool, rules={"retention_days": 1, "booking_days": 60}))
    far = await lobby.book_group(
        [
            lobby.request("09:00", phone=PHONE)
            | {"starts_at": lobby.office.at("09:00", 42).isoformat()}
        ]
    )
    assert far[0][0] == "booked"
    await retention.forget(pool, Still(lobby.office.at("23:00", 42)), lobby.office.office_id)
    assert (await lobby.visit(far[0][1]))["name"] == "Nguyễn Văn An"


async def test_what_was_answered_more_than_48_hours_ago_is_let_go(
    pool: Pool, owner: Connection
) -> None:
    lobby = await full_enough(pool)
    await lobby.do("staff", "08:00", "hall", 2, key="k")
    lobby.days = 3
    await retention.forget(pool, Still(lobby.at("08:00")), lobby.office.office_id)
    kept = await owner.fetch(
        "select from queue.request where office_id = $1", lobby.office.office_id
    )
    assert kept == []


async def test_a_short_name_is_not_cut_out_of_longer_words(owner: Connection) -> None:
    async def said(text: str, name: str, phone: str = "") -> str:
        return await owner.fetchval("select queue._unnamed($1, $2, $3)", text, name, phone)

    assert await said("transfer", "An") == "transfer"
    assert await said("Bà An báo bận", "an") == "Bà … báo bận"
    assert await said("C. (Bình) [x", "Bình) [x") == "C. (…"
    for written in ("0905777123", "0905 777 123", "+84 905.777.123", "84905777123"):
        assert await said(f"gọi {written}!", "", PHONE) == "gọi …!"


async def test_a_visit_that_a_box_brings_late_is_forgotten_too(
    alone: tuple[Pool, Connection], database: Database
) -> None:
    pool, owner = alone
    async with empty_database(database) as mine, connect(mine.app_url, 4) as box_pool:
        box = Box(pool, box_pool, await make_office(pool))
        booked = await box.hub.book("08:00", name=NAME, phone=PHONE)
        await box.begin("07:00")
        await box.floor.arrive("07:55", booked)
        late = Still(box.office.at("08:00", 40))
        await retention.forget(pool, late, box.office.office_id)
        assert (await traces(owner))["queue.visit"] == 0
        await owner.execute("update queue.visit set name = $1", NAME)  # as an older hub had it
        await box.heal(box.office.at("08:05", 40))
        await retention.forget(pool, late, box.office.office_id)
        assert (await traces(owner))["queue.visit"] == 0


async def test_who_worked_when_and_who_was_on_leave_is_forgotten_and_who_has_left(
    pool: Pool, owner: Connection
) -> None:
    rota = await make_rota(pool, rules={"retention_days": 30})
    await rota.turns(0, 1)
    await rota.publish(0, 1)
    await rota.leave("An", 1, 2)
    await rota.hire("Bình", "a", left_on="2026-04-01")

    async def forget(days: int) -> tuple[int, int, int]:
        at = rota.lobby.office.at("02:00", days)
        kept = await reads.retention(pool, rota.office_id, at)
        gone = await commands.forget(pool, rota.office_id, at, 1000)
        assert kept is not None
        assert [kept[one] for one in STAFF_KEPT] == [gone[one] for one in STAFF_KEPT]
        return gone["leaves"], gone["duties"], gone["staff"]

    assert await forget(30) == (0, 0, 0)
    leaves, duties, staff = await forget(31)
    assert (leaves, staff) == (0, 0)
    assert duties > 0
    assert (await forget(33))[::2] == (1, 1)
    left = "select array_agg(name order by name) from queue.staff_member where office_id = $1"
    assert await owner.fetchval(left, rota.office_id) == ["An", "Chi", "Dũng"]
    for table in ("duty", "staff_leave", "rota_day"):
        count = f"select count(*) from queue.{table} where office_id = $1"
        assert await owner.fetchval(count, rota.office_id) == 0
