"""The lobby's boards."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from queue_service.api.shapes.offices import AreaNow


class BoardOffice(Struct, frozen=True):
    slug: str
    name_vi: str
    name_en: str
    time_zone: str


class BoardCall(Struct, frozen=True):
    number: str
    counter: str
    called_at: datetime
    counter_vi: str = ""
    counter_en: str = ""
    where_vi: str = ""
    where_en: str = ""
    recalled_at: datetime | None = None
    language: str = "vi"
    state: str = "called"


class BoardWaiting(Struct, frozen=True):
    queue: str
    letter: str
    name_vi: str
    name_en: str
    count: int
    numbers: list[str]
    wait_minutes: list[int] | None = None


class BoardEntering(Struct, frozen=True):
    number: str | None
    area: str
    invited_at: datetime
    until: datetime


class NumberAtCounter(Struct, frozen=True):
    number: str | None
    state: str


class BoardCounter(Struct, frozen=True):
    counter: str
    name_vi: str
    name_en: str
    state: str
    numbers: list[NumberAtCounter]
    reason: str | None = None
    until: datetime | None = None


class BoardPause(Struct, frozen=True):
    counter: str
    counter_vi: str
    counter_en: str
    reason: str = ""
    until: datetime | None = None


class WalkIns(Struct, frozen=True, rename={"from_": "from"}):
    possible: bool
    from_: datetime | None = None


class BoardManner(Struct, frozen=True):
    """What the office file says of its screens."""

    volume: Annotated[int, Meta(description="0 to 100; 0 is silence")]
    muted: Annotated[list[str], Meta(description="hours without sound, such as 11:30-13:30")]
    top_seconds: Annotated[int, Meta(description="each call stays on top at least this long")]
    stale_seconds: Annotated[int, Meta(description="a picture older than this is not live")]
    message_vi: str
    message_en: str


class Board(Struct, frozen=True):
    """The whole state of the lobby's boards; no personal data."""

    version: int
    at: datetime
    office: BoardOffice
    board: BoardManner
    areas: list[AreaNow]
    calls: list[BoardCall]
    entering: list[BoardEntering]
    waiting: list[BoardWaiting]
    outside: list[str | None]
    counters: list[BoardCounter]
    pauses: list[BoardPause]
    walk_ins: WalkIns
