"""A wire between a process and PostgreSQL that breaks at the worst moment: the commit is done, its answer is lost."""

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from exchange.embedded.local import LOOPBACK

COMMIT: Final = b"COMMIT\x00"
COMMITTED: Final = b"C\x00\x00\x00\x0bCOMMIT\x00"
CHUNK_BYTES: Final = 65_536


class Wire:
    """Forwards connections and cuts some of them between COMMIT and its answer; `share` is the share of commits."""

    def __init__(self, target: str, rng: random.Random) -> None:
        parts = urlsplit(target)
        self._host, self._port = parts.hostname or LOOPBACK, parts.port or 5432
        self._rng = rng
        self.share = 0.0
        self.cuts = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways, until either side ends it or it is cut."""
        back, forth = await asyncio.open_connection(self._host, self._port)
        cut = asyncio.Event()
        ways = [
            asyncio.create_task(self._forth(reader, forth, cut)),
            asyncio.create_task(self._back(back, writer, cut)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, forth):
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()

    async def _forth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            if COMMIT in chunk and self._rng.random() < self.share:
                cut.set()
            writer.write(chunk)
            await writer.drain()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            if cut.is_set() and COMMITTED in chunk:
                self.cuts += 1
                return
            writer.write(chunk)
            await writer.drain()


@asynccontextmanager
async def wire(url: str, rng: random.Random) -> AsyncGenerator[tuple[Wire, str]]:
    """A wire to the database, whole until its share of cuts is set, and the url that leads through it."""
    made = Wire(url, rng)
    server = await asyncio.start_server(made.carry, LOOPBACK, 0)
    port = server.sockets[0].getsockname()[1]
    parts = urlsplit(url)
    try:
        yield made, parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{port}")).geturl()
    finally:
        server.close()
        await server.wait_closed()
