"""Gets a drawn slip into a receipt printer, within seconds, and says whether it came out.

Four commands of ESC/POS are all it takes: the raster, the cut, and two questions. A printer that
answers the questions is asked before (is there paper?) and after (has it printed?); of one that
never answers, nothing better is known than that it took everything.
"""

import errno
import os
import select
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image, ImageChops

PORT = 9100
SECONDS = 6.0  # for all of it: somebody stands there and waits
LOOK_SECONDS = 3.0
CONNECT_SECONDS = 2.0
BUSY_SECONDS = 2.0  # it takes one of us at a time, and a look between slips is soon over
ANSWER_SECONDS = 0.6
BAND = 256  # rows sent as one picture: cheap printers keep little in memory

# Each question with the bits by which its answer is known: a picture may hold by chance what asks
# the first two, and some cables send back what they get.
Question = tuple[bytes, int, int]
WHY_OFFLINE: Question = (b"\x10\x04\x02", 0x93, 0x12)  # answered at once
PAPER: Question = (b"\x10\x04\x04", 0x93, 0x12)
PRINTED_SO_FAR: Question = (b"\x1dr\x01", 0x90, 0x00)  # in turn: what came before is on paper
INIT = b"\x1b@"
FEED_AND_CUT = b"\x1bd\x06\x1dV\x00"


@dataclass(frozen=True, slots=True)
class Outcome:
    """No `problem`: the slip came out. `paper` is ok, low, out, or None: the printer is silent."""

    problem: str = ""
    paper: str | None = None


class Trouble(Exception):
    """Its one argument is the problem, a word of `wording.TROUBLES`."""


def deliver(address: str, image: Image.Image, file: Path, seconds: float = SECONDS) -> Outcome:
    """Prints, or says why not. `file` is where the printer `file` puts its latest slip."""
    data = encode(image)
    try:
        if address == "file":
            return _write(file, data)
        with _opened(address, time.monotonic() + seconds) as port:
            return _print(port, data)
    except Trouble as trouble:
        return Outcome(str(trouble))


def look(address: str, seconds: float = LOOK_SECONDS) -> Outcome:
    """How a printer is that nobody prints on now; of one that never says, only if it is there."""
    try:
        with _opened(address, time.monotonic() + seconds, patience=0) as port:
            return _look(port)
    except Trouble as trouble:
        return Outcome(str(trouble))


def encode(image: Image.Image) -> bytes:
    """The picture as printers take it: bands of rows, a bit for a dot, black is 1."""
    dots = ImageChops.invert(image.convert("L")).convert("1")
    parts = [INIT]
    for top in range(0, dots.height, BAND):
        band = dots.crop((0, top, dots.width, min(top + BAND, dots.height)))
        size = (band.width // 8).to_bytes(2, "little") + band.height.to_bytes(2, "little")
        parts.append(b"\x1dv0\x00" + size + band.tobytes())
    return b"".join(parts) + FEED_AND_CUT


def _write(path: Path, data: bytes) -> Outcome:
    """For trying out: the latest slip alone is kept, so that no disk fills up."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(data)
        fresh.replace(path)
    except OSError as error:
        raise Trouble("disk_full" if error.errno == errno.ENOSPC else "unreachable") from error
    return Outcome()


def _print(port: "_Port", data: bytes) -> Outcome:
    before = _look(port)
    if before.problem:
        return before
    port.send(data)
    if before.paper is None:
        return before
    printed = port.ask(PRINTED_SO_FAR, max(0.1, port.left() - 3 * ANSWER_SECONDS))
    if printed is not None:
        return Outcome(paper="low" if printed & 0x03 else before.paper)
    # Some answer the one question and not the other; but a printer that stopped says why.
    after = _look(port)
    return Outcome("no_word") if after.paper is None else after


def _look(port: "_Port") -> Outcome:
    why = port.ask(WHY_OFFLINE)
    if why is None:
        return Outcome()
    paper = port.ask(PAPER)
    if why & 0x20 or (paper or 0) & 0x60:
        return Outcome("paper_out", "out")
    state = "low" if (paper or 0) & 0x0C else "ok"
    if why & 0x04:
        return Outcome("cover_open", state)
    return Outcome("not_ready" if why & 0x40 else "", state)


class _Port:
    """A connection that neither writes nor waits beyond its end."""

    def __init__(self, fd: int, ends: float) -> None:
        self._fd, self._ends = fd, ends

    def send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            _, ready, _ = select.select([], [self._fd], [], self.left())
            if not ready:
                raise Trouble("stuck")
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                time.sleep(0.02)  # ready, and yet not: some device drivers say so
            except OSError as error:
                # A USB printer's driver says of a printer without paper that there is no space.
                gone = "paper_out" if error.errno == errno.ENOSPC else "unreachable"
                raise Trouble(gone) from error

    def ask(self, question: Question, seconds: float = ANSWER_SECONDS) -> int | None:
        """The byte that answers, or None: it does not answer."""
        words, mask, form = question
        self.drain()
        self.send(words)
        ends = time.monotonic() + min(seconds, self.left())
        while (left := ends - time.monotonic()) > 0:
            for byte in self._read(left):
                if byte & mask == form:
                    return byte
        return None

    def drain(self) -> None:
        """What was said without being asked, or too late."""
        while self._read(0):
            pass

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._fd], [], [], seconds)
        try:
            return os.read(self._fd, 64) if ready else b""
        except OSError:
            return b""

    def left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Trouble("stuck")
        return left


@contextmanager
def _opened(address: str, ends: float, patience: float = BUSY_SECONDS) -> Generator[_Port]:
    fd = _open(address, min(ends, time.monotonic() + patience))
    port = _Port(fd, ends)
    try:
        yield port
    finally:
        port.drain()  # a connection closed over unread words is torn down, and the slip with it
        os.close(fd)


def _open(address: str, ends: float) -> int:
    while True:
        try:
            return _connect(address)
        except (OSError, ValueError) as error:
            busy = isinstance(error, OSError) and error.errno in (errno.EBUSY, errno.ECONNREFUSED)
            if not busy or time.monotonic() > ends:
                raise Trouble("unreachable") from error
        time.sleep(0.1)


def _connect(address: str) -> int:
    if address.startswith("/dev/"):
        return os.open(address, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    parts = urlsplit(address)
    where = parts.hostname or "", parts.port or PORT
    connection = socket.create_connection(where, CONNECT_SECONDS)
    # What is written is then soon the printer's, not kept by this machine for later.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    connection.setblocking(False)
    return connection.detach()
