"""Reading a queue machine's export, with every kind of dirt such files have."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from queue_service.queue_machine import COLUMNS, Export, NotAnExport, Ticket, read

EXPORT = Path(__file__).parent / "data" / "queue-machine.csv"
ROOMS = ("Ultrasound Room 5", "Review Room 4", "Treatment Room 3", "Treatment Room 2")
ZONE = ZoneInfo("Asia/Kuala_Lumpur")


@pytest.fixture(scope="module")
def export() -> Export:
    return read(EXPORT, ROOMS, ZONE)


def ticket(export: Export, name: str, day: int = 2) -> Ticket:
    return next(t for t in export.tickets if t.name == name and t.day == date(2020, 3, day))


def test_every_row_is_a_leg_or_named_by_its_line(export: Export) -> None:
    played = {leg.line for ticket in export.tickets for leg in ticket.legs}
    named = {note.line for note in export.notes}
    assert played | named == set(range(2, export.rows + 2))
    assert export.rows == 44


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (2, "sent_on_unserved"),
        (5, "dropped_at_once"),
        (11, "dropped_at_once"),
        (13, "entered_again"),
        (14, "left_unserved"),
        (16, "called_in_vain"),
        (20, "unknown_room"),
        (21, "begins_before_asked"),
        (22, "ends_before_begin"),
        (23, "unreadable"),
        (25, "sent_back_at_once"),
        (28, "two_lines_at_once"),
        (41, "said_twice"),
        (42, "never_begun"),
        (43, "unreadable"),
    ],
)
def test_each_kind_of_dirt_is_named(export: Export, line: int, kind: str) -> None:
    assert kind in {note.kind for note in export.notes if note.line == line}


def test_a_ticket_entered_anew_goes_on_as_its_next_leg(export: Export) -> None:
    assert [leg.room for leg in ticket(export, "1007").legs] == [
        "Ultrasound Room 5",
        "Review Room 4",
    ]


def test_a_ticket_in_two_lines_is_served_in_one_room_after_the_other(export: Export) -> None:
    legs = ticket(export, "1016").legs
    assert [leg.line for leg in legs] == [26, 28, 27]
    assert legs[2].asked == legs[1].ends


def test_what_began_before_it_was_asked_for_begins_when_asked(export: Export) -> None:
    (leg,) = ticket(export, "1012").legs
    assert leg.begins == leg.asked
    assert f"{leg.begins:%H:%M:%S %z}" == "08:24:31 +0800"


def test_a_number_cancelled_at_once_is_void(export: Export) -> None:
    dropped = ticket(export, "4001")
    assert dropped.void
    assert dropped.legs == []


def test_an_iso_date_is_read_too(tmp_path: Path) -> None:
    row = "2020-03-02,7,0,Review Room 4,9:00:00,9:05:00,9:06:00,Y"
    file = tmp_path / "export.csv"
    file.write_text("\ufeff" + ",".join(COLUMNS) + "\r\n" + row + "\r\n", "utf-8")
    assert [t.day for t in read(file, ROOMS, ZONE).tickets] == [date(2020, 3, 2)]


def test_a_row_cut_short_is_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text(",".join(COLUMNS) + "\n2-Mar-20,7,0\n", "utf-8")
    export = read(file, ROOMS, ZONE)
    assert [(note.line, note.kind) for note in export.notes] == [(2, "unreadable")]


def test_another_kind_of_file_says_what_it_lacks(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text("name,phone\nHoa,0901\n", "utf-8")
    with pytest.raises(NotAnExport, match="QDate, Queue No"):
        read(file, ROOMS, ZONE)
