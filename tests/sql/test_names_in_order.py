"""What the database sorts by name stands as Python sorts it: as in a Vietnamese dictionary."""

import random
from collections.abc import Callable

import pytest

from queue_service import commands, reads
from queue_service.authority.urgent import (
    _by_field,  # pyright: ignore[reportPrivateUsage]
)
from queue_service.db import Connection, Pool
from queue_service.names import Key, person_key, sort_key
from queue_service.offices.catalogue import read
from tests.authority import make_authority
from tests.offices import LONG_AGO, make_office
from tests.rota import day, make_rota
from tests.test_catalogue import as_csv

pytestmark = pytest.mark.anyio

VOWELS = "aăâeêioôơuưy"
TONED = "àằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹáắấéếíóốớúứýạặậẹệịọộợụựỵ"
CONSONANTS = ("b", "c", "ch", "d", "đ", "g", "h", "l", "ng", "ph", "qu", "t", "th", "tr", "v", "x")


def made_up(dice: random.Random) -> str:
    words = [
        dice.choice(CONSONANTS) + dice.choice(VOWELS + TONED) + dice.choice(("", "n", "nh", "m"))
        for _ in range(dice.randint(1, 3))
    ]
    name = " ".join(words)
    return dice.choice((name, name.title(), name.upper()))


@pytest.mark.parametrize(
    ("function", "key"), [("_name_key", sort_key), ("_person_key", person_key)]
)
async def test_made_up_names_stand_in_one_order_everywhere(
    owner: Connection, function: str, key: Callable[[str], Key]
) -> None:
    dice = random.Random(7)
    names = [made_up(dice) for _ in range(2000)] + ["Đất đai", "Hộ tịch", "Xây dựng", "Chứng thực"]
    sorted_there = await owner.fetchval(
        f"select array_agg(n order by queue.{function}(n)) from unnest($1::text[]) as n", names
    )
    assert [key(n)[:2] for n in sorted_there] == sorted(key(n)[:2] for n in names)


async def test_people_stand_by_their_given_names_and_đ_before_e(pool: Pool) -> None:
    rota = await make_rota(pool, {})
    for name in ("Trần Thị Yến", "Lê Văn Đức", "Nguyễn Thị Dung", "Phạm Em", "Đỗ Thị Ánh"):
        await rota.hire(name)
    seen = await reads.rota(pool, rota.office_id, rota.lobby.at("06:00"), day(0), day(0))
    assert seen is not None
    assert [one["name"].split()[-1] for one in seen["staff"]] == [
        "Ánh", "Dung", "Đức", "Em", "Yến",
    ]  # fmt: skip


def test_the_urgent_list_has_land_before_civil_status() -> None:
    rows = [{"field_vi": one, "field_en": ""} for one in ("Hộ tịch", "Đất đai", "Chứng thực")]
    assert [name for name, _ in _by_field(rows, "vi")] == ["Chứng thực", "Đất đai", "Hộ tịch"]


async def test_a_catalogue_is_searched_and_cut_off_in_that_order(pool: Pool) -> None:
    authority = await make_authority(pool, await make_office(pool))
    names = ("Xin trích lục", "Đăng ký khai sinh", "Hỗ trợ", "Cấp bản sao")
    lines = [[f"1.00000{n}", name] for n, name in enumerate(names)]
    rows = read(as_csv(["Mã thủ tục", "Tên thủ tục"], *lines), "x")
    await commands.keep_procedures(pool, LONG_AGO, "test", authority, rows)
    found = await reads.procedures(pool, authority, "", 2)
    assert [one["name_vi"] for one in found] == ["Cấp bản sao", "Đăng ký khai sinh"]
