"""What everybody may know: offices, services, free times, boards, the keys of tickets."""

from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from msgspec import convert
from starlette.responses import Response

from queue_service import reads, web
from queue_service.api.operations import Call, stream
from queue_service.api.problems import Invalid
from queue_service.api.shapes import (
    Board,
    Nothing,
    Office,
    OfficeNow,
    Service,
    Slot,
    SlotsQuery,
    TicketKey,
)
from queue_service.api.signing import keys_of

FAR = timedelta(days=400)


async def list_offices(call: Call, asked: Nothing) -> list[OfficeNow]:
    return convert(await reads.offices(call.pool, call.now), list[OfficeNow])


async def get_office(call: Call, asked: Nothing) -> Office:
    return convert(await reads.office(call.pool, call.office_id, call.now), Office)


async def list_services(call: Call, asked: Nothing) -> list[Service]:
    return convert(await reads.services(call.pool, call.office_id, call.now), list[Service])


async def list_slots(call: Call, asked: SlotsQuery) -> list[Slot]:
    """A service named twice is wanted twice."""
    today = call.now.astimezone(call.zone).date()
    day = asked.from_ or today
    if abs(day - today) > FAR:
        return []
    wanted = [
        {"service": service, "quantity": count} for service, count in Counter(asked.service).items()
    ]
    found = await reads.slots(call.pool, call.office_id, call.now, wanted, day, asked.days)
    return convert(found, list[Slot])


async def get_board(call: Call, asked: Nothing) -> Board:
    return convert(await reads.board(call.pool, call.office_id, call.now), Board)


class OpenStreams:
    """How many streams each address holds open on this process."""

    def __init__(self) -> None:
        self.of: Counter[str] = Counter()

    async def counted(self, address: str, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        self.of[address] += 1
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            self.of[address] -= 1
            if not self.of[address]:
                del self.of[address]


open_streams = OpenStreams()


async def stream_board(call: Call, asked: Nothing) -> Response:
    address = web.address(call.request)
    if open_streams.of[address] >= call.state.settings.streams_per_address:
        raise Invalid("too_many_streams", 429, retry_after=30)
    return stream(open_streams.counted(address, call.state.hub.stream(call.office_id)))


async def list_ticket_keys(call: Call, asked: Nothing) -> list[TicketKey]:
    keys = keys_of(call.state.settings)
    directory: list[dict[str, Any]] = await reads.directory(call.pool)
    return [
        TicketKey(
            office=office["slug"],
            office_number=office["office_id"],
            key_id=key_id,
            algorithm="Ed25519",
            public_key=urlsafe_b64encode(key).rstrip(b"=").decode(),
        )
        for office in directory
        for key_id, key in keys.public_keys(office["office_id"]).items()
    ]
