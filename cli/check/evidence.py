"""The evidence of a check: one snapshot of every database, and the events still on their way between them.

The databases cannot be looked at in the very same moment. An event that its reader has not taken in yet explains why
two of them disagree about the things that it names, and so does a thing that was made while the snapshots were taken:
these are in flight, and not wrong. All that comes of events is read in the snapshots in which the events themselves are
read.
"""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from cli.check.platform import NotFoundError, Platform
from cli.check.reading import Row, rows
from shared.contracts.ids import decode_suffix

_ID = re.compile(r"\b[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}\b")
_SKEW = timedelta(seconds=5)
_CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Asked:
    """How strictly to judge, and what else to compare with."""

    quiet: bool = False
    finished: bool = False
    grace: timedelta = timedelta(seconds=60)
    filed: Path | None = None
    received: Path | None = None


@dataclass
class Evidence:
    """The snapshots, and the ids of the things that are in flight."""

    platform: Platform
    asked: Asked
    connections: dict[str, asyncpg.Connection]
    taken_at: datetime
    moving: set[str] = field(default_factory=set)

    def read(self, service: str, statement: str, *values: object) -> AsyncIterator[Row]:
        """Rows of one service's database, some at a time."""
        return rows(self.connections[service], statement, *values)

    def is_moving(self, *ids: str | None) -> bool:
        """Return whether any of these things is named by an event on its way, or was made as the snapshots were taken.

        On a platform that is quiet nothing moves.
        """
        if self.asked.quiet:
            return False
        return any(id_ in self.moving or self._is_new(id_) for id_ in ids if id_)

    def move(self, texts: Iterable[str]) -> None:
        """Take every id in these texts as in flight."""
        for text in texts:
            self.moving.update(_ID.findall(text))

    def _is_new(self, id_: str) -> bool:
        return made_at(id_) >= self.taken_at - _SKEW


def made_at(id_: str) -> datetime:
    """Return when an id was made: a UUIDv7 begins with its milliseconds (RFC 9562, section 5.7)."""
    milliseconds = decode_suffix(id_.rpartition("_")[2]).int >> 80
    return datetime.fromtimestamp(min(milliseconds / 1000, 253402300799), UTC)


@asynccontextmanager
async def look(platform: Platform, asked: Asked) -> AsyncIterator[Evidence]:
    """Take a snapshot of every database, all as nearly as possible at once. Raises `NotFoundError`."""
    async with AsyncExitStack() as stack:
        connections: dict[str, asyncpg.Connection] = {}
        for name, url in platform.urls.items():
            try:
                connections[name] = await asyncpg.connect(url, timeout=_CONNECT_SECONDS)
            except (OSError, TimeoutError, asyncpg.PostgresError) as error:
                raise NotFoundError(
                    f"the database of {name} cannot be read: {type(error).__name__}: {error}"
                ) from error
            stack.push_async_callback(connections[name].close)
        taken_at = datetime.now(UTC)
        for connection in connections.values():
            transaction = connection.transaction(isolation="repeatable_read", readonly=True)
            await transaction.start()
            stack.push_async_callback(transaction.rollback)
        for connection in connections.values():
            await connection.fetchval("SELECT 1")  # the snapshot is taken with the first statement
        yield Evidence(platform, asked, connections, taken_at)
