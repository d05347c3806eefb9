"""An office, its services and its free times."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from queue_service.api.shapes.forms import Asked, Slug


class SlotsQuery(Asked, frozen=True, rename={"from_": "from"}):
    service: Annotated[list[Slug], Meta(min_length=1, max_length=20)]
    from_: date | None = None
    days: Annotated[int, Meta(ge=1, le=31)] = 7


class AreaNow(Struct, frozen=True):
    area: str
    present: int
    staff: int
    cap: int | None = None
    unnamed: int = 0
    name_vi: str | msgspec.UnsetType = msgspec.UNSET
    name_en: str | msgspec.UnsetType = msgspec.UNSET


class Hours(Struct, frozen=True):
    opens: datetime
    closes: datetime


class OfficeNow(Struct, frozen=True):
    slug: str
    kind: str
    name_vi: str
    name_en: str
    open_now: bool
    time_zone: str
    hours_today: list[Hours]
    areas: list[AreaNow]
    address_vi: str = ""
    address_en: str = ""
    phone: str = ""
    as_of: Annotated[
        datetime | None,
        Meta(description="the office's box has been silent since: the picture is that old"),
    ] = None


class Opening(Struct, frozen=True):
    weekday: Annotated[int, Meta(ge=1, le=7, description="Monday is 1")]
    opens: str
    closes: str


class Closure(Struct, frozen=True):
    day: date
    name_vi: str
    name_en: str


class Cap(Struct, frozen=True):
    kind: str
    scope: str
    maximum: int
    binds: str = "everyone"
    hour_rule: str = "clock"
    valid_from: date | None = None
    valid_to: date | None = None


class CounterOfOffice(Struct, frozen=True):
    counter: str
    name_vi: str
    name_en: str
    area: str
    state: str
    where_vi: str = ""
    where_en: str = ""
    queues: list[str] = []


class QueueOfOffice(Struct, frozen=True):
    queue: str
    letter: str
    name_vi: str
    name_en: str
    guidance: bool
    area: str
    pool: str | None = None


class DoorManner(Struct, frozen=True):
    """What the office file asks of everybody who comes in."""

    entry_check: bool
    one_number: bool
    question_vi: str
    question_en: str


class Office(Struct, frozen=True):
    slug: str
    kind: str
    name_vi: str
    name_en: str
    time_zone: str
    open_now: bool
    areas: list[AreaNow]
    counters: list[CounterOfOffice]
    queues: list[QueueOfOffice]
    hours: list[Opening]
    closures: list[Closure]
    caps: list[Cap]
    door: DoorManner
    address_vi: str = ""
    address_en: str = ""
    phone: str = ""
    booking_days: int = 0
    lead_minutes: int = 0
    earliness_minutes: int = 0
    lateness_minutes: int = 0
    bookings_per_phone: int = 0
    largest_party: int = 0


class Channel(Struct, frozen=True):
    channel: str
    mode: str
    url: str = ""


class Service(Struct, frozen=True):
    service: str
    name_vi: str
    name_en: str
    minutes: int
    queue: str
    bookable: bool
    national_code: str = ""
    aliases: list[str] = []
    field_vi: str = ""
    field_en: str = ""
    papers_vi: list[str] = []
    papers_en: list[str] = []
    urgent: bool = False
    collects: bool = False
    in_person: bool = False
    channels: list[Channel] = []


class Slot(Struct, frozen=True):
    starts_at: datetime
    ends_at: datetime
    left: Annotated[int, Meta(ge=0, description="bookings of one person that still fit")]
