"""Bodies held until they are whole: in memory while they are small, in a file of no name beyond that.

A service is asked once all of the body is here. Whoever sends slowly keeps a file and no connection to a service.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from gateway.bodies import Body
from gateway.settings import GatewaySettings
from gateway.shares import Allowance, Limits, Party
from shared.runtime.errors import StorageFull

_BLOCK = 262_144
_THREADS = 4


class HeldBody:
    """A body that is here: in `data`, or in a file that ends with it."""

    def __init__(self, data: bytes, file: "_File | None" = None) -> None:
        self.data = data
        self._file = file
        self.size = len(data) if file is None else file.size

    @property
    def in_memory(self) -> bool:
        return self._file is None

    async def whole(self) -> bytes:
        """All of it at once; for endpoints whose limit is small."""
        return self.data if self._file is None else b"".join([block async for block in self._file.blocks()])

    def stream(self) -> AsyncIterator[bytes]:
        """All of it from the file, block by block."""
        if self._file is None:
            raise RuntimeError("the body is in memory")
        return self._file.blocks()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


NO_BODY = HeldBody(b"")


class HeldBodies:
    """Holds bodies for one replica, within what a client, an account and all together may spill."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._memory = settings.body_memory
        self._folder = settings.body_folder
        limits = Limits(settings.spilled_per_client, settings.spilled_per_account, settings.spilled_total)
        self.spilled = Allowance("spilled", "Bytes of bodies are held", limits, unit="content-bytes")
        self.threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="bodies")

    def close(self) -> None:
        self.threads.shutdown(wait=False)

    async def hold(self, body: Body, party: Party) -> HeldBody:
        """Read a body to its end. Raises what refuses it, `TooManyAtOnce`, `Busy` and `StorageFull`."""
        chunks: list[bytes] = []
        size = 0
        while size <= self._memory:
            chunk = await body.next()
            chunks.append(chunk)
            size += len(chunk)
            if body.ended:
                return HeldBody(b"".join(chunks))
            if len(chunks) == 1:
                self._require_room(body.announced or 0, party)
        return await self._spill(body, party, chunks)

    def _require_room(self, announced: int, party: Party) -> None:
        """Refuse at once what cannot be held to its end. Raises `TooManyAtOnce` and `Busy`."""
        if announced > self._memory and not self.spilled.has_room(party, announced):
            raise self.spilled.refusal(party, announced)

    async def _spill(self, body: Body, party: Party, chunks: list[bytes]) -> HeldBody:
        file = _File(self, party)
        try:
            file.open(self._folder)
            await file.write(b"".join(chunks))
            block = bytearray()
            while not body.ended:
                block += await body.next()
                if len(block) >= _BLOCK or body.ended:
                    await file.write(bytes(block))
                    block.clear()
        except BaseException as error:
            file.close()
            if isinstance(error, OSError):
                raise StorageFull("The body could not be held until it was whole. Try again in a moment.") from error
            raise
        return HeldBody(b"", file)


class _File:
    """A file without a name: it is gone when it is closed, however the process ends."""

    def __init__(self, bodies: HeldBodies, party: Party) -> None:
        self._bodies = bodies
        self._party = party
        self._file: IO[bytes] | None = None
        self._closed = False
        self._at_work = 0
        self.size = 0

    def open(self, folder: Path | None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - closed with the body

    async def write(self, block: bytes) -> None:
        self._bodies.spilled.take(self._party, len(block))
        self.size += len(block)
        await self._work(_write_all, block)

    async def blocks(self) -> AsyncIterator[bytes]:
        offset = 0
        while offset < self.size:
            block: bytes = await self._work(_read_at, offset)
            if not block:
                raise OSError("a held body is shorter than it was")
            offset += len(block)
            yield block

    async def _work(self, call: Callable[..., Any], argument: object) -> Any:
        """Do what may wait for a disk in a thread, which goes on with it where the caller has gone."""
        self._at_work += 1
        work = asyncio.get_running_loop().run_in_executor(self._bodies.threads, call, self._file, argument)
        work.add_done_callback(self._worked)
        return await asyncio.shield(work)

    def _worked(self, work: "asyncio.Future[Any]") -> None:
        self._at_work -= 1
        if not work.cancelled():
            work.exception()  # which is the caller's, where there still is one
        if self._closed:
            self._end()

    def close(self) -> None:
        """Give the space back, once no thread works on the file any more."""
        if not self._closed:
            self._closed = True
            self._end()

    def _end(self) -> None:
        if not self._at_work:
            if self._file is not None:
                self._file.close()
            if self.size:
                self._bodies.spilled.give_back(self._party, self.size)


def _write_all(file: IO[bytes], block: bytes) -> None:
    left = memoryview(block)
    while left:
        left = left[file.write(left) :]


def _read_at(file: IO[bytes], offset: int) -> bytes:
    return os.pread(file.fileno(), _BLOCK, offset)
