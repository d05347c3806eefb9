"""The trail of changes is read whole: no line falls between two pages, and none is seen nowhere."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool
from tests.authority import ACTOR, make_authority, room
from tests.changes import MANAGER
from tests.lobby import Answer
from tests.offices import DAY, LONG_AGO, make_office
from tests.people import person
from tests.rota import make_rota

pytestmark = pytest.mark.anyio


async def test_many_changes_of_one_moment_are_all_on_a_page_and_the_newest_stands_first(
    pool: Pool,
) -> None:
    rota = await make_rota(pool, {})
    seen = await reads.rota(pool, rota.office_id, rota.lobby.at("08:00"), DAY, DAY)
    assert seen is not None
    people = [
        {"staff_id": str(uuid4()), "person": {"name": f"Nguyễn Văn {number}"}}
        for number in range(7)
    ]
    await commands.keep_staff_list(
        pool, rota.office_id, rota.lobby.at("08:00"), MANAGER, people, seen["staff_mark"]
    )
    await rota.lobby.do("recount", "08:01", "hall", 3)
    read: list[str] = []
    before, sizes = rota.lobby.at("18:00"), list[int]()
    while rows := await reads.audit(pool, rota.office_id, before, most=3):
        sizes.append(len(rows))
        read += [row["target"] for row in rows if row["act"] == "keep_staff"]
        before = datetime.fromisoformat(rows[-1]["at"])
    assert sizes[0] == 8  # the recount, and what was done in one moment in one piece
    assert read == [one["staff_id"] for one in reversed(people)]


async def test_what_concerns_every_office_is_seen_by_who_looks_over_every_office_alone(
    pool: Pool,
) -> None:
    office = await make_office(pool)
    admin = await person(pool, None, "admin", password="")
    just_after = LONG_AGO + timedelta(milliseconds=1)  # whatever other tests have done since

    async def made(everywhere: bool) -> list[Answer]:
        rows = await reads.audit(pool, office.office_id, just_after, everywhere=everywhere)
        return [row for row in rows if row["target"] == admin.login]

    assert [row["act"] for row in await made(everywhere=True)] == ["add_account"]
    assert await made(everywhere=False) == []


async def test_what_an_authority_changes_is_in_the_trail_of_its_offices_and_of_no_other(
    pool: Pool,
) -> None:
    office, other = await make_office(pool), await make_office(pool)
    authority = await make_authority(pool, office)
    at = (await make_rota(pool, {})).lobby.at("08:00")
    await commands.keep_preset(
        pool, at, ACTOR, authority, uuid4(), "Chỉ thị 16", "Directive 16", room(9)
    )
    shared: Answer = {"closures": [], "special_openings": [], "message_texts": [], "source": "x"}
    await commands.keep_shared(pool, at, ACTOR, authority, shared)
    said = {
        one.office_id: [row["act"] for row in await reads.audit(pool, one.office_id, end_of(at))]
        for one in (office, other)
    }
    assert said[office.office_id][:2] == ["keep_shared", "keep_preset"]
    assert not {"keep_shared", "keep_preset"} & set(said[other.office_id])


def end_of(at: datetime) -> datetime:
    return at.replace(hour=23)
