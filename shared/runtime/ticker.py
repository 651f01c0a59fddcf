"""The ticker: what is due is done, once, by whichever replica takes the row first.

Everywhere else a thing is locked before its timer is set, so the ticker locks in that order too (docs/lock-order.md):
it looks for what is due without a lock, locks the thing that the kind names, and only then takes the timer.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from prometheus_client import Counter
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.loops import forever
from shared.runtime.retrying import until_through
from shared.runtime.statements import Query, Statement
from shared.runtime.timers import Timer

_log = logging.getLogger(__name__)
_failures = Counter("marque_timer_failures", "Timers whose work failed and is tried again", ["kind"])
_PAUSE_SECONDS = 0.25
_LONGEST_BACK_OFF = 600.0

Due = Callable[[AsyncSession, Timer, datetime], Awaitable[None]]
Sweep = Callable[[AsyncSession, datetime], Awaitable[None]]


class DueTimer(NamedTuple):
    """A timer that is due."""

    kind: str
    subject: str


class TakenTimer(NamedTuple):
    """A timer whose time has come, taken out of the table."""

    kind: str
    subject: str
    due_at: datetime
    payload: Any
    tries: int


_DUE = Query(
    "next_timer",
    """
SELECT kind, subject FROM timers WHERE due_at <= :now AND kind = ANY(:kinds::text[]) ORDER BY due_at LIMIT 1
""",
    DueTimer,
    hot=True,
)
_TAKE = Query(
    "take_timer",
    """
DELETE FROM timers WHERE kind = :kind AND subject = :subject AND due_at <= :now
RETURNING kind, subject, due_at, payload, tries
""",
    TakenTimer,
)
_BACK_OFF = Statement(
    "back_off_timer",
    """
UPDATE timers SET due_at = :due_at, tries = tries + 1, error = :error WHERE kind = :kind AND subject = :subject
""",
)


@dataclass
class _Every:
    seconds: float
    sweep: Sweep
    next_at: datetime | None = None


@dataclass
class Ticker:
    """A service's clocks: what happens when a timer is due, and what is swept now and then."""

    kinds: dict[str, Due] = field(default_factory=dict)
    locks: dict[str, Query[str]] = field(default_factory=dict)
    sweeps: list[_Every] = field(default_factory=list)

    def on(self, kind: str, *, of: str | None = None) -> Callable[[Due], Due]:
        """Do this when a timer of this kind is due. The row is gone in the same transaction; it may be set again.

        Args:
            kind: the timer's.
            of: the table and the column of the thing that its subject names, such as `rights.id`: locked before the
                timer. Without it the timer is locked first, as it is by all others who set one of this kind.
        """

        def add(due: Due) -> Due:
            self.kinds[kind] = due
            if of is not None:
                table, _, column = of.partition(".")
                self.locks[kind] = Query(
                    f"lock_{table}", f"SELECT {column} FROM {table} WHERE {column} = :subject FOR UPDATE", str
                )
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
                await until_through(partial(self._sweep, every, database, now), boundary="sweep")
        return done

    async def _sweep(self, every: _Every, database: Database, now: datetime) -> None:
        async with database.transaction() as session:
            await every.sweep(session, now)

    async def _one(self, database: Database, now: datetime) -> bool:
        timer: Timer | None = None

        async def strike() -> bool:
            nonlocal timer
            async with database.transaction() as session:
                due = await _DUE.first(session, now=now, kinds=list(self.kinds))
                if due is None:
                    return False
                if due.kind in self.locks:
                    await self.locks[due.kind].first(session, subject=due.subject)
                row = await _TAKE.first(session, kind=due.kind, subject=due.subject, now=now)
                if row is not None:  # nobody was faster, or has set it anew
                    timer = Timer(*row)
                    await self.kinds[timer.kind](session, timer, now)
            return True

        try:
            return await until_through(strike, boundary="timer")
        except Exception as error:
            if timer is None:
                raise
            await self._back_off(database, timer, error, now)
        return True

    async def _back_off(self, database: Database, timer: Timer, error: Exception, now: datetime) -> None:
        _failures.labels(timer.kind).inc()
        _log.exception("the timer %s of %s failed and is tried again", timer.kind, timer.subject)
        later = now + timedelta(seconds=min(2.0 ** min(timer.tries, 10), _LONGEST_BACK_OFF))
        values = {
            "kind": timer.kind,
            "subject": timer.subject,
            "due_at": later,
            "error": f"{type(error).__name__}: {error}"[:4000],
        }
        async with database.transaction() as session:
            await _BACK_OFF.run(session, **values)
