"""Printing a slip: once for each request, one at a time, never a second number; trouble is told."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from queue_service import db, reads, tickets
from queue_service.settings import Settings
from tests.api.conftest import Api, booking
from tests.offices import import_again
from tests.printers import Printer, network_printer, qr_on

pytestmark = pytest.mark.anyio


async def set_up(api: Api, *addresses: str, dots: int = 384) -> Api:
    """The office with these printers, and its kiosk."""
    api.office.file["printers"] = [
        {
            "printer_id": f"p{n}",
            "name_vi": f"Máy in {n}",
            "name_en": f"Printer {n}",
            "address": address,
            "paper_mm": 58,
            "dots": dots,
            "position": n,
        }
        for n, address in enumerate(addresses, 1)
    ]
    await import_again(api.pool, api.office)
    return await api.as_("kiosk")


async def number_for(kiosk: Api) -> dict[str, Any]:
    answer = await kiosk.done("walk-ins", {"walk_in_id": str(uuid4()), "service": "copy"})
    assert answer["visit"]["slip"] == "pending"
    return answer


def to_print(answer: dict[str, Any]) -> str:
    return f"visits/{answer['visit']['visit_id']}/print"


async def test_the_slip_of_a_walk_in_leads_to_its_ticket(api: Api) -> None:
    with network_printer() as printer:
        kiosk = await set_up(api, printer.address)
        came = await number_for(kiosk)
        told = await kiosk.done(to_print(came))
    assert (told["printed"], told["problem"], told["printer"]) == (True, "", "p1")
    assert told["visit"]["slip"] == "printed"
    assert told["visit"]["number"] == came["number"]
    [paper] = printer.slips
    assert paper.width == 384
    assert qr_on(paper) == came["ticket_url"]


async def test_who_booked_gets_a_code_on_paper_and_no_link(api: Api) -> None:
    """Whoever types a code at the kiosk proves nothing: paper must not open the booking."""
    with network_printer() as printer:
        kiosk = await set_up(api, printer.address)
        booked = await api.done("bookings", booking(starts_at="08:30"))
        api.office.file["office"]["earliness_minutes"] = 120
        await import_again(api.pool, api.office)
        came = await kiosk.done("arrivals", {"ticket": booked["code"]})
        assert came["decision"] == "enter"
        assert (await kiosk.done(to_print(came)))["printed"]
    assert qr_on(printer.slips[0]) == booked["code"]


async def test_a_kept_window_is_printed_too(api: Api) -> None:
    with network_printer() as printer:
        kiosk = await set_up(api, printer.address)
        for row in api.office.file["caps"]:
            row["maximum"] = 2 if row["kind"] == "hour" else row["maximum"]
        api.office.file["caps"].append(
            {
                "cap_id": "hour",
                "kind": "hour",
                "scope": "queue:justice",
                "maximum": 1,
                "binds": "everyone",
                "hour_rule": "clock",
                "valid_from": "-infinity",
                "valid_to": "infinity",
            }
        )
        await import_again(api.pool, api.office)
        answers = [
            await kiosk.done("walk-ins", {"walk_in_id": str(uuid4()), "service": "copy"})
            for _ in range(4)
        ]
        later = next(one for one in answers if one["decision"] == "come_back")
        assert (await kiosk.done(to_print(later)))["printed"]
    assert qr_on(printer.slips[0]) == later["ticket_url"]


async def test_the_same_request_prints_once_however_often_and_at_once_it_is_sent(api: Api) -> None:
    with network_printer(Printer(seconds_a_slip=0.5)) as printer:
        kiosk = await set_up(api, printer.address)
        came = await number_for(kiosk)
        body = {"print_id": str(uuid4())}
        told = await asyncio.gather(*(kiosk.done(to_print(came), body) for _ in range(4)))
        told.append(await kiosk.done(to_print(came), body))
        assert len(printer.slips) == 1
        named: dict[str, Any] = {"headers": {"idempotency-key": "slip-1"}}
        for _ in range(2):
            assert (await kiosk.done(to_print(came), **named))["printed"]
    assert [one["printed"] for one in told] == [True] * 5
    assert len(printer.slips) == 2
    other = await number_for(kiosk)
    reused = await kiosk.post(to_print(other), body)
    assert (reused.status_code, reused.json()["code"]) == (409, "id_reused")


async def test_slips_asked_for_at_once_come_one_after_another_and_all_come(api: Api) -> None:
    """The last waits longer than for one slip, as the line before it moves on."""
    with network_printer(Printer(seconds_a_slip=0.8)) as printer:
        kiosk = await set_up(api, printer.address)
        came = [await number_for(kiosk) for _ in range(4)]
        told = await asyncio.gather(*(kiosk.done(to_print(one)) for one in came))
    assert all(one["printed"] for one in told)
    assert printer.connections == 4
    assert sorted(qr_on(slip) for slip in printer.slips) == sorted(
        one["ticket_url"] for one in came
    )


async def test_printing_again_makes_no_second_number_and_has_an_end(api: Api) -> None:
    with network_printer() as printer:
        kiosk = await set_up(api, printer.address)
        came = await number_for(kiosk)
        for _ in range(5):
            assert (await kiosk.done(to_print(came)))["visit"]["number"] == came["number"]
        enough = await kiosk.post(to_print(came))
    assert (enough.status_code, enough.json()["code"]) == (409, "slips_enough")
    assert len(printer.slips) == 5
    queue = await reads.queue(api.pool, api.office.office_id, api.office.at("08:00"))
    assert [one["number"] for line in queue["lines"] for one in line["visits"]] == ["A001"]


async def test_without_paper_the_number_waits_for_the_kiosks_word(api: Api) -> None:
    with network_printer(Printer(paper="out")) as printer:
        kiosk = await set_up(api, printer.address)
        came = await number_for(kiosk)
        told = await kiosk.done(to_print(came))
        assert (told["printed"], told["problem"]) == (False, "paper_out")
        assert "photo" in told["message"] or "ảnh" in told["message"]
        assert told["visit"]["slip"] == "pending"
        noted = await kiosk.done(f"visits/{came['visit']['visit_id']}/slip", {"slip": "phone"})
        assert noted["slip"] == "phone"
        printer.paper = "ok"
        assert (await kiosk.done(to_print(came)))["printed"]
    assert len(printer.slips) == 1


async def test_a_void_number_that_is_printed_after_all_is_in_line_again(api: Api) -> None:
    with network_printer() as printer:
        kiosk = await set_up(api, printer.address)
        came = await number_for(kiosk)
        void = await kiosk.done(f"visits/{came['visit']['visit_id']}/slip", {"slip": "failed"})
        assert void["state"] == "void"
        told = await kiosk.done(to_print(came))
    assert (told["visit"]["state"], told["visit"]["number"]) == ("inside", came["number"])


async def test_one_dead_printer_does_not_hold_up_another(api: Api) -> None:
    with network_printer(Printer(reads=False)) as dead, network_printer() as well:
        kiosk = await set_up(api, dead.address, well.address)
        first, second = await number_for(kiosk), await number_for(kiosk)
        stuck = asyncio.create_task(kiosk.done(to_print(first), {"printer": "p1"}))
        told = await asyncio.wait_for(kiosk.done(to_print(second), {"printer": "p2"}), 3)
        assert told["printed"]
        assert (await asyncio.wait_for(stuck, 10))["problem"] == "stuck"


async def test_a_process_killed_while_it_prints_blocks_the_printer_for_seconds_only(
    api: Api, owner: db.Connection
) -> None:
    with network_printer() as printer:
        kiosk = await set_up(api, printer.address)
        came = await number_for(kiosk)
        lost = uuid4()
        await owner.execute(
            "insert into queue.print (office_id, print_id, visit_id, printer_id, actor, begun_at) "
            "select office_id, $2, visit_id, 'p1', 'kiosk:1', created_at from queue.visit "
            "where office_id = $1",
            api.office.office_id,
            lost,
        )
        busy = await kiosk.post(to_print(came))
        assert (busy.status_code, busy.json()["code"]) == (409, "printer_busy")
        await owner.execute(
            "update queue.print set begun_at = begun_at - interval '16 s' where office_id = $1",
            api.office.office_id,
        )
        assert (await kiosk.done(to_print(came)))["printed"]
    assert len(printer.slips) == 1


async def test_what_cannot_be_printed_is_said(api: Api) -> None:
    kiosk = await set_up(api)
    came = await number_for(kiosk)
    assert (await kiosk.post(to_print(came))).json()["code"] == "no_printer"
    kiosk = await set_up(api, "file")
    assert (await kiosk.post(to_print(came), {"printer": "x"})).json()["code"] == "no_such_printer"
    booked = await api.done("bookings", booking())
    nothing = await kiosk.post(f"visits/{booked['booking_id']}/print")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_print")
    assert (await kiosk.post(f"visits/{uuid4()}/print")).status_code == 404
    assert (await api.post(to_print(came))).status_code == 401
    board = await api.as_("board")
    assert (await board.post(to_print(came))).status_code == 403


async def test_a_file_printer_keeps_its_slip_in_the_data_folder(
    api: Api, settings: Settings
) -> None:
    kiosk = await set_up(api, "file", dots=576)
    came = await number_for(kiosk)
    assert (await kiosk.done(to_print(came)))["printed"]
    printer = Printer()
    printer.take((settings.data_dir / "printers" / f"{api.office.slug}-p1.escpos").read_bytes())
    assert printer.slips[0].width == 576
    assert qr_on(printer.slips[0]) == came["ticket_url"]
    assert tickets.parse_token(came["ticket_url"].rpartition("/")[2])
