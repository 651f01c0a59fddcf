"""The jobs of a service: which kinds there are, and the function that does one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from shared.contracts.ids import JobId
from shared.runtime.clock import Clock
from shared.runtime.database import Database
from shared.runtime.statements import Connection, Executor, Query, Statement

_HELD = Query("hold_job", "SELECT id FROM jobs WHERE id = :id AND fence = :fence FOR UPDATE", str, hot=True)
_END = Statement("end_job", "DELETE FROM jobs WHERE id = :id")
_AGAIN = Statement(
    "do_job_again",
    """
UPDATE jobs SET due_at = :due_at, leased = false, tries = 0, error = NULL,
    done = coalesce(:done, done), total = coalesce(:total, total)
WHERE id = :id
""",
)
_NEXT_TIME = Statement(
    "do_job_next_time",
    """
UPDATE jobs SET due_at = :due_at, leased = false, tries = 0, error = NULL, done = NULL, total = NULL WHERE id = :id
""",
)
_PROGRESS = Statement("keep_progress", "UPDATE jobs SET done = :done, total = :total WHERE id = :id")


class LeaseLost(Exception):
    """The job was cancelled, or its lease ran out and another worker has it. Nothing may be written for it."""


class Priority(IntEnum):
    """Which jobs go first. One that is due waits for those of a lower number, whatever its age."""

    URGENT = 0
    """A person waits for it."""
    NORMAL = 1
    BULK = 2
    """Nobody looks at the clock."""
    SPARE = 3
    """Only where nothing else is due."""


@dataclass(frozen=True)
class Job:
    """One piece of work. `done` of `total` is its progress, in whatever the kind counts."""

    id: JobId
    kind: str
    key: str | None
    payload: dict[str, Any]
    tries: int
    fence: int
    done: int | None
    total: int | None
    created_at: datetime


@dataclass(frozen=True)
class Again:
    """Returned by a function whose job is not over: it is done again, after a while, with its tries forgotten.

    The steps of one job take turns with other jobs that are due.
    """

    after: timedelta = timedelta(0)
    done: int | None = None
    total: int | None = None


@dataclass
class Work:
    """A leased job in the hands of a worker. `service` is the one that runs it, with all that it holds open."""

    job: Job
    database: Database
    clock: Clock
    service: Any = None

    @asynccontextmanager
    async def direct(self) -> AsyncIterator[Connection]:
        """A transaction on an asyncpg connection, after which the job goes on unless it is ended in it.

        Raises `LeaseLost` before anything is written.
        """
        async with self.database.direct() as connection:
            await self._hold(connection)
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """The same with a session. Raises `LeaseLost` before anything is written."""
        async with self.database.transaction() as session:
            await self._hold(session)
            yield session

    @asynccontextmanager
    async def effect(self) -> AsyncIterator[AsyncSession]:
        """A transaction that ends the job together with its effect: both, or neither. Raises `LeaseLost`."""
        async with self.transaction() as session:
            yield session
            await self.end(session)

    async def end(self, connection: Executor) -> None:
        """In a transaction of this job: it is over."""
        await _END.run(connection, id=self.job.id)

    async def again(self, connection: Executor, step: Again) -> None:
        """In a transaction of this job: it goes on later, in whoever's hands."""
        due_at = self.clock.now() + step.after
        await _AGAIN.run(connection, id=self.job.id, due_at=due_at, done=step.done, total=step.total)

    async def next_time(self, connection: Executor, after: timedelta) -> None:
        """In a transaction of this job, which is done again and again: this time is over, and so is its progress."""
        await _NEXT_TIME.run(connection, id=self.job.id, due_at=self.clock.now() + after)

    async def progress(self, done: int, total: int) -> None:
        """Say how far it is, and hold it."""
        async with self.direct() as connection:
            await _PROGRESS.run(connection, id=self.job.id, done=done, total=total)

    async def _hold(self, connection: Executor) -> None:
        if await _HELD.first(connection, id=self.job.id, fence=self.job.fence) is None:
            raise LeaseLost(self.job.id)


Step = Callable[[AsyncSession, Work], Awaitable[Again | None]]
"""Does a job, or the next part of it, in one transaction with its end."""
Outside = Callable[[Work], Awaitable[None]]
"""Does a job in transactions of its own choice: the last one ends it, or has it done again."""


@dataclass(frozen=True)
class Kind:
    """A kind of job, as a service declares it."""

    name: str
    work: Outside
    tries: int
    priority: Priority
    lease: timedelta
    every: timedelta | None = None
    """Between the end of one time and the next, where it is done again and again."""


_TRIES = 8
NEVER = 2**31 - 1
"""Tries of what is done again and again: it is never dead."""


@dataclass
class Jobs:
    """The kinds of jobs of one service. `at_once` bounds how many of a kind one process does at a time; 0: none."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    at_once: dict[str, int] = field(default_factory=dict)

    def step(
        self,
        kind: str,
        *,
        tries: int | None = None,
        priority: Priority = Priority.NORMAL,
        lease_seconds: float = 15,
        every_seconds: float | None = None,
    ) -> Callable[[Step], Step]:
        """Do a job of this kind in one transaction, at whose end it is over, or is due again where `Again` is returned.

        Args:
            kind: the kind's name, for ever: rows have it.
            tries: after so many failures in a row the job is dead; 8 where nothing is said.
            priority: which jobs go first.
            lease_seconds: after so long another worker takes it from one that is silent.
            every_seconds: where it is done again and again, by one process at a time, so long after it was done last
                and a look of the worker more. Nobody asks for it, and its failures are tried again for ever.

        Raises `ValueError` where both tries and the interval are given.
        """
        every = None if every_seconds is None else timedelta(seconds=every_seconds)

        def add(step: Step) -> Step:
            async def work(held: Work) -> None:
                async with held.transaction() as session:
                    again = await step(session, held)
                    if again is not None:
                        await held.again(session, again)
                    elif every is not None:
                        await held.next_time(session, every)
                    else:
                        await held.end(session)

            self._declare(kind, work, tries, priority, lease_seconds, every)
            return step

        return add

    def outside(
        self,
        kind: str,
        *,
        tries: int | None = None,
        priority: Priority = Priority.NORMAL,
        lease_seconds: float = 15,
        every_seconds: float | None = None,
    ) -> Callable[[Outside], Outside]:
        """Do a job of this kind in transactions of the function's own. The arguments are those of `step`.

        It ends itself, unless it is done again and again. Killed between a call to elsewhere and `Work.effect`, it is
        done once more: the call has to bear that.
        """
        every = None if every_seconds is None else timedelta(seconds=every_seconds)

        def add(work: Outside) -> Outside:
            async def and_next_time(held: Work) -> None:
                await work(held)
                if every is not None:
                    async with held.direct() as connection:
                        await held.next_time(connection, every)

            self._declare(kind, and_next_time, tries, priority, lease_seconds, every)
            return work

        return add

    def _declare(
        self,
        name: str,
        work: Outside,
        tries: int | None,
        priority: Priority,
        lease_seconds: float,
        every: timedelta | None,
    ) -> None:
        if every is not None and tries is not None:
            raise ValueError(f"{name} is done again and again: its tries have no end")
        lease = timedelta(seconds=lease_seconds)
        self.kinds[name] = Kind(name, work, (tries or _TRIES) if every is None else NEVER, priority, lease, every)
