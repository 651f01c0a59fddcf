"""Measures the outbox: how many events wait, for how long, and whether it moves at all.

A long queue that is worked off is load; the same event at its head for many seconds is a standstill.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from prometheus_client import Gauge

from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.loops import forever
from shared.runtime.statements import Query

_waiting = Gauge("marque_outbox_unpublished", "Events that the stream has not acknowledged; counted to 100,000")
_oldest = Gauge("marque_outbox_oldest_unpublished_seconds", "Age of the oldest event that waits; 0 where none does")

_MEASURE_SECONDS = 1.0
_MOST = 100_000


class OldestEvent(NamedTuple):
    """The event that waits longest."""

    event_id: str
    recorded_at: datetime


_HEAD = Query(
    "oldest_unpublished",
    "SELECT event_id, recorded_at FROM outbox WHERE stream_seq IS NULL ORDER BY event_id LIMIT 1",
    OldestEvent,
    hot=True,
)
_COUNT = Query(
    "count_unpublished",
    f"SELECT count(*) FROM (SELECT FROM outbox WHERE stream_seq IS NULL LIMIT {_MOST}) AS waiting",
    int,
    hot=True,
)


@dataclass(frozen=True)
class _Head:
    """The event that waits longest, and when this process saw it there first (`time.monotonic`)."""

    event_id: str
    recorded_at: datetime
    since: float


class Backlog:
    """The events of one service that wait for the stream."""

    def __init__(self, database: Database, clock: Clock, *, standstill_seconds: float) -> None:
        """Args:
        standstill_seconds: how long the same event may be the oldest.
        """
        self._database = database
        self._clock = clock
        self._standstill_seconds = standstill_seconds
        self._head: _Head | None = None
        self._count = 0

    async def run(self) -> None:
        """Measure until cancelled."""

        async def step() -> bool:
            await self.measure()
            return False

        async def pause() -> None:
            await asyncio.sleep(_MEASURE_SECONDS)

        await forever("backlog", step, pause=pause)

    async def measure(self) -> None:
        """Look at the outbox once, and set the gauges."""
        async with self._database.pool.acquire(timeout=5) as connection:
            row = await _HEAD.first(connection)
            self._count = await _COUNT.one(connection) if row is not None else 0
        if row is None:
            self._head = None
        elif self._head is None or self._head.event_id != row.event_id:
            self._head = _Head(row.event_id, row.recorded_at, time.monotonic())
        _waiting.set(self._count)
        _oldest.set(0 if row is None else max(0.0, (self._clock.now() - row.recorded_at).total_seconds()))

    async def trouble(self) -> str | None:
        """Name the standstill, where there is one."""
        if self._head is None or time.monotonic() - self._head.since < self._standstill_seconds:
            return None
        age = (self._clock.now() - self._head.recorded_at).total_seconds()
        return f"{self._count} events wait and none leaves: the oldest for {age:.0f} s"
