"""The whole list of staff at once: everybody or nobody, on the list that was looked at."""

from typing import Any
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from tests.changes import MANAGER
from tests.lobby import Answer
from tests.rota import Rota, day, make_rota

pytestmark = pytest.mark.anyio


async def seen(rota: Rota) -> Answer:
    found = await reads.rota(rota.pool, rota.office_id, rota.lobby.at("06:00"), day(0), day(0))
    assert found is not None
    return found


def line(name: str, **more: Any) -> dict[str, Any]:
    person = {"name": name, "group": "a", "area": "hall", "queues": ["justice"], **more}
    return {"staff_id": str(uuid4()), "person": person}


async def keep(rota: Rota, people: list[dict[str, Any]], mark: str) -> Answer:
    at = rota.lobby.at("06:00")
    return await commands.keep_staff_list(rota.pool, rota.office_id, at, MANAGER, people, mark)


async def test_everybody_comes_on_the_list_at_once(pool: Pool) -> None:
    rota = await make_rota(pool, {"An": "a"})
    await keep(rota, [line("Bình"), line("Chi", group="b")], (await seen(rota))["staff_mark"])
    assert {one["name"] for one in (await seen(rota))["staff"]} == {"An", "Bình", "Chi"}


async def test_with_one_who_cannot_be_kept_nobody_is(pool: Pool) -> None:
    rota = await make_rota(pool, {"An": "a"})
    mark = (await seen(rota))["staff_mark"]
    with pytest.raises(Refused, match="no_such_queue"):
        await keep(rota, [line("Bình"), line("Chi", queues=["fishing"])], mark)
    assert [one["name"] for one in (await seen(rota))["staff"]] == ["An"]


async def test_on_a_list_that_has_changed_since_nothing_is_taken_in(pool: Pool) -> None:
    rota = await make_rota(pool, {"An": "a"})
    mark = (await seen(rota))["staff_mark"]
    await rota.hire("An", "b")
    with pytest.raises(Refused, match="staff_changed"):
        await keep(rota, [line("Bình")], mark)
    assert [one["name"] for one in (await seen(rota))["staff"]] == ["An"]
