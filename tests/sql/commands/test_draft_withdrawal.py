"""What was published of a day is taken back as a change of the office: seen before, and said."""

import pytest

from queue_service import commands, reads
from queue_service.db import Connection, Pool, Refused
from tests.changes import MANAGER
from tests.lobby import Lobby, moment
from tests.offices import File
from tests.rota import Rota, day, make_rota
from tests.sql.scenes import fits

pytestmark = pytest.mark.anyio


async def public(rota: Rota) -> list[File]:
    at = rota.lobby.at("06:00")
    seen = await reads.public_rota(rota.pool, rota.office_id, at, day(0), day(9))
    assert seen is not None
    return seen["days"]


async def test_counters_and_staff_are_as_the_week_says_again(pool: Pool) -> None:
    rota = await make_rota(pool, public="names")
    await rota.turns(0, 1)
    await rota.publish(0, 1)
    assert (await rota.confirm(await rota.withdrawal(1, 1)))["decision"] == "applied"
    assert await rota.planned(1) == {}
    assert await rota.planned(0) != {}
    seen = await rota.of_day(1)
    assert seen["published"] is None
    assert seen["withdrawn_by"] == "manager:Thu Hà"
    assert moment(seen["withdrawn_at"]) == rota.lobby.at("06:00")
    assert seen["plan"] != []  # the plan stays, to be changed and published anew


async def test_the_list_of_that_day_says_so_until_it_is_published_anew(pool: Pool) -> None:
    rota = await make_rota(pool, public="names")
    await rota.turns(0, 1)
    await rota.publish(0, 1)
    await rota.confirm(await rota.withdrawal(1, 1))
    first, second = await public(rota)
    assert first["withdrawn_at"] is None
    assert first["shifts"] != []
    assert moment(second["withdrawn_at"]) == rota.lobby.at("06:00")
    assert second["shifts"] == []
    await rota.publish(1, 1)
    assert [one["withdrawn_at"] for one in await public(rota)] == [None, None]


async def test_who_is_booked_is_moved_only_once_it_was_seen(pool: Pool) -> None:
    rota = await make_rota(pool, planned={"justice": 1, "permits": 1})
    await rota.plan(1, {"An": "office", "Bình": "office"})
    await rota.publish(1, 1)
    tomorrow = Lobby(pool, rota.lobby.office, days=1)
    await rota.lobby.book_group([tomorrow.request("09:00")], "07:00")
    [(_, second)] = await rota.lobby.book_group([tomorrow.request("09:00")], "07:01")
    drafted = await rota.withdrawal(1, 1, "07:05")
    assert [move["visit_id"] for move in drafted["moves"]] == [second["visit_id"]]
    assert (await rota.of_day(1))["published"] is not None
    await rota.confirm(drafted, "07:06")
    assert moment((await tomorrow.visit(second))["starts_at"]) != tomorrow.at("09:00")
    assert not await fits(tomorrow, "09:00")
    assert await rota.lobby.differences("07:07") == []


async def test_what_was_planned_otherwise_since_stays(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.turns()
    await rota.publish()
    file = await reads.standing_file(pool, rota.office_id)
    assert file is not None
    for row in file["day_plans"]:
        if row["scope"] == "queue:justice":
            row["amount"] = 1
    await commands.import_office(pool, rota.office_id, rota.lobby.at("06:00"), MANAGER, file)
    await rota.confirm(await rota.withdrawal())
    assert set(await rota.planned()) == {"queue:justice"}


@pytest.mark.parametrize(("first", "last", "said"), [
    (3, 4, "not_published"), (-1, 0, "day_over"), (1, 0, "bad_days"),
])  # fmt: skip
async def test_nothing_that_was_not_published_or_is_over_is_taken_back(
    pool: Pool, owner: Connection, first: int, last: int, said: str
) -> None:
    rota = await make_rota(pool)
    await rota.turns()
    await rota.publish()
    with pytest.raises(Refused, match=said):
        await rota.withdrawal(first, last)
    count = "select count(*) from queue.change where office_id = $1 and state = 'draft'"
    assert await owner.fetchval(count, rota.office_id) == 0
    assert (await rota.of_day())["published"] is not None
