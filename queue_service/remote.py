"""What people far from any page can do, whether they text or press keys: one set of steps."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from queue_service import commands, reads, tickets
from queue_service.db import Clock, Pool, Refused
from queue_service.group_commit import BookRequest, Groups, Wanted

Facts = Mapping[str, Any]

CODES_PER_HOUR, CODES_BURST = 10, 10  # codes one phone may try


class Remote:
    def __init__(self, pool: Pool, clock: Clock, groups: Groups, channel: str) -> None:
        self.pool, self.clock = pool, clock
        self._groups, self._channel = groups, channel

    async def offices(self) -> list[dict[str, Any]]:
        return await reads.catalogue(self.pool)

    async def may(self, key: str, per_hour: int, burst: int) -> bool:
        return await commands.take_attempt(self.pool, key, self.clock.at(), per_hour, burst)

    async def free(self, office: Facts, *services: str) -> list[datetime]:
        """Every time that may still be booked, in order."""
        return await self._free(office, [{"service": s, "quantity": 1} for s in services], 1)

    async def free_for(self, office: Facts, visit: Facts) -> list[datetime]:
        """Every time to which this visit, with all its services and people, might be moved."""
        wanted = [{"service": s["service"], "quantity": s["quantity"]} for s in visit["services"]]
        return await self._free(office, wanted, visit["party_size"])

    async def _free(
        self, office: Facts, wanted: Sequence[Mapping[str, Any]], heads: int
    ) -> list[datetime]:
        now = self.clock.now()
        today = now.astimezone(ZoneInfo(office["time_zone"])).date()
        days = int(office["booking_days"]) + 1
        rows = await reads.slots(self.pool, office["office_id"], now, wanted, today, days)
        return [datetime.fromisoformat(row["starts_at"]) for row in rows if row["left"] >= heads]

    async def booked(self, office: Facts, booking_id: UUID) -> dict[str, Any] | None:
        """What was booked under this id before, however it stands now."""
        return await reads.visit(self.pool, office["office_id"], self.clock.now(), booking_id)

    async def book(
        self,
        office: Facts,
        booking_id: UUID,
        services: Sequence[str],
        starts_at: datetime,
        name: str,
        phone: str,
        language: str,
    ) -> dict[str, Any]:
        request = BookRequest(
            booking_id=booking_id,
            actor=self._channel,
            services=tuple(map(Wanted, services)),
            starts_at=starts_at,
            name=name,
            phone=phone,
            token=secrets.token_hex(16),
            digits=tickets.new_digits(),
            language=language,
            channel=self._channel,
        )
        try:
            return await self._groups.book(office["office_id"], request)
        except Refused as refused:
            if refused.code != "identity_needed":
                raise
            # A number that is said or texted would lie about in the logs of carriers.
            raise Refused("identity_elsewhere", 422, {"phone": office["phone"]}) from None

    async def by_code(self, phone: str, code: str) -> tuple[Facts, dict[str, Any]] | None:
        """Office and visit. Who tries codes is told no more than of a wrong one."""
        good = tickets.check_code(code)
        if good is None:
            return None
        number = tickets.office_of(good)
        office = next((one for one in await self.offices() if one["office_id"] == number), None)
        if office is None or not await self.may(f"code {phone}", CODES_PER_HOUR, CODES_BURST):
            return None
        found = await reads.find_visits(self.pool, number, self.clock.now(), None, good)
        return (office, found[0]) if found else None

    async def cancel(self, office: Facts, visit: Facts, key: str) -> None:
        await commands.cancel(
            self.pool,
            office["office_id"],
            self.clock.at(),
            self._channel,
            key,
            UUID(visit["visit_id"]),
            f"by {self._channel}",
        )
