"""One day is changed by hand; which rules it then breaks is said at once."""

from uuid import uuid4

import pytest

from queue_service.db import Pool, Refused
from tests.offices import import_again
from tests.rota import attendance, make_rota, rules

pytestmark = pytest.mark.anyio

USUAL = {"An": "office", "Bình": "office", "Chi": "home", "Dũng": "home"}


async def test_one_day_is_changed_and_the_others_stay(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.turns(0, 1)
    await rota.plan(0, {"An": "home", "Chi": "office"}, "morning")
    assert await rota.there(0) == ["Bình", "Chi"]
    assert await rota.there(0, shift="afternoon") == ["An", "Bình"]
    assert await rota.there(1) == ["Chi", "Dũng"]


async def test_a_rota_that_empties_the_office_breaks_a_rule_in_every_office(pool: Pool) -> None:
    rota = await make_rota(pool)
    assert await rota.plan(0, USUAL) == []
    [broken] = await rota.plan(0, dict.fromkeys(USUAL, "home"), "afternoon")
    assert (broken["rule"], broken["spans"]) == ("nobody_in", [{"from": "13:30", "to": "17:00"}])


async def test_a_field_that_nobody_in_the_office_can_serve_is_named(pool: Pool) -> None:
    rota = await make_rota(pool, {})
    await rota.hire("An", queues=["justice"])
    await rota.hire("Bình", queues=["permits"])
    assert await rota.plan(0, {"An": "office", "Bình": "office"}) == []
    [broken] = await rota.plan(0, {"An": "office", "Bình": "home"})
    assert (broken["rule"], broken["queue"], broken["name_vi"]) == (
        "field_uncovered",
        "permits",
        "Giấy phép",
    )


async def test_three_may_cover_what_six_did(pool: Pool) -> None:
    rota = await make_rota(pool, {})
    for n in range(6):
        await rota.hire(f"Cán bộ {n}", queues=["justice"] if n % 2 else ["justice", "permits"])
    everybody = {f"Cán bộ {n}": "office" if n < 3 else "home" for n in range(6)}
    assert await rota.plan(0, everybody) == []


async def test_a_field_the_office_does_not_ask_for_may_stay_uncovered(pool: Pool) -> None:
    rota = await make_rota(pool, {}, covered=["justice"])
    await rota.hire("An", queues=["justice"])
    assert await rota.plan(0, {"An": "office"}) == []


async def test_somebody_who_leads_is_in_the_office_in_every_hour(pool: Pool) -> None:
    rota = await make_rota(pool, leader=True)
    assert rules(await rota.plan(0, USUAL)) == ["no_leader"]
    await rota.hire("Chi", "b", leads=True)
    assert rules(await rota.plan(0, USUAL)) == ["no_leader"]  # leading from home is not there
    await rota.hire("An", "a", leads=True)
    assert await rota.plan(0, USUAL) == []


async def test_not_too_few_and_not_too_many_in_the_office_and_at_home(pool: Pool) -> None:
    rota = await make_rota(
        pool,
        attendance=[
            attendance("in", "office", minimum=2, maximum=3),
            attendance("home", "home", minimum=1, maximum=50, unit="percent"),
        ],
    )
    assert await rota.plan(0, USUAL) == []
    told = await rota.plan(0, {**USUAL, "Bình": "home"})
    assert [(one["rule"], one["place"], one["bound"], one["count"]) for one in told] == [
        ("too_few", "office", 2, 1),
        ("too_many", "home", 2, 3),
    ]
    told = await rota.plan(0, dict.fromkeys(USUAL, "office"))
    assert [(one["rule"], one["place"], one["bound"], one["count"]) for one in told] == [
        ("too_few", "home", 1, 0),
        ("too_many", "office", 3, 4),
    ]


async def test_a_share_counts_all_on_the_list_even_who_is_on_leave(pool: Pool) -> None:
    half = attendance("home", "home", maximum=50, unit="percent")
    rota = await make_rota(pool, attendance=[half])
    await rota.leave("An", 0, 0)
    assert await rota.plan(0, {"Bình": "office", "Chi": "home", "Dũng": "home"}) == []


async def test_a_measure_holds_on_its_days_alone(pool: Pool) -> None:
    few = attendance("in", "office", maximum=1, valid_from="2026-04-01", valid_to="2026-04-01")
    rota = await make_rota(pool, attendance=[few])
    told = [rules(await rota.plan(n, USUAL)) for n in range(3)]
    assert told == [[], ["too_many"], []]


async def test_staff_alone_may_not_fill_the_room(pool: Pool) -> None:
    rota = await make_rota(pool, area_cap=4)
    [broken] = await rota.plan(0, dict.fromkeys(USUAL, "office"))
    assert (broken["rule"], broken["bound"], broken["count"]) == ("room_full", 4, 4)
    await rota.hire("Dũng", "b", area=None)  # sits elsewhere
    assert await rota.plan(0, dict.fromkeys(USUAL, "office")) == []


async def test_nobody_is_in_two_places(pool: Pool) -> None:
    rota = await make_rota(pool)
    file = rota.lobby.office.file
    file["shifts"].append(
        {**file["shifts"][0], "shift_id": "day", "starts": "07:30", "ends": "17:00"}
    )
    await import_again(pool, rota.lobby.office)
    await rota.plan(0, USUAL)
    assert rules(await rota.plan(0, {"An": "home"}, "day")) == ["in_two_places"]


async def test_whom_or_what_the_office_does_not_have_is_refused(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.plan(0, USUAL)
    rota.people["Ma"] = uuid4()
    with pytest.raises(Refused, match="no_such_staff"):
        await rota.plan(0, {"An": "home", "Ma": "office"})
    with pytest.raises(Refused, match="no_such_shift"):
        await rota.plan(0, {"An": "home"}, "night")
    with pytest.raises(Refused, match="bad_place"):
        await rota.plan(0, {"An": "moon"})
    with pytest.raises(Refused, match="day_over"):
        await rota.plan(-1, {"An": "home"})
    assert await rota.there() == ["An", "Bình"]
