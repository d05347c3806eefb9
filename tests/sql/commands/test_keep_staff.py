"""Who works at an office: kept by its manager, without a name in the trail."""

from typing import Any
from uuid import uuid4

import pytest

from queue_service import reads
from queue_service.db import Connection, Pool, Refused
from tests.rota import Rota, day, make_rota

pytestmark = pytest.mark.anyio


async def staff(rota: Rota) -> dict[str, dict[str, Any]]:
    seen = await reads.rota(rota.pool, rota.office_id, rota.lobby.at("06:00"), day(0), day(0))
    assert seen is not None
    return {one["name"]: one for one in seen["staff"]}


async def test_somebody_is_kept_and_changed(pool: Pool) -> None:
    rota = await make_rota(pool, {"An": "a"})
    await rota.hire("An", "b", title="Công chức tư pháp", queues=["justice"], leads=True)
    an = (await staff(rota))["An"]
    assert (an["group_id"], an["title"], an["queues"], an["leads"]) == (
        "b",
        "Công chức tư pháp",
        ["justice"],
        True,
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "bad_name"),
        ({"name": "x" * 81}, "bad_name"),
        ({"group": "z"}, "no_such_group"),
        ({"area": "roof"}, "no_such_area"),
        ({"queues": ["justice", "fishing"]}, "no_such_queue"),
    ],
)
async def test_what_the_office_does_not_have_is_refused_and_nothing_is_kept(
    pool: Pool, wrong: dict[str, Any], said: str
) -> None:
    rota = await make_rota(pool, {})
    with pytest.raises(Refused, match=said):
        await rota.hire("An", **wrong)
    assert await staff(rota) == {}


async def test_after_the_last_day_nobody_is_planned_any_more(pool: Pool) -> None:
    rota = await make_rota(pool)
    await rota.turns(0, 3)
    await rota.hire("An", "a", left_on=day(1).isoformat())
    await rota.turns(3, 3, together=2)
    assert [await rota.there(n) for n in (0, 2)] == [["An", "Bình"], ["Bình"]]
    assert await rota.there(3) == ["Bình", "Chi", "Dũng"]


async def test_the_trail_says_that_somebody_was_changed_and_not_who(
    pool: Pool, owner: Connection
) -> None:
    rota = await make_rota(pool, {"Nguyễn Thị Hồng Vân": "a"})
    rows = await owner.fetch(
        "select act, target, before::text as before, after::text as after from ops.audit "
        "where offices = array[$1::integer]",
        rota.office_id,
    )
    kept = [row for row in rows if row["act"] == "keep_staff"]
    assert len(kept) == 1
    assert not any("Vân" in str(value) for row in rows for value in row.values())


async def test_an_office_that_is_not_there_has_no_staff(pool: Pool) -> None:
    rota = await make_rota(pool, {})
    rota.office_id = 9999
    assert await reads.rota(pool, rota.office_id, rota.lobby.at("06:00"), day(0), day(0)) is None
    with pytest.raises(Refused, match="no_such_office"):
        await rota.hire("An")


async def test_an_account_is_one_persons_until_they_have_gone(pool: Pool) -> None:
    rota, account = await make_rota(pool, {}), str(uuid4())
    await rota.hire("An", account_id=account)
    with pytest.raises(Refused, match="account_on_list"):
        await rota.hire("Bình", account_id=account)
    assert set(await staff(rota)) == {"An"}
    await rota.hire("An", account_id=account, title="Phó giám đốc")  # their own stays theirs
    await rota.hire("An", account_id=account, left_on=str(day(-1)))
    await rota.hire("Bình", account_id=account)
    assert (await staff(rota))["Bình"]["account_id"] == account
