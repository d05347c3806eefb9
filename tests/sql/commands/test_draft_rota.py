"""A rota is published as a change of the office: seen before, whole, and never against a rule."""

import asyncio

import pytest

from queue_service import reads
from queue_service.db import Connection, Pool, Refused
from tests.changes import closed, confirm, draft
from tests.lobby import Lobby, moment
from tests.offices import File
from tests.rota import day, make_rota, rules
from tests.sql.scenes import fits

pytestmark = pytest.mark.anyio


async def test_who_is_in_opens_counters_and_counts_in_the_rooms_cap(pool: Pool) -> None:
    rota = await make_rota(pool, area_cap=10)
    await rota.hire("Chi", "b", queues=["justice"])
    await rota.turns(0, 1)
    await rota.publish(0, 1)
    assert await rota.planned(0) == {
        "queue:justice": [("07:30", "11:30", 2), ("13:30", "17:00", 2)],
        "queue:permits": [("07:30", "11:30", 1), ("13:30", "17:00", 1)],
        "staff:hall": [("07:30", "11:30", 2), ("13:30", "17:00", 2)],
    }
    office = await reads.office(pool, rota.office_id, rota.lobby.at("08:00"))
    assert office["areas"][0]["present"] == 2
    assert (await rota.of_day(0))["holds"]


async def test_counters_that_share_are_counted_once(pool: Pool) -> None:
    rota = await make_rota(pool, {}, pool_id="desks")
    await rota.hire("An")
    await rota.hire("Bình", queues=["permits"])
    await rota.plan(0, {"An": "office", "Bình": "office"})
    await rota.publish()
    planned = {scope: rows[0][2] for scope, rows in (await rota.planned()).items()}
    assert planned == {
        "pool:desks": 2, "queue:justice": 1, "queue:permits": 2, "staff:hall": 2,
    }  # fmt: skip


async def test_more_people_than_counters_open_no_more_counters(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.turns(together=2)
    await rota.publish()
    planned = {scope: rows[0][2] for scope, rows in (await rota.planned()).items()}
    assert planned == {"queue:justice": 2, "queue:permits": 1, "staff:hall": 4}


async def test_what_nobody_on_the_list_works_for_stays_as_the_week_says(pool: Pool) -> None:
    rota = await make_rota(pool, {}, covered=["justice"], staff=3)
    await rota.hire("An", queues=["justice"], area=None)
    await rota.plan(0, {"An": "office"})
    await rota.publish()
    assert set(await rota.planned()) == {"queue:justice"}
    office = await reads.office(pool, rota.office_id, rota.lobby.at("08:00"))
    assert office["areas"][0]["present"] == 3


async def test_nobody_who_is_booked_is_moved_unseen(pool: Pool) -> None:
    rota = await make_rota(pool, {"An": None, "Bình": None})
    tomorrow = Lobby(pool, rota.lobby.office, days=1)
    first = await rota.lobby.book_group([tomorrow.request("09:00")], "07:00")
    [(_, second)] = await rota.lobby.book_group([tomorrow.request("09:00")], "07:01")
    assert first[0][0] == "booked"
    await rota.plan(1, {"An": "office", "Bình": "home"})
    drafted = await rota.draft(1, 1, "07:05")
    [move] = drafted["moves"]
    assert move["visit_id"] == second["visit_id"]
    assert move["reason"] == "queue"
    assert moment((await tomorrow.visit(second))["starts_at"]) == tomorrow.at("09:00")
    assert (await rota.of_day(1))["published"] is None
    made = await rota.confirm(drafted, "07:06")
    assert made["decision"] == "applied"
    assert moment((await tomorrow.visit(second))["starts_at"]) != tomorrow.at("09:00")
    assert not await fits(tomorrow, "09:00")
    assert await rota.lobby.differences("07:07") == []


async def test_a_rota_against_the_rules_is_refused_with_each_of_them_and_nothing_is_done(
    pool: Pool, owner: Connection
) -> None:
    rota = await make_rota(pool, {}, leader=True)
    await rota.hire("An", queues=["justice"])
    await rota.plan(0, {"An": "office"})
    with pytest.raises(Refused) as caught:
        await rota.draft(0, 1)
    assert (caught.value.code, caught.value.status) == ("rota_breaks", 409)
    said = {
        one["day"]: [broken["rule"] for broken in one["breaks"]]
        for one in caught.value.facts["days"]
    }
    assert said == {
        day(0).isoformat(): ["no_leader", "field_uncovered"],
        day(1).isoformat(): ["nobody_in"],
    }
    assert await rota.planned() == {}
    assert (
        await owner.fetchval(
            "select count(*) from queue.change where office_id = $1", rota.office_id
        )
        == 0
    )


async def test_a_plan_that_changed_since_it_was_shown_is_not_published(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.turns()
    drafted = await rota.draft()
    await rota.plan(0, {"An": "home", "Chi": "office"})
    assert (await rota.confirm(drafted))["decision"] == "changed_meanwhile"
    seen = await rota.of_day()
    assert seen["published"] is None
    assert await rota.planned() == {}


async def test_a_rule_that_came_since_it_was_shown_is_kept(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.turns()
    drafted = await rota.draft()
    await rota.hire("An", "a", queues=["justice"])
    await rota.hire("Bình", "a", queues=["justice"])
    with pytest.raises(Refused, match="rota_breaks"):
        await rota.confirm(drafted)
    assert (await rota.of_day())["published"] is None
    assert await rota.planned() == {}


async def test_published_again_it_is_what_it_is_then(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.turns()
    await rota.publish()
    await rota.plan(0, {"An": "home", "Bình": "office", "Chi": "office", "Dũng": "home"})
    seen = await rota.of_day()
    assert seen["published"] != seen["plan"]
    await rota.publish()
    seen = await rota.of_day()
    assert seen["published"] == seen["plan"]
    assert seen["published_by"] == "manager:Thu Hà"


async def test_who_changes_a_published_dates_numbers_is_told_by_the_rota(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.turns()
    await rota.publish()

    def fewer(file: File) -> None:
        for row in file["day_plans"]:
            row["amount"] = 1

    await confirm(rota.lobby, "06:01", await draft(rota.lobby, "06:01", fewer))
    assert not (await rota.of_day())["holds"]
    await rota.publish(now="06:02")
    assert (await rota.of_day())["holds"]


async def test_on_a_day_that_is_closed_somebody_may_still_be_on_duty(pool: Pool) -> None:
    rota = await make_rota(pool)
    await confirm(rota.lobby, "06:00", await draft(rota.lobby, "06:00", closed(day(1).isoformat())))
    assert await rota.plan(1, {"An": "office"}) == []
    await rota.publish(1, 1)
    assert await rota.planned(1) == {}
    assert len((await rota.of_day(1))["published"]) == 2


async def test_a_day_that_is_over_is_published_no_more(pool: Pool) -> None:
    rota = await make_rota(pool)
    with pytest.raises(Refused, match="day_over"):
        await rota.draft(-1, 0)


@pytest.mark.parametrize("attempt", range(5))
async def test_a_plan_that_is_emptied_in_the_moment_of_confirming_is_never_published_so(
    pool: Pool, attempt: int
) -> None:
    rota = await make_rota(pool)
    await rota.turns()
    drafted = await rota.draft()
    shown = (await rota.of_day())["plan"]
    empty = dict.fromkeys(rota.people, "home")
    racers = [rota.confirm(drafted), rota.plan(0, empty)]
    if attempt % 2:
        racers.reverse()
    answers = await asyncio.gather(*racers)
    [made] = [one for one in answers if isinstance(one, dict)]
    seen = await rota.of_day()
    assert rules(seen["breaks"]) == ["nobody_in"]
    if made["decision"] == "applied":
        assert seen["published"] == shown
        assert seen["published_breaks"] == []
    else:
        assert made["decision"] == "changed_meanwhile"
        assert seen["published"] is None
        assert await rota.planned() == {}
