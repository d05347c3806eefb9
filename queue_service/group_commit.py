"""Where a booking waits for its group: those that come during a transaction go into the next.

One transaction per booking would hold the office locked through every write to disk. So an office
has one transaction under way at a time in a process; whoever comes meanwhile waits in its line.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID

from msgspec import Struct

from queue_service import commands
from queue_service.db import Clock, Pool, Refused, Unavailable
from queue_service.metrics import GROUP_SIZE, Counts
from queue_service.settings import Settings

Answer = dict[str, Any]

FLIGHTS = 6  # most groups under way at once, over all offices
SPARED = 2  # connections of the pool left to reads and other commands
PATIENCE = 10.0  # seconds a booking may wait in line before it is told to come back
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0)  # between tries while the database is away


class Wanted(Struct, frozen=True):
    service: str
    quantity: int = 1


class BookRequest(Struct, frozen=True):
    """A booking as api.book_slots takes it; its id becomes the visit's: a repeat is harmless.

    `reason`: why somebody at the hotline goes over the limit of bookings per phone.
    """

    booking_id: UUID
    actor: str
    services: tuple[Wanted, ...]
    starts_at: datetime
    name: str
    phone: str
    token: str
    digits: int
    party_size: int = 1
    language: str = "vi"
    channel: str = "web"
    priority: str = ""
    needs: tuple[str, ...] = ()
    person: str = ""  # keyed hash of the identity number, where a service is scarce
    proof: str = ""  # the code to be sent, should the office ask for proof of the phone
    reason: str = ""  # why the hotline goes over the limit of bookings per phone


class _Member(Struct, frozen=True):
    request: BookRequest
    answer: "asyncio.Future[Answer]"
    since: float


def _busy(seconds: int) -> Refused:
    return Refused("busy", 503, {"retry_after": seconds})


class Groups:
    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        settings: Settings,
        counts: Counts | None = None,
        changed: Callable[[int], None] = lambda office_id: None,
    ) -> None:
        self._pool, self._clock, self._changed = pool, clock, changed
        self._counts = counts or Counts()
        self._group_limit, self._line_limit = settings.group_limit, settings.line_limit
        self._most_flights = max(1, min(FLIGHTS, settings.database_pool - SPARED))
        self._lines: dict[int, deque[_Member]] = {}  # an office has a line while it waits or flies
        self._ready: deque[int] = deque()  # offices that wait for a flight, in turn
        self._flying: set[int] = set()  # offices with a transaction under way
        self._flights: set[asyncio.Task[None]] = set()

    async def book(self, office_id: int, request: BookRequest) -> Answer:
        """The visit, with its token, or Refused. Who goes away cancels nothing of the group."""
        line = self._lines.get(office_id)
        if line is None:
            line = self._lines[office_id] = deque()
            self._ready.append(office_id)
            # Not at once: what else this turn of the loop brings goes along.
            asyncio.get_running_loop().call_soon(self._start)
        elif len(line) >= self._line_limit:
            self._counts.add(office_id, "book_slots", "refused", "busy")
            raise _busy(2)
        member = _Member(request, asyncio.get_running_loop().create_future(), monotonic())
        line.append(member)
        return await member.answer

    async def drain(self) -> None:
        """Until nothing is under way: what was taken in is answered before the process ends."""
        while self._flights:
            await asyncio.wait(self._flights)

    def _start(self) -> None:
        while self._ready and len(self._flying) < self._most_flights:
            office_id = self._ready.popleft()
            self._flying.add(office_id)
            flight = asyncio.create_task(
                self._fly(office_id), name=f"bookings of office {office_id}"
            )
            self._flights.add(flight)
            flight.add_done_callback(self._flights.discard)

    async def _fly(self, office_id: int) -> None:
        group = self._next_group(office_id)
        answers = await self._answers(office_id, group)
        self._landed(office_id)
        # The office's next group is with the database before these answers are written.
        await asyncio.sleep(0)
        for member, answer in zip(group, answers, strict=True):
            _tell(member, answer)

    def _landed(self, office_id: int) -> None:
        self._flying.discard(office_id)
        if self._lines[office_id]:
            self._ready.append(office_id)  # behind the others that wait: every office has its turn
        else:
            del self._lines[office_id]
        self._start()

    def _next_group(self, office_id: int) -> list[_Member]:
        line, group, oldest = self._lines[office_id], list[_Member](), monotonic() - PATIENCE
        while line and len(group) < self._group_limit:
            member = line.popleft()
            if member.since < oldest:
                _tell(member, _busy(2))
            elif not member.answer.done():  # whoever went away before their turn takes no place
                group.append(member)
        return group

    async def _answers(
        self, office_id: int, group: Sequence[_Member]
    ) -> "Sequence[Answer | Exception]":
        """What becomes of each: a visit or why not. It never raises."""
        if not group:
            return []
        try:
            return await self._decide(office_id, group)
        except Exception as error:
            if len(group) == 1 or isinstance(error, Refused):
                return [error] * len(group)
        # One of them is the cause; the others shall not pay for it.
        return [(await self._answers(office_id, [member]))[0] for member in group]

    async def _decide(
        self, office_id: int, group: Sequence[_Member]
    ) -> "Sequence[Answer | Exception]":
        """One transaction. Lost on the way, it may have happened: the same ids are sent again."""
        requests, started = [member.request for member in group], monotonic()
        for pause in (*PAUSES, None):
            try:
                rows = await commands.book_slots(self._pool, office_id, self._clock.at(), requests)
                break
            except Unavailable:
                if pause is None:
                    raise _busy(5) from None
                await asyncio.sleep(pause)
        else:
            return []
        GROUP_SIZE.observe(len(group))
        answers: list[Answer | Exception] = []
        for _, outcome, facts in rows:
            if outcome == "booked":
                answers.append(facts)
            else:
                answers.append(Refused(outcome, STATUS.get(outcome, 422), facts))
        outcomes = Counter(outcome for _, outcome, _ in rows)
        self._counts.group(office_id, "book_slots", outcomes, monotonic() - started)
        if outcomes["booked"]:
            self._changed(office_id)
        return answers


STATUS = {
    "slot_full": 409,
    "too_many_bookings": 409,
    "one_by_text": 409,
    "person_limit": 409,
    "too_many_codes": 429,
    "id_reused": 409,
    "busy": 503,
    "no_such_office": 404,
}


def _tell(member: _Member, answer: Answer | Exception) -> None:
    if member.answer.done():
        return
    if isinstance(answer, Exception):
        member.answer.set_exception(answer)
    else:
        member.answer.set_result(answer)
