"""How often an address, a phone, a ticket or a token may ask, over all processes, without waiting.

Each process keeps buckets that fill again by themselves and takes from them at once; once a second
it tells the database what it let through, where that is a tenth of the bucket or where it refused
somebody, and hears what is left over all. Until it hears, it may let through what it last knew to
be left. So a bucket of n is overdrawn by at most n for each other process, once: the debt is paid
off before anything more is let through, and over a long time no more passes than the bucket fills.
A crowd in which everybody asks once tells nothing at all, and costs a number each.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from math import ceil

from queue_service import commands, identities
from queue_service.db import Clock, NotReady, Pool, Unavailable
from queue_service.settings import Settings, ticket_secret

SHARE_EVERY = 1.0
MOST_BUCKETS = 50_000  # of one limit in one process; those full again are forgotten first
MOST_TOLD = 5_000  # in one call


@dataclass(slots=True)
class _Bucket:
    remaining: float
    at: float
    untold: int = 0


class _Limit:
    """The buckets of one limit: of a crowd most take one and no more, which is kept as its time."""

    def __init__(self, burst: int, seconds: int) -> None:
        self.burst = burst
        self.seconds = seconds  # in which an empty bucket fills
        self.per_second = burst / seconds
        self.buckets: dict[str, _Bucket] = {}
        self.untold: set[str] = set()
        # Who took one from a full bucket, and when; of a while ago, and of the while before that,
        # when all that was taken has come back since.
        self._once: dict[str, float] = {}
        self._before: dict[str, float] = {}
        self._since = time.monotonic()

    def __len__(self) -> int:
        return len(self.buckets) + len(self._once) + len(self._before)

    def take(self, of: str) -> int:
        now = time.monotonic()
        bucket = self.buckets.get(of)
        if bucket is None:
            first = self._once.get(of) or self._before.get(of)
            if first is None and self.burst > 10:  # else a single one is to be told
                self._once[of] = now
                return 0
            bucket = self.buckets[of] = _Bucket(self.burst, now)
            if first is not None:
                bucket.remaining, bucket.at, bucket.untold = self.burst - 1, first, 1
        self.fill(bucket, now)
        if bucket.remaining >= self.burst:
            bucket.untold = 0  # paid off
        if bucket.remaining < 1:
            self.untold.add(of)  # to hear of what the others have overdrawn
            return ceil((1 - bucket.remaining) / self.per_second)
        bucket.remaining -= 1
        bucket.untold += 1
        if bucket.untold * 10 >= self.burst:
            self.untold.add(of)
        return 0

    def fill(self, bucket: _Bucket, now: float) -> None:
        gained = (now - bucket.at) * self.per_second
        bucket.remaining, bucket.at = min(self.burst, bucket.remaining + gained), now

    def forget(self) -> None:
        now = time.monotonic()
        if (now - self._since) * self.per_second >= 1 or len(self._once) > MOST_BUCKETS // 2:
            self._before, self._once, self._since = self._once, {}, now
        if len(self) <= MOST_BUCKETS:
            return
        self._before = {}  # one each, which they may now take again
        for of, bucket in list(self.buckets.items()):
            self.fill(bucket, now)
            if not bucket.untold and bucket.remaining >= self.burst:
                del self.buckets[of]
        # Still too many: somebody sends from everywhere. The oldest go; the database knows them.
        for of in list(self.buckets)[: max(0, len(self) - MOST_BUCKETS)]:
            if of not in self.untold:
                del self.buckets[of]


class Limits:
    def __init__(self, pool: Pool, clock: Clock, settings: Settings) -> None:
        self._pool, self._clock, self._settings = pool, clock, settings
        wanted = {
            "requests_per_minute": (settings.requests_per_minute, 60),
            "token_requests_per_minute": (settings.token_requests_per_minute, 60),
            "bookings_per_hour": (settings.bookings_per_hour, 3600),
            "phone_bookings_per_hour": (settings.phone_bookings_per_hour, 3600),
            "ticket_changes_per_hour": (settings.ticket_changes_per_hour, 3600),
        }
        self._limits = {name: _Limit(*limit) for name, limit in wanted.items() if limit[0]}

    def __len__(self) -> int:
        """How much is remembered."""
        return sum(len(limit) for limit in self._limits.values())

    def take(self, what: str, of: str) -> int:
        """0: one was taken. Else the seconds until there is one; none of somebody nameless."""
        limit = self._limits.get(what)
        return limit.take(of) if limit is not None and of else 0

    async def keep_sharing(self) -> None:
        while True:
            await asyncio.sleep(SHARE_EVERY)
            # Without a database or the right time each process counts for itself meanwhile.
            with contextlib.suppress(Unavailable, NotReady):
                await self.share()
            self.forget()

    async def share(self) -> None:
        """Tells what was let through since, and hears what is left over all processes."""
        told: dict[str, tuple[_Limit, str, int]] = {}
        rows: list[dict[str, object]] = []
        secret = ticket_secret(self._settings)
        for what, limit in self._limits.items():
            for of in list(limit.untold)[: MOST_TOLD - len(rows)]:
                untold = limit.buckets[of].untold
                # Neither addresses nor phones lie in the table.
                name = f"{what}/{identities.keyed(secret, of)}"
                told[name] = limit, of, untold
                per_hour = limit.burst * 3600 // limit.seconds
                rows.append(
                    {"key": name, "taken": untold, "per_hour": per_hour, "burst": limit.burst}
                )
        if rows:
            now = time.monotonic()
            for left in await commands.share_attempts(self._pool, self._clock.at(), rows):
                limit, of, count = told[left["key"]]
                bucket = limit.buckets[of]
                bucket.untold -= count
                bucket.remaining, bucket.at = left["remaining"] - bucket.untold, now
                if not bucket.untold:
                    limit.untold.discard(of)

    def forget(self) -> None:
        """What is no longer needed to count; what is untold stays."""
        for limit in self._limits.values():
            limit.forget()
