"""The calendar file, read back by the library that phones resemble."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from queue_service.calendars import Appointment, ics

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2020, 3, 31, 1, 30, tzinfo=UTC)
LINH = Appointment(
    visit_id=UUID("6f1c1c1e-53f5-4d0c-8f1e-9a4b6f0c2d11"),
    revision=2,
    starts_at=START,
    ends_at=START + timedelta(minutes=15),
    zone=ZONE,
    office="Trung tâm Hành chính thành phố Đà Nẵng",
    address="24 Trần Phú",
    services=("Cấp phiếu lý lịch tư pháp", "Chứng thực bản sao"),
    code="0001234567",
    link="https://hen.danang.gov.vn/t/AAEAAQIDBAUGBwgJCgsMDQ4P",
    written_at=START - timedelta(days=1),
)


def the_event(appointment: Appointment) -> Event:
    calendar = Calendar.from_ical(ics(appointment))
    (event,) = (part for part in calendar.subcomponents if isinstance(part, Event))
    return event


def text(appointment: Appointment, line: str) -> str:
    return str(the_event(appointment).decoded(line))


def test_the_appointment_stands_at_the_offices_own_time() -> None:
    event = the_event(LINH)
    assert event.decoded("dtstart") == START
    assert b"DTSTART;TZID=Asia/Ho_Chi_Minh:20200331T083000" in ics(LINH)
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=15)
    assert b"BEGIN:VTIMEZONE" in ics(LINH)


def test_a_moved_appointment_replaces_the_first() -> None:
    first, moved = the_event(LINH), the_event(replace(LINH, revision=3))
    assert first["uid"] == moved["uid"]
    assert (first["sequence"], moved["sequence"]) == (2, 3)


def test_it_speaks_the_visitors_language() -> None:
    assert text(LINH, "summary") == "Lịch hẹn: Trung tâm Hành chính thành phố Đà Nẵng"
    assert "0001 234 567" in text(LINH, "description")
    assert text(replace(LINH, language="en"), "summary").startswith("Appointment: ")


def test_a_cancelled_appointment_leaves_the_calendar() -> None:
    assert the_event(replace(LINH, cancelled=True))["status"] == "CANCELLED"
    assert b"METHOD:CANCEL" in ics(replace(LINH, cancelled=True))


def test_names_cannot_write_lines_of_their_own() -> None:
    nasty = replace(LINH, office="Đà Nẵng\r\nATTENDEE:mailto:x@example.org", services=("a;b,c\\n",))
    assert "attendee" not in the_event(nasty)
    assert text(nasty, "description").startswith("a;b,c\\n")
