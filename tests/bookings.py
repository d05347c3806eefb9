"""A booking as tests ask for it: complete, and different each time."""

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from queue_service.group_commit import BookRequest, Wanted


def booking(
    starts_at: datetime,
    service: str = "copy",
    *,
    booking_id: UUID | None = None,
    party_size: int = 1,
    phone: str = "",
    name: str = "Nguyễn Thị Ánh",
) -> BookRequest:
    return BookRequest(
        booking_id=booking_id or uuid4(),
        actor="web",
        services=(Wanted(service),),
        starts_at=starts_at,
        name=name,
        phone=phone,
        token=secrets.token_hex(16),
        digits=secrets.randbelow(90_000),
        party_size=party_size,
    )
