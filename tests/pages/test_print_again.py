"""Staff print a slip again: the same number, on paper once more."""

import pytest

from queue_service import db
from tests.devices import staff, walk_in
from tests.offices import File, Office, make_office
from tests.pages.test_clerk import forms, press
from tests.printers import Printer, network_printer
from tests.serving import BEGINS, Served, text_of

pytestmark = pytest.mark.anyio
PAGES = pytest.mark.parametrize(
    ("role", "path"), [("helper", "/door/{}"), ("clerk", "/tablet/{}"), ("clerk", "/counter/{}/1")]
)


async def office_with(pool: db.Pool, printer: Printer) -> Office:
    def add(file: File) -> None:
        names = {"name_vi": "Máy in", "name_en": "Printer"}
        what = {"address": printer.address, "paper_mm": 80, "dots": 576, "position": 0}
        file["printers"] = [{"printer_id": "door", **names, **what}]

    return await make_office(pool, change=add)


@PAGES
async def test_the_same_number_comes_out_once_more(
    served: Served, pool: db.Pool, role: str, path: str
) -> None:
    with network_printer() as printer:
        office = await office_with(pool, printer)
        await walk_in(pool, office, BEGINS)
        async with staff(served, pool, office, role) as who:
            page = (await who.get(path.format(office.slug))).text
            action, wish = next(one for one in forms(page) if one[0].endswith("/print"))
            answer = await who.post(action, data=wish)
            for _ in range(2):  # a trembling finger: one wish, one slip
                answer = await who.post(action, data=wish)
                assert answer.status_code == 303
            said = text_of((await who.get(answer.headers["location"])).text)
            assert "printed again" in said
            assert len(printer.slips) == 1
            assert "A001" in said
            assert "A002" not in said
            printer.paper = "out"
            said = await press(who, path.format(office.slug), "print")
            assert "please look at the printer" in said
        assert len(printer.slips) == 1


@PAGES
async def test_where_there_is_no_printer_nobody_is_offered_one(
    served: Served, pool: db.Pool, office: Office, role: str, path: str
) -> None:
    await walk_in(pool, office, BEGINS)
    async with staff(served, pool, office, role) as who:
        assert "Print the slip again" not in (await who.get(path.format(office.slug))).text
