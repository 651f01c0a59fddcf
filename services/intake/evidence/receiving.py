"""The evidence room of one process: files are received, looked into, and kept."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO

from libraries.documents.copying import without
from libraries.documents.inspected import CannotKeep
from libraries.documents.inspectors import Inspectors
from services.intake.evidence import records
from services.intake.evidence.errors import REFUSALS
from services.intake.evidence.records import Sent
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.errors import Unavailable
from shared.runtime.objects import Objects

_PIECE = 262_144


class EvidenceRoom:
    """Takes files in. One for each process."""

    def __init__(
        self, database: Database, clock: Clock, objects: Objects, inspectors: Inspectors, *, uploads: int
    ) -> None:
        """Args:
        uploads: files that may be on their way in at once.
        """
        self.objects = objects
        self.writing = asyncio.Semaphore(inspectors.at_once)
        """Held from the look at what is there to its commit, so that slow stores do not take every connection."""
        self._database = database
        self._clock = clock
        self._inspectors = inspectors
        self._uploads = uploads
        self._inside = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for one file, to be taken before it is received. Raises `Unavailable`."""
        if self._inside >= self._uploads:
            raise Unavailable("Too many files are coming in. Try again in a moment.", headers={"Retry-After": "1"})
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def look_into(self, file: BinaryIO, size: int, name: str | None, *, account: str) -> Sent:
        """Return the type and the hash of a file. Raises one of `refused.REFUSALS`."""
        file.seek(0)
        try:
            inspected = await self._inspectors.inspect(file, size, account=account)
        except CannotKeep as problem:
            raise REFUSALS[problem.reason](problem.detail or None) from None
        sha256 = await _sha256(_pieces(file))
        shared = await _sha256(without(_pieces(file), inspected.edits)) if inspected.edits else sha256
        sent = Sent(file, sha256, shared, size, name, inspected)
        await records.announce(self._database, sent, now=self._clock.now())
        return sent

    async def tidy(self, *, unused_for: timedelta) -> bool:
        """Let go of what nothing refers to. Whether there may be more."""
        return await records.tidy(self._database, self.objects, unused_for=unused_for, now=self._clock.now())


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    file.seek(0)
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece


async def _sha256(pieces: AsyncIterator[bytes]) -> str:
    digest = hashlib.sha256()
    async for piece in pieces:
        await asyncio.to_thread(digest.update, piece)
    return digest.hexdigest()
