"""Starts, watches and stops processes; when their starter is gone, however, they stop too."""

import asyncio
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, cast

import structlog
from prometheus_client import multiprocess

log = structlog.get_logger()

LIFELINE = "QUEUE_SERVICE_LIFELINE"  # a pipe's end: it closes when the starter is gone
LISTENING = "QUEUE_SERVICE_LISTENING"  # the socket the web processes share
PATIENCE = 8.0  # seconds until who was told to stop is killed
SHORTEST_LIFE = 2.0


class PortTaken(Exception):
    """Somebody listens there already."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Cổng {port} trên {host} đang được dùng; đặt PORT khác / "
            f"port {port} on {host} is taken; set another PORT"
        )


def listen(host: str, port: int, tries: int = 1) -> socket.socket:
    """A listening socket on this port or, with more tries, on one of the next."""
    return _open(host, range(port, port + tries), listening=True)


def bind(host: str, port: int) -> socket.socket:
    """As `listen`, but who knocks is refused until the server is ready to answer.

    A proxy then asks another process at once, and nobody waits for this one to start.
    """
    return _open(host, range(port, port + 1), listening=False)


def _open(host: str, ports: range, *, listening: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in ports:
        opened = socket.socket(family)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((host, port))
            if listening:
                opened.listen(2048)
        except OSError as error:
            opened.close()
            if error.errno != errno.EADDRINUSE:
                raise
            continue
        opened.setblocking(False)
        return opened
    raise PortTaken(host, ports[0])


def inherited_listener() -> socket.socket | None:
    number = os.environ.get(LISTENING)
    return socket.socket(fileno=int(number)) if number else None


def told_to_stop() -> asyncio.Event:
    """Set by SIGINT or SIGTERM, or once the process that started this one has ended."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    when_starter_is_gone(stop.set)
    return stop


def when_starter_is_gone(stop: Callable[[], None]) -> None:
    """Calls stop, in the running loop, once the process that started this one has ended."""
    number = os.environ.get(LIFELINE)
    if not number:
        return
    loop = asyncio.get_running_loop()

    def gone() -> None:
        loop.remove_reader(int(number))
        stop()

    loop.add_reader(int(number), gone)


@dataclass
class _Child:
    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    not_before: float = 0.0
    quick_ends: int = 0


class Family:
    """The processes of one start; one that ends by itself is started again."""

    def __init__(self, listener: socket.socket | None = None, patience: float = PATIENCE) -> None:
        self._listener = listener
        self._patience = patience
        self._children: list[_Child] = []
        self._signals: list[int] = []
        self._lifeline = os.pipe()
        # Where the processes lay their counts together, so that any of them can tell all.
        self._counts = tempfile.mkdtemp(prefix="queue-service-")
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, lambda number, _: self._signals.append(number))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def leaving(self) -> bool:
        return bool(self._signals)

    def add(self, name: str, *arguments: str, **environment: str) -> None:
        child = _Child(name, arguments, environment)
        self._children.append(child)
        self._start(child)

    def look_after(self) -> None:
        for child in self._children:
            self._look_after(child)

    def watch(self) -> None:
        """Until a signal asks to stop."""
        while not self._signals:
            self.look_after()
            time.sleep(0.05)

    def stop(self) -> None:
        """All are told at once and have a few seconds; who does not listen is killed."""
        os.close(self._lifeline[1])
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + self._patience
        for process in running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        os.close(self._lifeline[0])
        shutil.rmtree(self._counts, ignore_errors=True)

    def _start(self, child: _Child) -> None:
        environment = {
            **os.environ,
            **child.environment,
            LIFELINE: str(self._lifeline[0]),
            "PROMETHEUS_MULTIPROC_DIR": self._counts,
        }
        handed = [self._lifeline[0]]
        if self._listener is not None:
            environment[LISTENING] = str(self._listener.fileno())
            handed.append(self._listener.fileno())
        child.started_at = time.monotonic()
        # A session of its own: Ctrl-C reaches the starter alone, which then stops them all.
        child.process = subprocess.Popen(
            [sys.executable, "-m", "queue_service", *child.arguments],
            env=environment,
            pass_fds=handed,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            status = child.process.poll()
            if status is None:
                return
            forget = cast("Callable[[int, str], None]", multiprocess.mark_process_dead)
            forget(child.process.pid, self._counts)
            if status == 2:  # the settings are wrong: again would not help
                self._signals.append(signal.SIGTERM)
                return
            quick = now - child.started_at < SHORTEST_LIFE
            child.quick_ends = child.quick_ends + 1 if quick else 0
            child.not_before = now + min(10.0, 0.2 * 2**child.quick_ends if quick else 0.0)
            child.process = None
            log.warning("process ended, is started again", process=child.name, status=status)
        if now >= child.not_before:
            self._start(child)
