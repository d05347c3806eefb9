"""A thousand boards on one process: how long until the last has a call, and what it costs."""

import asyncio
import statistics
import time

from queue_service import commands, db, reads
from tests.devices import token_for, walk_in
from tests.offices import ALWAYS, Office, make_office

BOARDS = 1000
CALLS = 20
ADDRESSES = 250  # loopback addresses the boards come from: streams are limited per address


class Board:
    """An open stream, read as a TV does; knows when it last heard of a change."""

    def __init__(self) -> None:
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def open(self, port: int, slug: str, address: str) -> None:
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", port, limit=1 << 20, local_addr=(address, 0)
        )
        path = f"/api/v1/offices/{slug}/board/stream"
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        await self.hears('"version"')

    async def hears(self, text: str) -> float:
        """When a word of the service first held that text."""
        assert self.reader is not None
        while True:
            chunk = await self.reader.readuntil(b"\n\n")
            if text.encode() in chunk:
                return time.perf_counter()

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


async def measure(url: str, database: db.Database) -> tuple[list[float], float]:
    """Seconds from a call's sending until the last board has it, each; and one read's."""
    port = int(url.rpartition(":")[2])
    async with db.connect(database.app_url) as pool:
        clock = db.Clock()
        await clock.measure(pool)
        office = await make_office(pool, area_cap=500, counter_cap=50, hours=ALWAYS)
        token = await token_for(pool, office, "clerk")
        await fill(pool, office, clock)
        boards = [Board() for _ in range(BOARDS)]
        try:
            for first in range(0, BOARDS, 100):
                await asyncio.gather(
                    *(
                        board.open(port, office.slug, f"127.0.1.{1 + (first + n) % ADDRESSES}")
                        for n, board in enumerate(boards[first : first + 100])
                    )
                )
            took = [await one_call(port, office, token, boards, n) for n in range(1, CALLS + 1)]
            read = await one_read(pool, office, clock)
        finally:
            for board in boards:
                board.close()
    return took, read


async def fill(pool: db.Pool, office: Office, clock: db.Clock) -> None:
    for _ in range(CALLS + 5):
        await walk_in(pool, office, clock.now())
    await commands.open_counter(pool, office.office_id, clock.now(), "bench", None, "1")


async def one_call(port: int, office: Office, token: str, boards: list[Board], n: int) -> float:
    number = f'"state":"called","number":"A{n:03}"'
    waiting = [asyncio.create_task(board.hears(number)) for board in boards]
    await asyncio.sleep(0.3)  # as in an office: one call, then quiet
    begin = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST /api/v1/offices/{office.slug}/counters/1/call-next HTTP/1.1\r\nHost: bench\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        "Connection: close\r\nContent-Length: 2\r\n\r\n{}".encode()
    )
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200"), answer[:300]
    writer.close()
    return max(await asyncio.gather(*waiting)) - begin


async def one_read(pool: db.Pool, office: Office, clock: db.Clock) -> float:
    took: list[float] = []
    for _ in range(CALLS):
        begin = time.perf_counter()
        await reads.board(pool, office.office_id, clock.now())
        took.append(time.perf_counter() - begin)
    return statistics.median(took)


def report(took: list[float], read: float) -> None:
    ordered = sorted(took)
    print(
        f"{f'{BOARDS} boards, the last has a call':<36} {1000 * statistics.median(took):>8.0f} ms"
        f"          worst of {len(took)}: {1000 * ordered[-1]:.0f} ms"
        f"   one read of the office {1000 * read:.1f} ms",
        flush=True,
    )
