"""The real service as a process of its own, for tests that kill it, count it or talk HTTP to it."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from queue_service.processes import listen


def free_port() -> int:
    with listen("127.0.0.1", 0) as found:
        return found.getsockname()[1]


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    url: str

    async def ended(self, within: float = 60) -> int:
        async with asyncio.timeout(within):
            while (status := self.process.poll()) is None:
                await asyncio.sleep(0.02)
        return status

    def send(self, sign: signal.Signals) -> None:
        self.process.send_signal(sign)


def start(
    folder: Path, environment: Mapping[str, str], arguments: Sequence[str]
) -> subprocess.Popen[bytes]:
    usual = {
        "DATA_DIR": str(folder),
        "TICKET_SECRET": "for tests only, for tests only, for tests only",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "queue_service", *arguments],
        env={**os.environ, **usual, **environment},
        cwd=folder,
        stdin=subprocess.DEVNULL,
    )


@contextlib.asynccontextmanager
async def running(
    folder: Path, environment: Mapping[str, str], *arguments: str
) -> AsyncGenerator[Running, None]:
    """`queue-service ARGUMENTS`, answering; stopped by force if the test did not stop it."""
    port = environment.get("PORT") or str(free_port())
    process = start(folder, {"PORT": port, **environment}, arguments)
    try:
        service = Running(process, f"http://127.0.0.1:{port}")
        await answering(service)
        yield service
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def answering(service: Running, within: float = 90) -> None:
    async with asyncio.timeout(within), httpx2.AsyncClient() as client:
        while True:
            assert service.process.poll() is None, "the service ended while it started"
            with contextlib.suppress(httpx2.HTTPError):
                if (await client.get(f"{service.url}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)


def lives(pid: int) -> bool:
    """Whether there is such a process, and not only its empty shell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    """The processes this one started that still live."""
    said = subprocess.run(
        ["ps", "--ppid", str(pid), "-o", "pid=,stat="], capture_output=True, text=True, check=False
    )
    rows: list[list[Any]] = [line.split() for line in said.stdout.splitlines()]
    return [int(row[0]) for row in rows if not row[1].startswith("Z")]
