"""Who is on leave is planned for nothing, and a published day that counted on them says so."""

import pytest

from queue_service import commands
from queue_service.db import Pool, Refused
from tests.changes import MANAGER
from tests.rota import day, make_rota, rules

pytestmark = pytest.mark.anyio


async def test_who_is_on_leave_is_planned_nowhere_on_those_days(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.turns(0, 2, together=2)
    await rota.leave("An", 1, 1)
    assert [await rota.there(n) for n in (0, 1, 2)] == [
        ["An", "Bình", "Chi", "Dũng"],
        ["Bình", "Chi", "Dũng"],
        ["An", "Bình", "Chi", "Dũng"],
    ]
    await rota.turns(0, 2, together=2)
    assert "An" not in await rota.there(1)
    assert "An" not in await rota.there(1, "home")


async def test_a_published_day_that_counted_on_them_is_shown_as_broken(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.turns(1, 1)
    await rota.publish(1, 1)
    assert (await rota.of_day(1))["published_breaks"] == []
    await rota.leave("An", 1, 1)
    seen = await rota.of_day(1)
    assert rules(seen["published_breaks"]) == ["on_leave"]
    assert seen["breaks"] == []
    await rota.publish(1, 1)
    assert (await rota.of_day(1))["published_breaks"] == []
    assert (await rota.planned(1))["staff:hall"] == [("07:30", "11:30", 1), ("13:30", "17:00", 1)]


async def test_nobody_planned_by_hand_while_on_leave_can_be_published(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.leave("An", 0, 3)
    breaks = await rota.plan(0, {"An": "office", "Chi": "office"})
    assert rules(breaks) == ["on_leave"]
    with pytest.raises(Refused, match="rota_breaks"):
        await rota.draft()


@pytest.mark.parametrize(("first", "last"), [(3, 2), (0, 400)])
async def test_days_that_are_none_are_refused(pool: Pool, first: int, last: int) -> None:
    rota = await make_rota(pool)
    with pytest.raises(Refused, match="bad_days"):
        await rota.leave("An", first, last)


async def test_nobody_of_another_office_is_put_on_leave(pool: Pool) -> None:
    rota, other = await make_rota(pool), await make_rota(pool)
    with pytest.raises(Refused, match="no_such_staff"):
        await commands.take_leave(
            pool,
            rota.office_id,
            rota.lobby.at("06:00"),
            MANAGER,
            other.people["An"],
            day(0),
            day(0),
        )
