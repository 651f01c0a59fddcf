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

from services.intake.imports import statements
from services.intake.imports.errors import ImportEmpty, ImportGone, TooManyImports
from services.intake.imports.layout import Layout
from services.intake.imports.progress import ask
from services.intake.imports.reader import Reader
from services.intake.imports.statements import StoredImport
from services.intake.reports.sender import Sender
from shared.contracts.ids import ImportId
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.errors import TooLarge
from shared.runtime.ids import new_id
from shared.runtime.locks import Lock
from shared.runtime.statements import Connection

_WRITTEN_AT_ONCE = 1_048_576
_WRITTEN_AFTER = timedelta(seconds=30)

# The commit that makes the import visible brings these to the disk with it.
_SOON = "SET LOCAL synchronous_commit TO off"


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
            await Lock.IMPORTS_OF_ACCOUNT.take(connection, sender.account_id)
            if await statements.COUNT_AT_WORK.one(connection, account_id=sender.account_id) >= self.limits.at_work:
                raise TooManyImports(
                    f"An account has {self.limits.at_work} imports at work at most; let one end first."
                )
            await statements.ADD_IMPORT.run(
                connection, id=self.import_id, account_id=sender.account_id, client_id=sender.client_id,
                account_kind=sender.kind.value, trusted_flagger=sender.trusted_flagger, defaults=dict(defaults),
                now=now,
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

    async def ready(self, connection: Connection) -> StoredImport:
        """In the transaction of the answer: all of it is here, and can be filed. The import's row."""
        await self._write(connection)
        row = await statements.BEGIN_FILING.first(
            connection,
            id=self.import_id,
            columns=self._layout.as_json(),
            rows=self.reader.rows,
            batches=self._batches,
            now=self.clock.now(),
        )
        if row is None:
            raise ImportGone
        await ask(connection, row.id, row.batches, now=self.clock.now())
        return row

    async def forget(self) -> None:
        """Leave nothing of it."""
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            async with self.database.direct() as connection:
                await statements.FORGET_IMPORT.run(connection, id=self.import_id)

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
                if not await statements.KEEP_RECEIVING.run(connection, id=self.import_id, now=now):
                    raise ImportGone
                await self._write(connection)

    async def _write(self, connection: Connection) -> None:
        rows = [(self.import_id, self._batches + place, content) for place, content in enumerate(self._waiting)]
        columns = ["import_id", "number", "content"]
        await connection.copy_records_to_table("import_batches", records=rows, columns=columns)
        self._batches += len(rows)
        self._waiting, self._length = [], 0
