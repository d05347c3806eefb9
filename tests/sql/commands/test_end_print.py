"""What became of a slip that was printed, and of the printer."""

from uuid import uuid4

import pytest

from queue_service import commands
from queue_service.db import Pool
from tests.lobby import Lobby
from tests.offices import File, make_office
from tests.sql.scenes import troubles

pytestmark = pytest.mark.anyio


async def test_a_printer_in_trouble_is_told_until_it_prints_again_or_is_gone(pool: Pool) -> None:
    def add(file: File) -> None:
        names = {"name_vi": "Máy in", "name_en": "Printer"}
        paper = {"address": "file", "paper_mm": 58, "dots": 384, "position": 0}
        file["printers"] = [{"printer_id": "door", **names, **paper}]

    office = await make_office(pool, change=add)
    lobby = Lobby(pool, office)
    visit = await lobby.walk_in("08:00", channel="kiosk")
    wanted = (office.office_id, office.at("08:00"), "kiosk:1")

    async def prints(problem: str, paper: str) -> None:
        key = str(uuid4())
        await commands.begin_print(pool, *wanted, key, visit["visit"]["visit_id"], None)
        await commands.end_print(pool, *wanted, key, problem, paper)

    await prints("paper_out", "out")
    assert await troubles(pool, office, office.at("09:00")) == {"printer:door": "paper_out"}
    await prints("", "low")
    assert await troubles(pool, office, office.at("09:00")) == {"printer:door": "paper_low"}
    await prints("", "ok")
    assert await troubles(pool, office, office.at("09:00")) == {}
    await prints("unreachable", "ok")
    office.file["printers"] = []
    await commands.import_office(pool, office.office_id, office.at("09:00"), "test", office.file)
    assert await troubles(pool, office, office.at("09:00")) == {}
