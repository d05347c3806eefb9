"""A visit as staff see it, and as the holder of its link does."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import Struct


class ServiceOfVisit(Struct, frozen=True):
    service: str
    name_vi: str
    name_en: str
    queue: str
    quantity: int
    minutes: int
    state: str


class Because(Struct, frozen=True):
    """Somebody ahead, and the rule that puts them there."""

    number: str
    because: str


class Visit(Struct, frozen=True):
    """One coming of a person or party. Only staff are shown a name."""

    visit_id: UUID
    code: str
    state: str
    state_at: datetime
    day: date
    booked: bool
    promised: bool
    party_size: int
    language: str
    channel: str
    queue: str
    area: str
    revision: int
    services: list[ServiceOfVisit]
    number: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    priority: str = ""
    needs: list[str] = []
    counter: str | None = None
    parked: str | None = None
    slip: str = "none"
    arrived_at: datetime | None = None
    attention: str = ""
    ahead: int | None = None
    why: list[Because] = []
    expected_at: datetime | None = None
    name: str | msgspec.UnsetType = msgspec.UNSET
    passed: list[str] | msgspec.UnsetType = msgspec.UNSET
    callable: bool | msgspec.UnsetType = msgspec.UNSET
    checked: bool | msgspec.UnsetType = msgspec.UNSET


class OfficeOfTicket(Struct, frozen=True):
    slug: str
    name_vi: str
    name_en: str
    time_zone: str
    address_vi: str = ""
    address_en: str = ""
    phone: str = ""
    open_now: bool = False


class TicketView(Visit, frozen=True, kw_only=True):
    """The visit as the holder of its link may see it."""

    token: str
    name: str = ""
    phone: str
    office: OfficeOfTicket
    papers_vi: list[str]
    papers_en: list[str]
    area_name_vi: str | None = None
    area_name_en: str | None = None
    counter_vi: str | None = None
    counter_en: str | None = None
    invited_until: datetime | None = None
    held_until: datetime | None = None
    named: bool = False
    ticket_url: str
    qr_url: str
    calendar_url: str
