"""A cable that can be cut: TCP through this process, or nothing at all."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator


class Cable:
    def __init__(self, port: int) -> None:
        self._port = port
        self._whole = True
        self._ends: set[asyncio.StreamWriter] = set()
        self.url = ""

    def cut(self) -> None:
        """At once and in the middle of a word; whoever connects meanwhile gets no answer."""
        self._whole = False
        for end in self._ends:
            end.transport.abort()

    def heal(self) -> None:
        self._whole = True

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            if not self._whole:
                return
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port)
            self._ends.add(there_writer)
            try:
                await asyncio.gather(_pour(reader, there_writer), _pour(there_reader, writer))
            finally:
                self._ends.discard(there_writer)
                there_writer.close()
        except OSError:
            pass
        finally:
            self._ends.discard(writer)
            writer.close()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def cable(port: int) -> AsyncGenerator[Cable, None]:
    laid = Cable(port)
    server = await asyncio.start_server(laid.carry, "127.0.0.1", 0)
    laid.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield laid
    finally:
        laid.cut()
        server.close()
