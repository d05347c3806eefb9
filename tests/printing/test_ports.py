"""Into the printer and out again: what it got is the picture that was drawn, or it says why."""

import time
from pathlib import Path

import pytest
from PIL import Image

from queue_service import printing, tickets
from queue_service.printing import Outcome
from tests.printers import Printer, network_printer, qr_on, same, usb_printer
from tests.printing.test_slips import ADDRESS, SECRET, facts

NOWHERE = Path("/nowhere")
LINK = tickets.ticket_link(ADDRESS, tickets.make_token(77, SECRET))


def slip(dots: int = 576) -> Image.Image:
    return printing.draw({**facts(), "dots": dots}, ADDRESS)


def deliver(printer: Printer, seconds: float = printing.SECONDS) -> Outcome:
    return printing.deliver(printer.address, slip(), NOWHERE, seconds)


@pytest.mark.parametrize("dots", [384, 576])
def test_a_network_printer_has_the_slip_on_paper_dot_for_dot(dots: int) -> None:
    with network_printer() as printer:
        outcome = printing.deliver(printer.address, slip(dots), NOWHERE)
        [paper] = printer.slips
    assert outcome == Outcome("", "ok")
    assert same(paper, slip(dots))
    assert qr_on(paper) == LINK


@pytest.mark.parametrize("dots", [384, 576])
def test_a_usb_printer_has_the_slip_on_paper_dot_for_dot(dots: int) -> None:
    with usb_printer() as printer:
        outcome = printing.deliver(printer.address, slip(dots), NOWHERE)
        [paper] = printer.slips
    assert outcome == Outcome("", "ok")
    assert same(paper, slip(dots))
    assert qr_on(paper) == LINK


@pytest.mark.parametrize("dots", [384, 576])
def test_a_file_holds_the_latest_slip(tmp_path: Path, dots: int) -> None:
    file = tmp_path / "printers" / "ward-door.escpos"
    for _ in range(2):
        assert printing.deliver("file", slip(dots), file) == Outcome()
    printer = Printer()
    printer.take(file.read_bytes())
    [paper] = printer.slips
    assert same(paper, slip(dots))
    assert qr_on(paper) == LINK
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_printer_that_never_answers_prints_all_the_same() -> None:
    with network_printer(Printer(answers=False, counts=False)) as printer:
        assert deliver(printer) == Outcome()
        wait_for(printer)
    assert same(printer.slips[0], slip())


def test_one_that_answers_what_it_has_but_not_what_it_did_is_asked_again() -> None:
    with network_printer(Printer(counts=False)) as printer:
        assert deliver(printer, 3) == Outcome("", "ok")


def test_words_it_says_unasked_are_no_answer() -> None:
    with network_printer(Printer(talks=True, counts=False, seconds_a_slip=0.3)) as printer:
        assert deliver(printer, 3) == Outcome("", "ok")
        assert len(printer.slips) == 1


@pytest.mark.parametrize("kind", [network_printer, usb_printer])
def test_without_paper_nothing_is_sent_and_nothing_comes_later(kind: type[object]) -> None:
    with kind(Printer(paper="out")) as printer:  # pyright: ignore
        assert isinstance(printer, Printer)
        assert deliver(printer) == Outcome("paper_out", "out")
        printer.paper = "ok"
        assert deliver(printer) == Outcome("", "ok")
        assert len(printer.slips) == 1


def test_paper_that_ends_in_the_middle_of_a_slip_is_told() -> None:
    with network_printer(Printer(ends_after=500)) as printer:
        assert deliver(printer) == Outcome("paper_out", "out")
    assert printer.slips == []


def test_little_paper_and_an_open_cover_are_told() -> None:
    with network_printer(Printer(paper="low")) as printer:
        assert deliver(printer) == Outcome("", "low")
        printer.cover = "open"
        assert deliver(printer) == Outcome("cover_open", "low")


def test_an_unplugged_printer_is_told() -> None:
    with network_printer() as printer:
        pass
    assert deliver(printer) == Outcome("unreachable")
    assert printing.deliver("/dev/usb/lp77", slip(), NOWHERE) == Outcome("unreachable")


@pytest.mark.parametrize("kind", [network_printer, usb_printer])
def test_a_printer_that_takes_nothing_holds_nobody_up(kind: type[object]) -> None:
    with kind(Printer(reads=False)) as printer:  # pyright: ignore
        assert isinstance(printer, Printer)
        assert deliver(printer, 2) == Outcome("stuck")


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    assert printing.deliver("file", slip(), Path("/dev/full/x.escpos")).problem == "unreachable"
    (tmp_path / "x.new").symlink_to("/dev/full")
    assert printing.deliver("file", slip(), tmp_path / "x.escpos") == Outcome("disk_full")


def wait_for(printer: Printer) -> None:
    ends = time.monotonic() + 30
    while not printer.slips and time.monotonic() < ends:
        time.sleep(0.02)
