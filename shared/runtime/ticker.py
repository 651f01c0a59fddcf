"""The ticker: what is due is done, once, by whichever replica takes the row first."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prometheus_client import Counter
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.loops import forever
from shared.runtime.timers import Timer

_log = logging.getLogger(__name__)
_failures = Counter("marque_timer_failures", "Timers whose work failed and is tried again", ["kind"])
_PAUSE_SECONDS = 0.25
_LONGEST_BACK_OFF = 600.0

Due = Callable[[AsyncSession, Timer, datetime], Awaitable[None]]
Sweep = Callable[[AsyncSession, datetime], Awaitable[None]]

_TAKE = text("""
DELETE FROM timers WHERE (kind, subject) = (
    SELECT kind, subject FROM timers WHERE due_at <= :now AND kind = ANY(CAST(:kinds AS text[]))
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING kind, subject, due_at, payload, tries
""")
_BACK_OFF = text("""
UPDATE timers SET due_at = :due_at, tries = tries + 1, error = :error WHERE kind = :kind AND subject = :subject
""")


@dataclass
class _Every:
    seconds: float
    sweep: Sweep
    next_at: datetime | None = None


@dataclass
class Ticker:
    """A service's clocks: what happens when a timer is due, and what is swept now and then."""

    kinds: dict[str, Due] = field(default_factory=dict)
    sweeps: list[_Every] = field(default_factory=list)

    def on(self, kind: str) -> Callable[[Due], Due]:
        """Do this when a timer of this kind is due. The row is gone in the same transaction; it may be set again."""

        def add(due: Due) -> Due:
            self.kinds[kind] = due
            return due

        return add

    def every(self, seconds: float) -> Callable[[Sweep], Sweep]:
        """Do this again and again, with this many seconds between."""

        def add(sweep: Sweep) -> Sweep:
            self.sweeps.append(_Every(seconds, sweep))
            return sweep

        return add

    async def run(self, database: Database, clock: Clock) -> None:
        """Tick until cancelled."""

        async def step() -> bool:
            await self.tick(database, clock)
            return False

        async def pause() -> None:
            await asyncio.sleep(_PAUSE_SECONDS)

        for every in self.sweeps:
            every.next_at = None
        await forever("ticker", step, pause=pause)

    async def tick(self, database: Database, clock: Clock) -> int:
        """Do all that is due by now; how many timers that were."""
        done = 0
        while self.kinds and await self._one(database, clock.now()):
            done += 1
        for every in self.sweeps:
            now = clock.now()
            if every.next_at is None or now >= every.next_at:
                every.next_at = now + timedelta(seconds=every.seconds)
                async with database.transaction() as session:
                    await every.sweep(session, now)
        return done

    async def _one(self, database: Database, now: datetime) -> bool:
        timer: Timer | None = None
        try:
            async with database.transaction() as session:
                taken = await (await session.connection()).execute(_TAKE, {"now": now, "kinds": list(self.kinds)})
                row = taken.first()
                if row is None:
                    return False
                timer = Timer(row.kind, row.subject, row.due_at, row.payload, row.tries)
                await self.kinds[timer.kind](session, timer, now)
        except Exception as error:
            if timer is None:
                raise
            await self._back_off(database, timer, error, now)
        return True

    async def _back_off(self, database: Database, timer: Timer, error: Exception, now: datetime) -> None:
        _failures.labels(timer.kind).inc()
        _log.exception("the timer %s of %s failed and is tried again", timer.kind, timer.subject)
        later = now + timedelta(seconds=min(2.0**timer.tries, _LONGEST_BACK_OFF))
        values = {
            "kind": timer.kind,
            "subject": timer.subject,
            "due_at": later,
            "error": f"{type(error).__name__}: {error}"[:4000],
        }
        async with database.transaction() as session:
            await (await session.connection()).execute(_BACK_OFF, values)
