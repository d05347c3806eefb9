"""The calendar file of an appointment, for the visitor's own phone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Event

from queue_service.i18n import translator
from queue_service.tickets import group_code


@dataclass(frozen=True, slots=True)
class Appointment:
    visit_id: UUID
    revision: int
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    office: str
    address: str
    services: tuple[str, ...]
    code: str
    link: str
    written_at: datetime
    language: str = "vi"
    cancelled: bool = False


def ics(appointment: Appointment) -> bytes:
    """A later revision of the same visit replaces the earlier one in the visitor's calendar."""
    _ = translator(appointment.language).gettext
    description = (
        *appointment.services,
        _("Booking code: %(code)s") % {"code": group_code(appointment.code)},
        _("Please show the ticket at the door: %(link)s") % {"link": appointment.link},
    )
    event = Event()
    _fill(
        event,
        uid=str(appointment.visit_id),
        sequence=appointment.revision,
        dtstamp=appointment.written_at,
        dtstart=appointment.starts_at.astimezone(appointment.zone),
        dtend=appointment.ends_at.astimezone(appointment.zone),
        summary=_("Appointment: %(office)s") % {"office": appointment.office},
        location=", ".join(filter(None, (appointment.office, appointment.address))),
        description="\n".join(description),
        url=appointment.link,
        status="CANCELLED" if appointment.cancelled else "CONFIRMED",
    )
    calendar = Calendar()
    _fill(
        calendar,
        prodid="-//queue-service//EN",
        version="2.0",
        method="CANCEL" if appointment.cancelled else "PUBLISH",
    )
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _fill(component: Component, **lines: str | int | datetime) -> None:
    for name, value in lines.items():
        component.add(name, value)  # pyright: ignore[reportUnknownMemberType]
