"""A slip is about to be printed: one at a time on a printer, once for each key."""

from typing import Any
from uuid import uuid4

import pytest

from queue_service import commands
from queue_service.db import Pool, Refused
from tests.lobby import Answer, Lobby, id_of, moment
from tests.offices import File, make_office

pytestmark = pytest.mark.anyio


def printer(file: File) -> None:
    names = {"name_vi": "Máy in", "name_en": "Printer"}
    paper = {"address": "file", "paper_mm": 58, "dots": 384, "position": 0}
    file["printers"] = [{"printer_id": "door", **names, **paper}]


async def with_printer(pool: Pool) -> Lobby:
    return Lobby(pool, await make_office(pool, change=printer))


async def begin(lobby: Lobby, now: str, visit: Answer, key: str = "", to: Any = None) -> Answer:
    office_id, at = lobby.office.office_id, lobby.at(now)
    key = key or str(uuid4())
    return await commands.begin_print(lobby.pool, office_id, at, "kiosk:1", key, id_of(visit), to)


async def end(lobby: Lobby, now: str, key: str, problem: str = "") -> None:
    office_id, at = lobby.office.office_id, lobby.at(now)
    await commands.end_print(lobby.pool, office_id, at, "kiosk:1", key, problem, "ok")


async def test_a_slip_has_everything_that_stands_on_it(pool: Pool) -> None:
    lobby = await with_printer(pool)
    visit = await lobby.walk_in("08:00", channel="kiosk")
    slip = await begin(lobby, "08:00", visit)
    assert (slip["begun"], slip["printer"], slip["dots"]) == (True, "door", 384)
    assert (slip["visit"]["number"], slip["token"]) == ("A001", visit["token"])
    assert slip["office"]["slug"] == lobby.office.slug


async def test_the_same_key_prints_once_and_is_told_what_became_of_it(pool: Pool) -> None:
    lobby, key = await with_printer(pool), str(uuid4())
    visit = await lobby.walk_in("08:00", channel="kiosk")
    await begin(lobby, "08:00", visit, key)
    again = await begin(lobby, "08:00", visit, key)
    assert (again["begun"], again["ended"]) == (False, False)
    await end(lobby, "08:00", key, "paper_out")
    again = await begin(lobby, "08:00", visit, key)
    assert (again["ended"], again["problem"]) == (True, "paper_out")
    other = await lobby.walk_in("08:00", channel="kiosk")
    with pytest.raises(Refused, match="id_reused"):
        await begin(lobby, "08:00", other, key)


async def test_a_printer_does_one_slip_at_a_time_and_is_free_when_nobody_speaks_of_it(
    pool: Pool,
) -> None:
    lobby, key = await with_printer(pool), str(uuid4())
    first, second = [await lobby.walk_in("08:00", channel="kiosk") for _ in range(2)]
    await begin(lobby, "08:00", first, key)
    with pytest.raises(Refused, match="printer_busy") as refused:
        await begin(lobby, "08:00:14", second)
    assert refused.value.facts["retry_after"] == 1
    assert moment(refused.value.facts["since"]) == lobby.at("08:00")
    await end(lobby, "08:00:14", key)
    third = str(uuid4())
    await begin(lobby, "08:00:14", second, third)
    assert (await begin(lobby, "08:00:29", first))["begun"]  # the third was never heard of again


async def test_nobody_collects_slips_of_one_number(pool: Pool) -> None:
    lobby = await with_printer(pool)
    visit = await lobby.walk_in("08:00", channel="kiosk")
    for problem in ("", "", "paper_out", "", "", ""):
        key = str(uuid4())
        await begin(lobby, "08:00", visit, key)
        await end(lobby, "08:00", key, problem)
    with pytest.raises(Refused, match="slips_enough"):
        await begin(lobby, "08:01", visit)


async def test_the_link_goes_on_paper_only_for_who_took_the_number_just_now(pool: Pool) -> None:
    lobby = await with_printer(pool)
    booked = await lobby.book("08:05")
    visit = await lobby.walk_in("08:00", channel="kiosk")
    await lobby.arrive("08:00", booked)
    assert (await begin(lobby, "08:00", booked))["token"] is None
    assert (await begin(lobby, "08:09", visit))["token"]
    assert (await begin(lobby, "08:10", visit))["token"] is None


async def test_what_cannot_be_printed(pool: Pool) -> None:
    lobby, without = await with_printer(pool), Lobby(pool, await make_office(pool))
    visit = await lobby.walk_in("08:00", channel="kiosk")
    with pytest.raises(Refused, match="no_such_printer"):
        await begin(lobby, "08:00", visit, to="attic")
    with pytest.raises(Refused, match="no_such_visit"):
        await begin(lobby, "08:00", {"visit_id": str(uuid4())})
    with pytest.raises(Refused, match="no_printer"):
        await begin(without, "08:00", await without.walk_in("08:00"))
    with pytest.raises(Refused, match="nothing_to_print"):
        await begin(lobby, "08:00", await lobby.book("10:00", now="08:00"))
    await lobby.do("leave", "08:01", visit)
    with pytest.raises(Refused, match="nothing_to_print"):
        await begin(lobby, "08:02", visit)
