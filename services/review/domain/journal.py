"""The events of a turn, in which the requests of many callers share one transaction.

Each event keeps the trace of the request that it came of, and all of them are written by one statement.
"""

from collections.abc import Sequence
from contextvars import Context
from datetime import datetime
from typing import Any

from services.review.tables import SOURCE
from shared.contracts.event import Event
from shared.runtime import outbox


class Journal:
    """Collects events, then writes them."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._columns: tuple[list[str], list[str], list[str], list[str]] = ([], [], [], [])

    def add(self, context: Context, events: Sequence[Event]) -> None:
        """Keep the events of one request, as part of its trace."""
        made = context.run(lambda: outbox.columns(events, source=SOURCE, now=self._now))
        for column, more in zip(self._columns, made, strict=True):
            column.extend(more)

    async def write(self, connection: Any) -> None:
        """Write them, in this connection's transaction."""
        if self._columns[0]:
            await connection.execute(outbox.APPEND, *self._columns, self._now)
            outbox.wake()
