"""The lobby of a test office: people book, come, wait, are called and go, by the wall clock."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from msgspec import convert

from queue_service import commands, reads
from queue_service.db import Pool, Refused
from queue_service.group_commit import BookRequest
from tests.offices import Office

Answer = dict[str, Any]


class Lobby:
    """Says the commands of one office the way a test tells a story: `await lobby.book("08:00")`."""

    def __init__(self, pool: Pool, office: Office, days: int = 0) -> None:
        self.pool = pool
        self.office = office
        self.days = days

    def at(self, clock: str) -> Any:
        return self.office.at(clock, self.days)

    def request(
        self,
        starts: str,
        service: str = "copy",
        *,
        booking_id: UUID | None = None,
        phone: str = "",
        party_size: int = 1,
        services: Sequence[Answer] | None = None,
        **more: object,
    ) -> Answer:
        usual: Answer = {
            "booking_id": str(booking_id or uuid4()),
            "actor": "web",
            "services": services or [{"service": service, "quantity": 1}],
            "starts_at": self.at(starts).isoformat(),
            "name": "Nguyễn Văn An",
            "phone": phone,
            "party_size": party_size,
            "language": "vi",
            "channel": "web",
            "priority": "",
            "needs": [],
            "token": secrets.token_hex(16),
            "digits": secrets.randbelow(90000),
        }
        return usual | more

    async def book_group(
        self, requests: Sequence[Answer], now: str = "07:00"
    ) -> list[tuple[str, Answer]]:
        group = [convert(one, BookRequest) for one in requests]
        rows = await commands.book_slots(self.pool, self.office.office_id, self.at(now), group)
        by_position = {n: (outcome, facts) for n, outcome, facts in rows}
        return [by_position[n + 1] for n in range(len(requests))]

    async def book(
        self, starts: str, service: str = "copy", now: str = "07:00", **more: Any
    ) -> Answer:
        [(outcome, facts)] = await self.book_group([self.request(starts, service, **more)], now)
        if outcome != "booked":
            raise Refused(outcome, 409, facts)
        return facts

    async def walk_in(
        self,
        now: str,
        service: str | None = "copy",
        *,
        party_size: int = 1,
        visit_id: UUID | None = None,
        priority: str = "",
        services: Sequence[Answer] | None = None,
        channel: str = "helper",
        phone: str = "",
        **more: Any,
    ) -> Answer:
        asked = (
            services
            if services is not None
            else [{"service": service, "quantity": 1}]
            if service
            else []
        )
        return await commands.walk_in(
            self.pool,
            self.office.office_id,
            self.at(now),
            "kiosk:door",
            None,
            visit_id or uuid4(),
            asked,
            party_size,
            priority,
            [],
            "",
            phone,
            "vi",
            channel,
            secrets.token_hex(16),
            secrets.randbelow(90000),
            **more,
        )

    async def arrive(self, now: str, visit: Answer | None = None, **more: Any) -> Answer:
        if visit is not None:
            more["visit_id"] = id_of(visit)
        return await commands.arrive(
            self.pool, self.office.office_id, self.at(now), "kiosk:door", None, **more
        )

    async def do(
        self,
        command: str,
        now: str,
        *arguments: Any,
        key: str | None = None,
        actor: str = "clerk:test",
    ) -> Answer:
        """Any command by name: `await lobby.do("call_next", "08:05", "1")`."""
        function = getattr(commands, command)
        said = [id_of(cast(Answer, a)) if isinstance(a, dict) else a for a in arguments]
        return await function(self.pool, self.office.office_id, self.at(now), actor, key, *said)

    async def settle(self, now: str) -> None:
        await commands.settle(self.pool, self.office.office_id, self.at(now))

    async def visit(self, visit: Answer, now: str = "08:00") -> Answer:
        seen = await reads.visit(self.pool, self.office.office_id, self.at(now), id_of(visit))
        assert seen is not None
        return seen

    async def state(self, visit: Answer) -> str:
        return (await self.visit(visit))["state"]

    async def area(self, now: str, area_id: str = "hall") -> Answer:
        board = await reads.board(self.pool, self.office.office_id, self.at(now))
        return next(a for a in board["areas"] if a["area"] == area_id)

    async def present(self, now: str) -> int:
        return (await self.area(now))["present"]

    async def differences(self, now: str = "18:30") -> list[tuple[str, str, str]]:
        return await reads.check_office(self.pool, self.office.office_id, self.at(now))


def id_of(visit: Answer) -> UUID:
    """The visit's id in an answer of any shape: a visit, a decision, a booking."""
    inner = visit.get("visit") or visit
    return UUID(str(inner["visit_id"]))


def moment(text: str) -> Any:
    """A time of an answer."""
    return datetime.fromisoformat(text)
