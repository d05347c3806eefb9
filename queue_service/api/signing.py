"""The installation's ticket keys, derived once; a box also believes those of its hub."""

import time
from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from queue_service import reads
from queue_service.db import Pool
from queue_service.settings import Settings, ticket_secret
from queue_service.tickets import BOX_KEY, PublicKeyOf, TicketKeys, day_key

KEPT = 30.0  # seconds


@lru_cache(maxsize=4)
def keys_of(settings: Settings) -> TicketKeys:
    return TicketKeys(ticket_secret(settings), BOX_KEY if settings.box_hub else 1)


DAYS_AHEAD = 7  # a box may be cut off for so long, and still tell persons apart as its hub does


def day_keys(settings: Settings, office_id: int, today: date) -> dict[str, str]:
    """What a box is told, so that who holds a number is one person on both sides."""
    days = [today + timedelta(days=n) for n in range(DAYS_AHEAD)]
    secret = ticket_secret(settings)
    return {day.isoformat(): day_key(secret, office_id, day).hex() for day in days}


async def key_of_day(pool: Pool, settings: Settings, office_id: int, day: date) -> bytes:
    """The hub's key of the day; at a box that was cut off for longer, one of its own."""
    told = await reads.person_key(pool, office_id, day) if settings.box_hub else None
    return bytes.fromhex(told) if told else day_key(ticket_secret(settings), office_id, day)


class HubKeys:
    """What the hub last told its box of its public keys."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[float, dict[int, bytes]]] = {}

    async def of(self, pool: Pool, settings: Settings, office_id: int) -> PublicKeyOf:
        own = keys_of(settings).public_key
        if not settings.box_hub:
            return own
        kept = self._known.get(office_id)
        if kept is None or kept[0] < time.monotonic():
            floor = await reads.floor(pool, office_id, datetime.now(UTC)) or {"keys": {}}
            keys = {int(no): urlsafe_b64decode(key + "=") for no, key in floor["keys"].items()}
            kept = self._known[office_id] = time.monotonic() + KEPT, keys
        keys = kept[1]

        def public_key(of_office: int, key_id: int) -> bytes | None:
            if key_id == BOX_KEY:
                return own(of_office, key_id)
            return keys.get(key_id) if of_office == office_id else None

        return public_key


hub_keys = HubKeys()
