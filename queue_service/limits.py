"""How often an address, a phone, a ticket or a token may ask, over all processes, without waiting.

Each process keeps buckets that fill again by themselves and takes from them at once; once a second
it tells the database what it let through, where that is a tenth of the bucket or where it refused
somebody, and hears what is left over all. Until it hears, it may let through what it last knew to
be left. So a bucket of n is overdrawn by at most n for each other process, once: the debt is paid
off before anything more is let through, and over a long time no more passes than the bucket fills.
A crowd in which everybody asks once tells nothing at all.
"""

import asyncio
import time
from dataclasses import dataclass
from math import ceil

from queue_service import commands, identities
from queue_service.db import Clock, Pool, Unavailable
from queue_service.settings import Settings, ticket_secret

SHARE_EVERY = 1.0
MOST_BUCKETS = 50_000  # of one process; those that are full again are forgotten first
MOST_TOLD = 5_000  # in one call


@dataclass(slots=True)
class _Bucket:
    remaining: float
    at: float
    untold: int = 0


@dataclass(frozen=True, slots=True)
class _Limit:
    burst: int
    seconds: int  # in which an empty bucket fills

    @property
    def per_second(self) -> float:
        return self.burst / self.seconds


class Limits:
    def __init__(self, pool: Pool, clock: Clock, settings: Settings) -> None:
        self._pool, self._clock, self._settings = pool, clock, settings
        wanted = {
            "requests_per_minute": _Limit(settings.requests_per_minute, 60),
            "token_requests_per_minute": _Limit(settings.token_requests_per_minute, 60),
            "bookings_per_hour": _Limit(settings.bookings_per_hour, 3600),
            "phone_bookings_per_hour": _Limit(settings.phone_bookings_per_hour, 3600),
            "ticket_changes_per_hour": _Limit(settings.ticket_changes_per_hour, 3600),
        }
        self._limits = {name: limit for name, limit in wanted.items() if limit.burst}
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._untold: set[tuple[str, str]] = set()

    def take(self, what: str, of: str) -> int:
        """0: one was taken. Else the seconds until there is one; none of somebody nameless."""
        limit = self._limits.get(what)
        if limit is None or not of:
            return 0
        now, key = time.monotonic(), (what, of)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(limit.burst, now)
        _fill(bucket, limit, now)
        if bucket.remaining >= limit.burst:
            bucket.untold = 0  # paid off
        if bucket.remaining < 1:
            self._untold.add(key)  # to hear of what the others have overdrawn
            return ceil((1 - bucket.remaining) / limit.per_second)
        bucket.remaining -= 1
        bucket.untold += 1
        if bucket.untold * 10 >= limit.burst:
            self._untold.add(key)
        return 0

    async def keep_sharing(self) -> None:
        while True:
            await asyncio.sleep(SHARE_EVERY)
            try:
                await self.share()
            except Unavailable:
                continue  # each process counts for itself meanwhile; what is untold stays so

    async def share(self) -> None:
        """Tells what was let through since, and hears what is left over all processes."""
        told: dict[str, tuple[tuple[str, str], int]] = {}
        rows: list[dict[str, object]] = []
        secret = ticket_secret(self._settings)
        for key in list(self._untold)[:MOST_TOLD]:
            limit, bucket = self._limits[key[0]], self._buckets[key]
            # Neither addresses nor phones lie in the table.
            name = f"{key[0]}/{identities.keyed(secret, key[1])}"
            told[name] = key, bucket.untold
            per_hour = limit.burst * 3600 // limit.seconds
            rows.append(
                {"key": name, "taken": bucket.untold, "per_hour": per_hour, "burst": limit.burst}
            )
        if rows:
            now = time.monotonic()
            for left in await commands.share_attempts(self._pool, self._clock.now(), rows):
                key, count = told[left["key"]]
                bucket = self._buckets[key]
                bucket.untold -= count
                bucket.remaining, bucket.at = left["remaining"] - bucket.untold, now
                if not bucket.untold:
                    self._untold.discard(key)
        self._forget()

    def _forget(self) -> None:
        if len(self._buckets) <= MOST_BUCKETS:
            return
        now = time.monotonic()
        for key, bucket in list(self._buckets.items()):
            limit = self._limits[key[0]]
            _fill(bucket, limit, now)
            if not bucket.untold and bucket.remaining >= limit.burst:
                del self._buckets[key]
        # Still too many: somebody sends from everywhere. The oldest go; the database knows them.
        for key in list(self._buckets)[: max(0, len(self._buckets) - MOST_BUCKETS)]:
            if key not in self._untold:
                del self._buckets[key]


def _fill(bucket: _Bucket, limit: _Limit, now: float) -> None:
    gained = (now - bucket.at) * limit.per_second
    bucket.remaining, bucket.at = min(limit.burst, bucket.remaining + gained), now
