"""A file on its way in: read as it comes, and durable in batches before the upload is answered.

No transaction stays open while a caller sends: batches are written in short ones under an import that nobody sees yet,
and the last one makes it visible. What a broken upload leaves behind is cleared away, by the upload itself or later.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from services.intake.imports.errors import ImportEmpty, ImportGone, TooManyImports
from services.intake.imports.layout import Layout
from services.intake.imports.progress import ask
from services.intake.imports.reader import Reader
from services.intake.reports.sender import Sender
from shared.contracts.ids import ImportId
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.errors import TooLarge
from shared.runtime.ids import new_id

_WRITTEN_AT_ONCE = 1_048_576
_WRITTEN_AFTER = timedelta(seconds=30)

# Two uploads that begin together are counted one after the other.
_ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtextextended('imports ' || $1, 0))"
_AT_WORK = "SELECT count(*) FROM imports WHERE account_id = $1 AND state IN ('receiving', 'filing')"
_BEGIN = """
INSERT INTO imports (id, account_id, client_id, account_kind, trusted_flagger, state, columns, defaults, created_at,
                     advanced_at)
VALUES ($1, $2, $3, $4, $5, 'receiving', '{}', $6, $7, $7)
"""
# The commit that makes the import visible brings these to the disk with it.
_SOON = "SET LOCAL synchronous_commit TO off"
_STILL_THERE = "UPDATE imports SET advanced_at = $2 WHERE id = $1 AND state = 'receiving' RETURNING id"
_READY = """
UPDATE imports SET state = 'filing', columns = $2, rows_seen = $3, batches = $4, advanced_at = $5
WHERE id = $1 AND state = 'receiving' RETURNING *
"""
_FORGET = "DELETE FROM imports WHERE id = $1 AND state = 'receiving'"


@dataclass(frozen=True)
class Limits:
    """How much one import may hold, and how many an account may have at work."""

    size: int
    at_work: int


@dataclass
class Upload:
    """One file that is coming in."""

    database: Database
    clock: Clock
    reader: Reader
    limits: Limits
    digest: Any
    """Takes in what comes, as `hashlib`'s do."""
    import_id: ImportId = field(default_factory=lambda: new_id(ImportId))
    _batches: int = 0
    _waiting: list[bytes] = field(default_factory=list)
    _length: int = 0
    _size: int = 0
    _written_at: datetime | None = None

    async def begin(self, sender: Sender, defaults: Mapping[str, Any]) -> None:
        """Raises `TooManyImports`."""
        self._written_at = now = self.clock.now()
        async with self.database.direct() as connection:
            await connection.execute(_ONE_BY_ONE, sender.account_id)
            if await connection.fetchval(_AT_WORK, sender.account_id) >= self.limits.at_work:
                raise TooManyImports(
                    f"An account has {self.limits.at_work} imports at work at most; let one end first."
                )
            await connection.execute(
                _BEGIN, self.import_id, sender.account_id, sender.client_id, sender.kind.value, sender.trusted_flagger,
                dict(defaults), now,
            )  # fmt: skip

    async def take(self, pieces: AsyncIterator[bytes]) -> None:
        """Everything that comes. Raises one of the errors of `refused`, or `TooLarge`."""
        async for piece in pieces:
            self._size += len(piece)
            if self._size > self.limits.size:
                raise TooLarge(f"The limit here is {self.limits.size} bytes; more came.")
            self.digest.update(piece)
            await self._keep(self.reader.feed(piece))
        if not self._size:
            raise ImportEmpty
        await self._keep(self.reader.feed(b"", last=True))

    async def ready(self, connection: Any) -> Any:
        """In the transaction of the answer: all of it is here, and can be filed. The import's row."""
        await self._write(connection)
        row = await connection.fetchrow(
            _READY, self.import_id, self._layout.as_json(), self.reader.rows, self._batches, self.clock.now()
        )
        if row is None:
            raise ImportGone
        await ask(connection, row, now=self.clock.now())
        return row

    async def forget(self) -> None:
        """Leave nothing of it."""
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            async with self.database.direct() as connection:
                await connection.execute(_FORGET, self.import_id)

    @property
    def _layout(self) -> Layout:
        if self.reader.layout is None:
            raise ImportEmpty
        return self.reader.layout

    async def _keep(self, batches: Any) -> None:
        for content in batches:
            self._waiting.append(content)
            self._length += len(content)
        now = self.clock.now()
        if self._length >= _WRITTEN_AT_ONCE or (self._written_at and now - self._written_at > _WRITTEN_AFTER):
            self._written_at = now
            async with self.database.direct() as connection:
                await connection.execute(_SOON)
                if await connection.fetchval(_STILL_THERE, self.import_id, now) is None:
                    raise ImportGone
                await self._write(connection)

    async def _write(self, connection: Any) -> None:
        rows = [(self.import_id, self._batches + place, content) for place, content in enumerate(self._waiting)]
        columns = ["import_id", "number", "content"]
        await connection.copy_records_to_table("import_batches", records=rows, columns=columns)
        self._batches += len(rows)
        self._waiting, self._length = [], 0
