"""The floor at a box."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from queue_service.api.shapes.forms import (
    Asked,
    Count,
    Language,
    Moment,
    Needs,
    PartySize,
    Phone,
    Reason,
    Services,
    Word,
)

Seq = Annotated[int, Meta(ge=0, le=2**53)]


class PairingBody(Asked, frozen=True):
    key: Annotated[
        str,
        Meta(pattern=r"^[0-9a-f]{64}\Z", description="the sha256 of what will be the box's token"),
    ]


class Pairing(Struct, frozen=True):
    state: Literal["waiting", "let_in", "withdrawn"]
    code: str = ""
    expires_at: datetime | None = None


class FloorTakeBody(Asked, frozen=True):
    box_id: UUID
    name: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+\Z")]


class FloorEntry(Asked, frozen=True):
    seq: Seq
    kind: Word
    body: Annotated[Any, Meta(description="what only hub and box read: docs/box.md")]


class FloorWord(Asked, frozen=True):
    """What happened at the floor since the hub last said up to where it heard."""

    box_id: UUID
    epoch: Count
    ack: Annotated[Seq, Meta(description="the last entry of the hub's that the box has")]
    at: Moment
    entries: list[FloorEntry]


class FloorHandBackBody(Asked, frozen=True):
    box_id: UUID
    epoch: Count
    seq: Annotated[Seq, Meta(description="the last entry the box has made")]


class FloorWindowBody(Asked, frozen=True):
    """A walk-in for whom the box has nothing left today."""

    box_id: UUID
    epoch: Count
    visit_id: UUID
    services: Services
    channel: Literal["kiosk", "helper"]
    token: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
    party_size: PartySize = 1
    priority: Word = ""
    needs: Needs = []
    name: Annotated[str, Meta(max_length=100)] = ""
    phone: Phone = ""
    language: Language = "vi"


class FloorWindow(Struct, frozen=True):
    code: str
    revision: int
    starts_at: datetime
    ends_at: datetime


class FloorTakeBackBody(Asked, frozen=True):
    reason: Reason


class FloorTaken(Struct, frozen=True):
    office_id: int
    epoch: int
    at: datetime
    file: dict[str, Any]


class FloorAnswer(Struct, frozen=True):
    lost: Annotated[bool, Meta(description="a higher epoch has begun: the box must stop")]
    epoch: int
    at: datetime
    ack: int | None
    entries: list[FloorEntry] = []
    more: bool = False
    closed_until: Annotated[
        datetime | None,
        Meta(description="nothing before this is sold any more, and all that was is told"),
    ] = None
    keys: dict[str, str] = {}
    day_keys: Annotated[
        dict[str, str],
        Meta(description="by which persons are told apart at their walk-in numbers, by day"),
    ] = {}


class FloorNow(Struct, frozen=True):
    """Where the floor is, and how fresh the picture of it."""

    at: datetime
    at_box: bool
    side: Literal["hub", "box"] = "hub"
    box: str | None = None
    epoch: int = 0
    heard_at: datetime | None = None
    silent: bool = False
    clock_off: Annotated[float, Meta(description="seconds the box is ahead of the hub")] = 0.0
    stopped: str = ""
    trouble: str = ""
    uncounted: list[str] = []
    late: int = 0


class LateVisit(Struct, frozen=True):
    """A visit that a box told of after its floor had been taken back."""

    epoch: int
    at: datetime
    visit_id: UUID
    number: str | None
    code: str
    state: str
    arrived_at: datetime | None
    stays: list[dict[str, Any]]
