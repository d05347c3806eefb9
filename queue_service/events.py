"""Hears that an office changed and wakes its streams: each gets the whole state, read once.

A wake-up carries no data and may be lost or doubled: the board is read again, and a look at the
versions once a second covers what was lost.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from time import perf_counter
from typing import Any, Concatenate, ParamSpec

import msgspec
import structlog

from queue_service import reads
from queue_service.db import Clock, Pool, Refused, Unavailable, notify
from queue_service.journal import told
from queue_service.metrics import STREAMS, Counts

Answer = dict[str, Any]
P = ParamSpec("P")
log = structlog.get_logger()

CHANNEL = "office_changed"
GATHER = 0.02  # seconds in which changes are gathered into one notification
BREATH = 0.05  # seconds between two reads of the same office
GLANCE = 1.0  # seconds between two looks at the versions
PULSE = 15.0  # seconds after which a quiet board is told that all is well


class _Stream:
    """One open board: a mailbox for a single state, in which the latest wins."""

    def __init__(self) -> None:
        self._chunk: bytes | None = None
        self._filled = asyncio.Event()

    def put(self, chunk: bytes) -> None:
        self._chunk = chunk
        self._filled.set()

    def nudge(self) -> None:
        """A comment that says nothing, where no state waits: so it is noticed who has gone."""
        if self._chunk is None:
            self.put(b": alive\n\n")

    def end(self) -> None:
        self._filled.set()

    async def get(self) -> bytes | None:
        await self._filled.wait()
        self._filled.clear()
        chunk, self._chunk = self._chunk, None
        return chunk


class _Show:
    """An office that somebody looks at: its streams and what they were last sent."""

    def __init__(self) -> None:
        self.streams: set[_Stream] = set()
        self.version = -1
        self.chunk: bytes | None = None
        self.board: Answer | None = None
        self.pulse_at = asyncio.get_running_loop().time()
        self.stale = asyncio.Event()
        self.reader: asyncio.Task[None] | None = None


class Hub:
    """Runs commands and shows what they changed."""

    def __init__(self, pool: Pool, clock: Clock, counts: Counts) -> None:
        self._pool, self._clock, self._counts = pool, clock, counts
        self._me = uuid.uuid4().hex[:12]
        self._shows: dict[int, _Show] = {}
        self._watches: dict[_Stream, frozenset[int]] = {}
        self._seen: dict[int, int] = {}  # versions, as the last glance found them
        self._untold: set[int] = set()
        self._news = asyncio.Event()
        self.closing = False

    async def run(
        self,
        command: Callable[Concatenate[Pool, int, Any, str, str | None, P], Awaitable[Answer]],
        office_id: int,
        actor: str,
        key: str | None,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Answer:
        """One command, now; its answer is counted and the boards of its office are woken."""
        name = getattr(command, "__name__", "command")
        at, started = self._clock.at(), perf_counter()
        try:
            answer = await command(self._pool, office_id, at, actor, key, *args, **kwargs)
        except Refused as refused:
            took = perf_counter() - started
            self._counts.ended(office_id, name, took, "refused", refused.code)
            raise
        except Exception as error:
            took = perf_counter() - started
            self._counts.ended(office_id, name, took, "failed", type(error).__name__)
            raise
        self._counts.answer(office_id, name, answer, perf_counter() - started)
        self.changed(office_id)
        return answer

    def changed(self, office_id: int) -> None:
        """Own boards are woken at once, other processes within the next 20 ms."""
        self._wake(office_id)
        self._untold.add(office_id)
        self._news.set()

    def heard(self, payload: str) -> None:
        """What another process says has changed; nothing said: something may have been missed."""
        sender, _, offices = payload.partition(":")
        if sender == self._me:
            return
        watched = {*self._shows, *(one for some in self._watches.values() for one in some)}
        for office_id in offices.split(",") if offices else map(str, watched):
            if office_id.isdecimal():
                self._wake(int(office_id))

    async def stream(self, office_id: int) -> AsyncIterator[bytes]:
        """Server-sent events, each a whole state of the board; ends when the process closes."""
        show = self._shows.get(office_id)
        if show is None:
            show = self._shows[office_id] = _Show()
            show.reader = asyncio.create_task(
                self._read(office_id, show), name=f"board {office_id}"
            )
        stream = _Stream()
        show.streams.add(stream)
        STREAMS.inc()
        try:
            yield b"retry: 2000\n\n"
            if show.chunk is not None:
                stream.put(show.chunk)
            else:
                show.stale.set()
            while not self.closing:
                chunk = await stream.get()
                if chunk is not None:
                    yield chunk
        finally:
            STREAMS.dec()
            show.streams.discard(stream)
            if not show.streams and self._shows.get(office_id) is show:
                del self._shows[office_id]
                if show.reader is not None:
                    show.reader.cancel()

    async def changes(self, offices: Iterable[int]) -> AsyncIterator[bytes]:
        """Server-sent events that say only that one of these offices has changed."""
        stream = _Stream()
        self._watches[stream] = frozenset(offices)
        STREAMS.inc()
        try:
            yield b"retry: 2000\n\n"
            while not self.closing:
                chunk = await stream.get()
                if chunk is not None:
                    yield chunk
        finally:
            STREAMS.dec()
            del self._watches[stream]

    async def board(self, office_id: int) -> Answer:
        """What the streams of the office were last sent; read where nobody looks."""
        show = self._shows.get(office_id)
        if show is not None and show.board is not None:
            return show.board
        return await reads.board(self._pool, office_id, self._clock.now())

    def streams_open(self) -> int:
        return sum(len(show.streams) for show in self._shows.values())

    def close(self) -> None:
        """Every stream ends now, so that the server can stop."""
        self.closing = True
        for show in self._shows.values():
            for stream in show.streams:
                stream.end()
        for stream in self._watches:
            stream.end()

    async def keep_telling(self, pool: Pool) -> None:
        """Tells the other processes, on a connection of its own: a command never notifies."""
        while True:
            await self._news.wait()
            self._news.clear()
            offices, self._untold = sorted(self._untold), set()
            with suppress(Unavailable):  # the versions say it too, a second later
                for n in range(0, len(offices), 1000):
                    numbers = ",".join(map(str, offices[n : n + 1000]))
                    await notify(pool, CHANNEL, f"{self._me}:{numbers}")
            await asyncio.sleep(GATHER)

    async def keep_glancing(self) -> None:
        """Once a second: which shown offices moved on from what their streams were last sent?"""
        while True:
            await asyncio.sleep(GLANCE)
            if not self._shows and not self._watches:
                continue
            with suppress(Unavailable):
                for row in await reads.versions(self._pool):
                    office_id, version = row["office_id"], row["version"]
                    show = self._shows.get(office_id)
                    if show is not None and version != show.version:
                        show.stale.set()
                    if self._seen.get(office_id) != version:
                        self._seen[office_id] = version
                        self._tell_watches(office_id)
            now = asyncio.get_running_loop().time()
            for show in self._shows.values():
                if now - show.pulse_at >= PULSE:
                    show.pulse_at = now
                    show.version = -1  # the same state is sent again: it carries the time
                    show.stale.set()
                    for stream in show.streams:
                        stream.nudge()
            for stream in self._watches:
                stream.nudge()

    def _tell_watches(self, office_id: int) -> None:
        for stream, offices in self._watches.items():
            if office_id in offices:
                stream.put(b"data: changed\n\n")

    def _wake(self, office_id: int) -> None:
        self._tell_watches(office_id)
        show = self._shows.get(office_id)
        if show is not None:
            show.stale.set()

    async def _read(self, office_id: int, show: _Show) -> None:
        while True:
            await show.stale.wait()
            show.stale.clear()
            try:
                board = await reads.board(self._pool, office_id, self._clock.now())
            except Exception as error:  # whatever it was, the board lives on and tries again
                log.warning("board not read", office=office_id, error=told(error))
                await asyncio.sleep(GLANCE)
                show.stale.set()
                continue
            if board["version"] != show.version:
                show.version = board["version"]
                show.board = board
                show.pulse_at = asyncio.get_running_loop().time()
                show.chunk = b"id: %d\ndata: %b\n\n" % (
                    board["version"],
                    msgspec.json.encode(board),
                )
                for stream in show.streams:
                    stream.put(show.chunk)
            await asyncio.sleep(BREATH)
