"""A receipt printer: takes ESC/POS over the network or a device file, and keeps what is on paper.

It understands nothing but what our slips send, so that anything else is seen; its paper is read
back as pictures, and the pictures as a phone would read them.
"""

import os
import pty
import select
import socket
import threading
import time
import tty
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import zxingcpp
from PIL import Image, ImageChops

LENGTHS = {b"\x1b@": 2, b"\x1bd": 3, b"\x1dV": 3, b"\x1dr": 3, b"\x10\x04": 3}


@dataclass
class Printer:
    """`answers` False: one of the cheap ones that never say a word. `ends_after`: rows of paper."""

    address: str = ""
    paper: str = "ok"  # ok, low, out
    cover: str = "closed"
    answers: bool = True
    counts: bool = True  # whether it says when it has printed
    reads: bool = True  # False: accepts the connection and takes nothing
    talks: bool = False  # says its status unasked, between the rows
    ends_after: int | None = None
    seconds_a_slip: float = 0.0
    connections: int = 0
    slips: list[Image.Image] = field(default_factory=list[Image.Image])
    nonsense: list[bytes] = field(default_factory=list[bytes])
    _bands: list[Image.Image] = field(default_factory=list[Image.Image])
    _held: bytes = b""

    def take(self, data: bytes) -> bytes:
        """What it answers to these bytes."""
        self._held += data
        said = b""
        while True:
            command, self._held = self._next(self._held)
            if not command:
                return said
            said += self._do(command)

    def _next(self, held: bytes) -> tuple[bytes, bytes]:
        """The first whole command and the rest. Without paper only the questions are heard."""
        if self.paper == "out" and (at := held.find(b"\x10\x04")) >= 0:
            return held[at : at + 3], held[:at] + held[at + 3 :]
        if self.paper == "out" or len(held) < 2:
            return b"", held
        if held.startswith(b"\x1dv0\x00"):
            length = 8 + _rows(held) * _bytes_a_row(held) if len(held) >= 8 else 8
        else:
            length = LENGTHS.get(held[:2], 1)
        return (held[:length], held[length:]) if len(held) >= length else (b"", held)

    def _do(self, command: bytes) -> bytes:
        match command[:2]:
            case b"\x10\x04":
                return self._status(command[2]) if self.answers else b""
            case b"\x1dr":
                return bytes([0x03 if self.paper == "low" else 0]) if self.counts else b""
            case b"\x1dv":
                return self._raster(command)
            case b"\x1dV":
                time.sleep(self.seconds_a_slip)
                self.slips.append(_stacked(self._bands))
                self._bands = []
            case b"\x1b@" | b"\x1bd":
                pass
            case _:
                self.nonsense.append(command)
        return b""

    def _status(self, which: int) -> bytes:
        if which == 2:
            out, opened = self.paper == "out", self.cover == "open"
            return bytes([0x12 | (0x20 if out else 0) | (0x04 if opened else 0)])
        return bytes([0x12 | {"ok": 0, "low": 0x0C, "out": 0x60}[self.paper]])

    def _raster(self, command: bytes) -> bytes:
        band = Image.frombytes("1", (8 * _bytes_a_row(command), _rows(command)), command[8:])
        self._bands.append(ImageChops.invert(band.convert("L")).convert("1"))
        if self.ends_after is not None and sum(b.height for b in self._bands) >= self.ends_after:
            self.paper = "out"
        return b"\x12" if self.talks else b""


def _bytes_a_row(command: bytes) -> int:
    return int.from_bytes(command[4:6], "little")


def _rows(command: bytes) -> int:
    return int.from_bytes(command[6:8], "little")


def _stacked(bands: list[Image.Image]) -> Image.Image:
    whole = Image.new("1", (max(b.width for b in bands), sum(b.height for b in bands)))
    top = 0
    for band in bands:
        whole.paste(band, (0, top))
        top += band.height
    return whole


def qr_on(slip: Image.Image) -> str:
    [found] = zxingcpp.read_barcodes(slip.convert("L"))
    return found.text


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and one.tobytes() == other.tobytes()


@contextmanager
def network_printer(printer: Printer | None = None) -> Generator[Printer, None]:
    """Takes one connection at a time, as real ones do."""
    printer = printer or Printer()
    over = threading.Event()
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(0.05)
        printer.address = f"tcp://127.0.0.1:{listening.getsockname()[1]}"

        def work() -> None:
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                printer.connections += 1
                with connection:
                    if not printer.reads:
                        over.wait()
                        return
                    _serve(printer, connection.fileno(), over)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield printer
        finally:
            over.set()
            thread.join()
    assert printer.nonsense == []


@contextmanager
def usb_printer(printer: Printer | None = None) -> Generator[Printer, None]:
    """A device file that is read and written, as the kernel's driver for USB printers gives it."""
    printer = printer or Printer()
    over = threading.Event()
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    printer.address = os.ttyname(theirs)
    thread = threading.Thread(target=_serve, args=(printer, ours, over))
    if printer.reads:
        thread.start()
    try:
        yield printer
    finally:
        over.set()
        if printer.reads:
            thread.join()
        os.close(ours)
        os.close(theirs)
    assert printer.nonsense == []


def _serve(printer: Printer, fd: int, over: threading.Event) -> None:
    while not over.is_set():
        ready, _, _ = select.select([fd], [], [], 0.05)
        if not ready:
            continue
        try:
            data = os.read(fd, 4096)
            if not data:
                return
            said = printer.take(data)
            if said:
                os.write(fd, said)
        except OSError:
            return
