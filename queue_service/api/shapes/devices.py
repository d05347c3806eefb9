"""What devices send and are told: a word of life, pictures, slips, keys, revocations."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from queue_service.api.shapes.forms import Asked, Moment, Slug, Text
from queue_service.api.shapes.visits import Visit


class HeartbeatBody(Asked, frozen=True):
    """A device says that it lives. `office` is needed only where its token is good for several."""

    office: Slug | None = None
    version: Text = ""
    started_at: Moment | None = None
    shown_version: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    paper: Literal["ok", "low", "out"] | None = None
    problem: Text = ""
    page: Literal["", "kiosk", "lobby", "door", "desk", "counter", "helper", "box"] = ""
    counter: Slug | None = None
    clock: Annotated[
        datetime | None, Meta(description="what the device's own clock says; RFC 3339")
    ] = None


class ScreenBody(Asked, frozen=True):
    """A screen says that what it shows is live; one that is not says nothing, and is missed."""

    view: Literal["lobby", "door", "desk"] = "lobby"
    version: Text = ""


class Alive(Struct, frozen=True):
    at: datetime
    office: str
    device: str
    troubled: Annotated[
        list[str] | msgspec.UnsetType,
        Meta(description="for staff: the devices in trouble, and why"),
    ] = msgspec.UNSET


class Picture(Asked, frozen=True):
    """The body is the picture itself, not JSON."""

    raw: bytes


class Scanned(Struct, frozen=True):
    """The texts of the QR codes on a picture, from the top down; none is no error."""

    texts: list[str]


class PrintBody(Asked, frozen=True):
    """Where no printer is named, the office's first one is meant. The id is the request's key."""

    print_id: UUID | None = None
    printer: Slug | None = None


PrinterProblem = Literal[
    "",
    "paper_out",
    "cover_open",
    "not_ready",
    "unreachable",
    "stuck",
    "no_word",
    "disk_full",
    "error",
]


class Printed(Struct, frozen=True):
    """Whether the slip came out. `message` is for the visitor, `problem` a word for programs."""

    printed: bool
    problem: PrinterProblem
    printer: str
    message: str
    visit: Visit


class TicketKey(Struct, frozen=True):
    office: str
    office_number: int
    key_id: int
    algorithm: Literal["Ed25519"]
    public_key: Annotated[str, Meta(description="32 bytes, base64url without padding")]


class RevocationsQuery(Asked, frozen=True):
    since: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0


class Revocation(Struct, frozen=True):
    no: int
    visit: UUID
    revision: Annotated[int, Meta(description="tickets up to this revision are worth nothing")]
    reason: Literal["cancelled", "moved"]
    at: datetime


class Revocations(Struct, frozen=True):
    revocations: list[Revocation]
    next: Annotated[int, Meta(description="ask `since` this the next time; 1,000 come at once")]
