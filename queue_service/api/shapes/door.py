"""The door: who comes, who walks in, who asks for help, how many are in the room."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from queue_service.api.shapes.forms import (
    Asked,
    Language,
    Moment,
    Needs,
    PartySize,
    People,
    Phone,
    Reason,
    ServiceWanted,
    Slug,
    Word,
)
from queue_service.api.shapes.offices import AreaNow
from queue_service.api.shapes.visits import Visit

Ticket = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        description="the text of the QR code, or the code as printed or typed",
    ),
]
Checked = Annotated[bool, Meta(description="the word that the entry check was passed")]


class ArrivalBody(Asked, frozen=True):
    """With `phone`, the ticket is the last four digits of the code."""

    ticket: Ticket
    phone: Phone = ""
    scan_id: UUID | None = None
    party_size: PartySize | None = None
    came_at: Moment | None = None
    checked: Checked = False


class WalkInBody(Asked, frozen=True):
    """No service at all leads to the guidance desk."""

    walk_in_id: UUID | None = None
    service: Slug | None = None
    services: Annotated[list[ServiceWanted], Meta(max_length=20)] | None = None
    party_size: PartySize = 1
    priority: Word = ""
    needs: Needs = []
    name: Annotated[str, Meta(extra_json_schema={"maxLength": 100})] = ""
    phone: Phone = ""
    language: Language = "vi"
    checked: Checked = False
    person: Annotated[
        str,
        Meta(
            max_length=20,
            pattern=r"^[0-9]*\Z",
            description="number of the citizen card or phone, where an office gives one number "
            "per person; only its hash with a key of the day is kept",
        ),
    ] = ""
    says_booked: Annotated[
        str,
        Meta(
            max_length=10,
            pattern=r"^([0-9]{10})?\Z",
            description="at a box that has answered `service_needed`: the code it does not know",
        ),
    ] = ""


class EnterBody(Asked, frozen=True):
    checked: Checked = False


class CheckBody(Asked, frozen=True):
    passed: Literal[False] = False


class HelpBody(Asked, frozen=True):
    help_id: UUID | None = None


class SlipBody(Asked, frozen=True):
    slip: Literal["printed", "phone", "said", "failed"]


class AdmitBody(Asked, frozen=True):
    reason: Reason
    checked: Checked = False


class ExitBody(Asked, frozen=True):
    """Who went out: the ticket or the visit where it is known, else how many."""

    ticket: Ticket | None = None
    visit: UUID | None = None
    count: Annotated[int, Meta(ge=1, le=100)] | None = None


class EntriesBody(Asked, frozen=True):
    """How many went in whom nobody can name."""

    count: Annotated[int, Meta(ge=1, le=100)]


class UndoBody(Asked, frozen=True):
    """`undone`: the Idempotency-Key under which the same caller did what is to be taken back."""

    undone: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[!-~]+\Z")]


class PresentBody(Asked, frozen=True):
    present: People


class Help(Struct, frozen=True):
    help_id: UUID
    asked_at: datetime
    device: str | msgspec.UnsetType = msgspec.UNSET
    answered_at: datetime | msgspec.UnsetType | None = msgspec.UNSET


class NotPassed(Struct, frozen=True):
    """What is left to somebody who may not come in today."""

    message: str
    phone: str
    book_url: str
    book_qr: Annotated[str, Meta(description="the same as a QR code, an address of the kind data:")]


class Window(Struct, frozen=True):
    starts_at: datetime
    ends_at: datetime


class Undone(Struct, frozen=True):
    """What was taken back: a count of the room, or what was done to a visit."""

    undone: str
    area: AreaNow | None = None
    visit: Visit | None = None


DecisionWord = Literal[
    "enter",
    "wait_outside",
    "come_back",
    "too_early",
    "too_late",
    "wrong_day",
    "wrong_office",
    "already_in",
    "cancelled",
    "invalid",
    "refuse",
]


class Decision(Struct, frozen=True, rename={"from_": "from"}):
    """What the door says. `message` is for the visitor, `reason` a word for programs."""

    decision: DecisionWord
    message: str
    visit: Visit | None = None
    reason: str | None = None
    number: str | None = None
    code: str | None = None
    come_back: Window | None = None
    starts_at: datetime | None = None
    from_: datetime | None = None
    late: bool = False
    offer: str | None = None
    area: AreaNow | None = None
    ticket_url: str | None = None
    qr_url: str | None = None
    facts: dict[str, Any] = {}
