"""A look at a printer between slips: what it shows, and that a newer word is never undone."""

from typing import Any
from uuid import uuid4

import pytest

from queue_service import commands, reads
from queue_service.db import Pool
from tests.lobby import Lobby
from tests.offices import File, Office, make_office
from tests.sql.scenes import troubles

pytestmark = pytest.mark.anyio


def a_printer(file: File) -> None:
    names = {"name_vi": "Máy in", "name_en": "Printer"}
    paper = {"address": "tcp://192.0.2.1", "paper_mm": 58, "dots": 384, "position": 0}
    file["printers"] = [{"printer_id": "door", **names, **paper}]


async def look(
    pool: Pool, office: Office, now: str, problem: str, paper: str | None, began: str = ""
) -> bool:
    seen = (office.at(began or now), problem, paper)
    answer = await commands.look_at_printer(pool, office.office_id, office.at(now), "door", *seen)
    return answer["written"]


async def told(pool: Pool, office: Office, now: str) -> str:
    return (await troubles(pool, office, office.at(now))).get("printer:door", "")


async def prints(pool: Pool, office: Office, visit: Any, now: str, problem: str | None) -> None:
    key, wanted = str(uuid4()), (office.office_id, office.at(now), "kiosk:1")
    await commands.begin_print(pool, *wanted, key, visit["visit"]["visit_id"], None)
    if problem is not None:
        await commands.end_print(pool, *wanted, key, problem, None)


async def due(pool: Pool, office: Office, now: str) -> bool:
    found = await reads.printers_to_look_at(pool, office.at(now))
    return any(one["office_id"] == office.office_id for one in found)


async def test_empty_paper_is_told_before_anybody_prints_and_a_new_roll_ends_it(pool: Pool) -> None:
    office = await make_office(pool, change=a_printer)
    assert await due(pool, office, "08:00")
    assert await look(pool, office, "08:00", "paper_out", "out")
    assert await told(pool, office, "08:00") == "paper_out"
    assert not await due(pool, office, "08:00")  # it has just been looked at
    assert await due(pool, office, "08:01")
    await look(pool, office, "08:01", "", "ok")
    assert await told(pool, office, "08:01") == ""


async def test_nobody_looks_while_a_slip_is_printed_and_an_old_look_says_nothing(
    pool: Pool,
) -> None:
    office = await make_office(pool, change=a_printer)
    visit = await Lobby(pool, office).walk_in("08:00", channel="kiosk")
    await prints(pool, office, visit, "08:00", None)
    assert not await due(pool, office, "08:00")
    assert not await look(pool, office, "08:00", "unreachable", None)
    # the one whose word was lost is over some time
    assert await due(pool, office, "08:01")
    await prints(pool, office, visit, "08:02", "paper_out")
    assert not await look(pool, office, "08:03", "", "ok", began="08:01")
    assert await told(pool, office, "08:03") == "paper_out"


async def test_a_look_makes_no_lost_slip_good_and_a_silent_printer_only_shows_that_it_is_there(
    pool: Pool,
) -> None:
    office = await make_office(pool, change=a_printer)
    visit = await Lobby(pool, office).walk_in("08:00", channel="kiosk")
    await prints(pool, office, visit, "08:00", "no_word")
    await look(pool, office, "08:01", "", "ok")
    assert await told(pool, office, "08:01") == "no_word"
    await look(pool, office, "08:02", "unreachable", None)
    assert await told(pool, office, "08:02") == "unreachable"
    await look(pool, office, "08:03", "", None)
    assert await told(pool, office, "08:03") == ""
    await prints(pool, office, visit, "08:04", "paper_out")
    await look(pool, office, "08:05", "", None)
    assert await told(pool, office, "08:05") == "paper_out"


async def test_a_printer_that_is_gone_from_the_file_leaves_nothing(pool: Pool) -> None:
    office = await make_office(pool)
    assert not await look(pool, office, "08:00", "paper_out", "out")
    assert await reads.devices(pool, office.office_id, office.at("08:00")) == []
