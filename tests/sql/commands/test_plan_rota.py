"""Groups take turns in the office; the others work at home or are off."""

from typing import Any

import pytest

from queue_service.db import Pool, Refused
from tests.offices import import_again
from tests.rota import make_rota

pytestmark = pytest.mark.anyio


async def test_two_groups_take_turns_day_by_day(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.turns(0, 2)
    assert [await rota.there(n) for n in range(3)] == [
        ["An", "Bình"],
        ["Chi", "Dũng"],
        ["An", "Bình"],
    ]
    assert await rota.there(0, "home") == ["Chi", "Dũng"]


async def test_or_shift_by_shift_or_week_by_week(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.turns(0, 0, turn="shift")
    assert await rota.there(0, shift="morning") == ["An", "Bình"]
    assert await rota.there(0, shift="afternoon") == ["Chi", "Dũng"]
    await rota.turns(0, 7, turn="week", first_group="b")
    assert [await rota.there(n) for n in (0, 3, 6, 7)] == [
        ["Chi", "Dũng"],
        ["Chi", "Dũng"],
        ["An", "Bình"],
        ["An", "Bình"],
    ]


async def test_two_of_three_groups_are_in_and_each_stays_away_once(pool: Pool) -> None:
    rota = await make_rota(pool, {"An": "a", "Bình": "b", "Chi": "c"}, groups=("a", "b", "c"))
    await rota.turns(0, 2, together=2, others="off")
    assert [await rota.there(n) for n in range(3)] == [
        ["An", "Bình"],
        ["An", "Chi"],
        ["Bình", "Chi"],
    ]
    assert await rota.there(0, "home") == []


async def test_who_is_in_no_group_is_always_in(pool: Pool) -> None:
    rota = await make_rota(pool, {"An": "a", "Chi": "b", "Lãnh đạo": None})
    await rota.turns(0, 1)
    assert [await rota.there(n) for n in (0, 1)] == [["An", "Lãnh đạo"], ["Chi", "Lãnh đạo"]]


async def test_a_day_on_which_the_office_is_closed_is_nobodys_turn(pool: Pool) -> None:
    rota = await make_rota(pool)
    rota.lobby.office.file["closures"] = [
        {"day": "2026-04-01", "name_vi": "Nghỉ", "name_en": "Closed"}
    ]
    await import_again(pool, rota.lobby.office)
    await rota.turns(0, 2)
    assert [await rota.there(n) for n in range(3)] == [["An", "Bình"], [], ["Chi", "Dũng"]]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"last": -1}, "bad_days"),
        ({"last": 31}, "bad_days"),
        ({"first": -1}, "day_over"),
        ({"turn": "year"}, "bad_turns"),
        ({"together": 3}, "bad_turns"),
        ({"together": 0}, "bad_turns"),
        ({"others": "abroad"}, "bad_turns"),
        ({"first_group": "z"}, "no_such_group"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_the_plan_stays(
    pool: Pool, more: dict[str, Any], said: str
) -> None:
    rota = await make_rota(pool)
    await rota.turns()
    with pytest.raises(Refused, match=said):
        await rota.turns(**more)
    assert await rota.there() == ["An", "Bình"]


async def test_an_office_without_shifts_is_told_to_name_them_first(pool: Pool) -> None:
    rota = await make_rota(pool)
    rota.lobby.office.file["shifts"] = []
    await import_again(pool, rota.lobby.office)
    with pytest.raises(Refused, match="no_shifts"):
        await rota.turns()
