"""A picture in, the QR codes on it out: for doors whose browser cannot read them itself."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from queue_service import pictures, web
from queue_service.api.operations import Call
from queue_service.api.shapes import Picture, Scanned
from queue_service.db import Refused

A_SECOND = 5  # pictures of one device, and as many more for a quick hand
BURST = 10


async def scan(call: Call, asked: Picture) -> Scanned:
    call.key()  # judged, and not needed: a picture changes nothing
    if not pace.allows(f"{web.address(call.request)} {call.office_id} {call.actor}"):
        raise Refused("too_many_pictures", 429, {"retry_after": 1})
    try:
        loop = asyncio.get_running_loop()
        return Scanned(await loop.run_in_executor(reader, pictures.read_codes, asked.raw))
    except pictures.NotAPicture:
        raise Refused("not_a_picture", 422, {}) from None


@dataclass
class Pace:
    """What each device has left of its pictures; a process counts for itself."""

    left: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])

    def allows(self, who: str) -> bool:
        now = time.monotonic()
        left, since = self.left.get(who, (BURST, now))
        left = min(BURST, left + (now - since) * A_SECOND)
        if len(self.left) > 1000:
            self.left = {k: one for k, one in self.left.items() if now - one[1] < BURST / A_SECOND}
        self.left[who] = (left - 1 if left >= 1 else left, now)
        return left >= 1


pace = Pace()
# Bookings and boards share this process: a picture takes one core at most.
reader = ThreadPoolExecutor(1, "pictures")
