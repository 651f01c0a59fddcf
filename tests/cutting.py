"""A proxy before PostgreSQL that counts protocol messages, and cuts the connection at one of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

_HEAD = 5
"""A message of PostgreSQL's protocol 3: a byte that names its type, and four for its length."""

_ASKS_FOR_TLS = (80877103).to_bytes(4, "big")


@dataclass
class Cutter:
    """Lets messages through. Once armed, it cuts everything at the n-th that goes the way it is told."""

    url: str
    to_server: bool = True
    left: int | None = None
    was_cut: bool = False
    _pipes: set[asyncio.StreamWriter] = field(default_factory=set)

    def arm(self, number: int, *, to_server: bool) -> None:
        """Cut at the n-th message from now on, counted from 1, before it arrives."""
        self.left, self.to_server, self.was_cut = number, to_server, False

    def disarm(self) -> None:
        self.left = None

    def passes(self, *, to_server: bool) -> bool:
        """Whether one more message may pass."""
        if self.left is None or to_server is not self.to_server:
            return True
        self.left -= 1
        if self.left > 0:
            return True
        self.left, self.was_cut = None, True
        for writer in self._pipes:
            writer.transport.abort()
        return False

    async def pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, to_server: bool, first: bytes = b""
    ) -> None:
        self._pipes.add(writer)
        try:
            if to_server:
                writer.write(first)
            while True:
                head = await reader.readexactly(_HEAD)
                body = await reader.readexactly(int.from_bytes(head[1:], "big") - 4)
                if not self.passes(to_server=to_server):
                    return
                writer.write(head + body)
                await writer.drain()
        finally:
            self._pipes.discard(writer)
            writer.transport.abort()


async def _startup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """The message that begins a connection, which has no type; whoever asks for TLS before is told of none."""
    while True:
        length = await reader.readexactly(4)
        body = await reader.readexactly(int.from_bytes(length, "big") - 4)
        if body != _ASKS_FOR_TLS:
            return length + body
        writer.write(b"N")


@asynccontextmanager
async def cutter(database_url: str) -> AsyncIterator[Cutter]:
    """A proxy before the server of this address; `url` is where it listens."""
    parts = urlsplit(database_url)
    running: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(parts.hostname, parts.port)
        first = await _startup(reader, writer)
        pumps = (
            asyncio.create_task(found.pump(reader, server_writer, to_server=True, first=first)),
            asyncio.create_task(found.pump(server_reader, writer, to_server=False)),
        )
        running.update(pumps)
        for one in pumps:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await one
            running.discard(one)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    role = "".join(parts.netloc.rpartition("@")[:2])
    port = server.sockets[0].getsockname()[1]
    found = Cutter(urlunsplit((parts.scheme, f"{role}127.0.0.1:{port}", parts.path, parts.query, "")))
    try:
        yield found
    finally:
        server.close()
        for one in list(running):
            one.cancel()
