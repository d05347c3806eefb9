"""Booking, cancelling, moving."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from queue_service.api.shapes.forms import (
    Asked,
    Identity,
    Language,
    Moment,
    Name,
    Needs,
    PartySize,
    Phone,
    Services,
    Slug,
    Text,
    Word,
)


class BookingBody(Asked, frozen=True):
    starts_at: Moment
    name: Name
    phone: Phone = ""
    party_size: PartySize = 1
    booking_id: UUID | None = None
    service: Slug | None = None
    services: Services | None = None
    language: Language = "vi"
    priority: Word = ""
    needs: Needs = []
    identity: Identity = ""


class CancelBody(Asked, frozen=True):
    reason: Text = ""


class RescheduleBody(Asked, frozen=True):
    starts_at: Moment


class Booked(Struct, frozen=True):
    booking_id: str
    code: str
    token: str
    status: str
    starts_at: datetime
    ends_at: datetime
    ticket_url: str
    qr_url: str
    held_until: datetime | None = None
