"""One open walk-in number per person, whoever has the floor: holders go with their visits."""

from typing import Any

import pytest

from queue_service import commands, db, reads
from queue_service.db import Connection, Pool
from tests.floors import Box, empty_database
from tests.offices import make_office
from tests.sql.test_one_number import AN, BINH, one_number

pytestmark = pytest.mark.anyio


@pytest.fixture
async def strict(pool: Pool, box_pool: Pool) -> Box:
    return Box(pool, box_pool, await make_office(pool, change=one_number))


async def refused_a_second(asked: Any) -> None:
    answer = await asked
    assert (answer["decision"], answer["reason"]) == ("refuse", "one_number")


async def give_back(box: Box, now: str) -> None:
    await commands.stop_box(box.pool, box.office.office_id, box.at(now))
    await box.heal(now)
    here = await box.where(now)
    await commands.hand_back_floor(
        box.hub_pool,
        box.office.office_id,
        box.at(now),
        "box",
        box.box_id,
        here["epoch"],
        here["seq"],
    )


async def holders(connection: Connection, office_id: int) -> list[bytes]:
    rows = await connection.fetch(
        "select person from queue.walk_in_person where office_id = $1 order by person", office_id
    )
    return [row["person"] for row in rows]


async def test_who_took_a_number_at_the_hub_gets_no_second_at_the_box(strict: Box) -> None:
    came = await strict.hub.walk_in("07:40", channel="kiosk", person=AN)
    await strict.begin("07:45")
    await refused_a_second(strict.floor.walk_in("07:46", channel="kiosk", person=AN))
    assert (await strict.floor.walk_in("07:47", channel="kiosk", person=BINH))["number"] == "A002"
    await strict.floor.do("leave", "07:48", came)
    assert (await strict.floor.walk_in("07:49", channel="kiosk", person=AN))["number"] == "A003"


async def test_who_took_a_number_at_the_box_gets_no_second_at_the_hub(strict: Box) -> None:
    await strict.begin("07:30")
    came = await strict.floor.walk_in("07:40", channel="kiosk", person=AN)  # with the cable cut
    done = await strict.floor.walk_in("07:41", channel="kiosk", person=BINH)
    await strict.floor.do("leave", "07:42", done)
    await give_back(strict, "08:00")
    await refused_a_second(strict.hub.walk_in("08:01", channel="kiosk", person=AN))
    assert (await strict.hub.walk_in("08:02", channel="kiosk", person=BINH))["number"] == "A003"
    await strict.hub.do("leave", "08:03", came)
    assert (await strict.hub.walk_in("08:04", channel="kiosk", person=AN))["number"] == "A004"


async def test_what_a_lost_box_had_told_counts_and_what_it_tells_too_late_does_not(
    strict: Box, owner: Connection
) -> None:
    await strict.begin("07:30")
    await strict.floor.walk_in("07:40", channel="kiosk", person=AN)
    await strict.heal("07:41")
    await strict.floor.walk_in("07:42", channel="kiosk", person=BINH)  # the hub never hears it
    await strict.take_back("08:00")
    await strict.hub.do("recount", "08:00", "hall", 2)
    await refused_a_second(strict.hub.walk_in("08:01", channel="kiosk", person=AN))
    # a number that nobody here knows of is worth nothing, so its holder is given another
    assert (await strict.hub.walk_in("08:02", channel="kiosk", person=BINH))["number"] == "A100"

    assert (await strict.talk("08:03"))["stopped"] == "lost"
    office_id = strict.office.office_id
    assert await holders(owner, office_id) == [AN, BINH]
    late = await owner.fetchval(
        "select string_agg(body::text, '') from queue.floor_late where office_id = $1", office_id
    )
    assert "A002" in late  # the visit is kept apart, but not whose it was
    assert BINH.hex() not in late
    await refused_a_second(strict.hub.walk_in("08:04", channel="kiosk", person=BINH))


async def test_a_new_box_and_one_that_takes_the_floor_again_know_who_holds_a_number(
    strict: Box, pool: Pool, database: db.Database
) -> None:
    await strict.begin("07:30")
    await strict.floor.walk_in("07:40", channel="kiosk", person=AN)
    await strict.heal("07:41")
    await strict.take_back("08:00")
    await strict.hub.do("recount", "08:00", "hall", 1)
    await strict.hub.walk_in("08:01", channel="kiosk", person=BINH)
    async with empty_database(database) as mine, db.connect(mine.app_url, 2) as fresh:
        new = Box(pool, fresh, strict.office)
        await new.begin("08:10", "hộp 2")
        for person in (AN, BINH):
            await refused_a_second(new.floor.walk_in("08:11", channel="kiosk", person=person))
    await strict.take_back("08:20")
    await strict.hub.do("recount", "08:20", "hall", 2)
    await strict.talk("08:21")
    await strict.begin("08:22")
    for person in (AN, BINH):
        await refused_a_second(strict.floor.walk_in("08:23", channel="kiosk", person=person))
    await strict.agree("08:24")


async def test_the_next_day_everybody_is_free_again_on_both_sides(
    strict: Box, owner: Connection, box_owner: Connection
) -> None:
    await strict.begin("07:30")
    await strict.floor.walk_in("07:40", channel="kiosk", person=AN)
    await strict.heal("07:41")
    await strict.floor.walk_in("16:00", channel="kiosk", person=BINH)  # told on the next day only
    strict.hub.days = strict.floor.days = 1
    await strict.heal("07:30")
    office_id = strict.office.office_id
    assert BINH not in await holders(owner, office_id)
    assert (await strict.floor.walk_in("08:00", channel="kiosk", person=AN))["number"] == "A001"
    assert await holders(box_owner, office_id) == [AN]
    await give_back(strict, "08:10")
    await refused_a_second(strict.hub.walk_in("08:11", channel="kiosk", person=AN))
    assert (await strict.hub.walk_in("08:12", channel="kiosk", person=BINH))["number"] == "A002"


async def test_a_box_keeps_the_key_of_no_day_that_is_over(
    strict: Box, box_owner: Connection
) -> None:
    await strict.begin("07:30")
    office_id, today = strict.office.office_id, strict.at("07:30").date()

    async def hear(now: str, **keys: str) -> None:
        answer = await strict.tell(now, await strict.word(now))
        await strict.hear(now, answer | {"day_keys": keys})

    async def kept() -> list[str]:
        rows = await box_owner.fetch(
            "select day from queue.person_key where office_id = $1 order by day", office_id
        )
        return [row["day"].isoformat() for row in rows]

    days = {day: (day.replace("-", "") * 8).ljust(64, "0") for day in ("2026-03-31", "2026-04-01")}
    assert today.isoformat() in days
    await hear("08:00", **days)
    await hear("08:01", **days | {"2026-04-01": "ab" * 32})  # another secret at the hub
    assert await kept() == list(days)
    assert await reads.person_key(strict.pool, office_id, today) == days["2026-03-31"]
    strict.hub.days = strict.floor.days = 1
    await strict.floor.walk_in("08:00", channel="kiosk", person=AN)
    assert await kept() == ["2026-04-01"]
    strict.hub.days = strict.floor.days = 2
    await commands.forget(strict.pool, office_id, strict.at("00:01"), 100)
    assert await kept() == []
