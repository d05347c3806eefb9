"""A phone that is proven, and the waiting list."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from queue_service.api.shapes.forms import (
    Asked,
    Identity,
    Language,
    Moment,
    Name,
    PartySize,
    Phone,
    Services,
)


class ProofBody(Asked, frozen=True):
    code: Annotated[str, Meta(pattern=r"^[0-9]{6}\Z")]


class Proof(Struct, frozen=True):
    decision: Literal["proven", "wrong_code", "too_many_tries", "too_many_bookings"]
    tries_left: int | None
    state: str


class WaitingProof(Struct, frozen=True):
    decision: Literal[
        "proven", "wrong_code", "too_many_tries", "already_waiting", "too_many_waiting"
    ]
    tries_left: int | None
    state: str


class WaitingBody(Asked, frozen=True):
    """Somebody without a booking waits; `until_at`: only what begins before is wanted."""

    services: Services
    name: Name
    phone: Phone
    waiting_id: UUID | None = None
    party_size: PartySize = 1
    until_at: Moment | None = None
    language: Language = "vi"
    identity: Identity = ""


class WaitingWithTicketBody(Asked, frozen=True):
    """The booking is to be moved to an earlier time."""

    until_at: Moment | None = None


class OfferBody(Asked, frozen=True):
    accept: bool


class Offer(Struct, frozen=True):
    starts_at: datetime
    ends_at: datetime
    until: datetime


class Waiting(Struct, frozen=True):
    """Somebody on the waiting list; `offer`: a time that is kept while they answer."""

    token: str
    state: Literal["held", "waiting", "offered", "booked", "left", "over"]
    moves: bool
    party_size: int
    until_at: datetime
    ahead: int
    waiting_url: str
    offer: Offer | None = None
    held_until: datetime | None = None
    ticket_url: str | None = None
    decision: str | None = None
