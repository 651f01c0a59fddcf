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
from shared.runtime.database import Database, driver

_HELD = "SELECT FROM jobs WHERE id = $1 AND fence = $2 FOR UPDATE"
_END = "DELETE FROM jobs WHERE id = $1"
_AGAIN = """
UPDATE jobs SET due_at = $2, leased = false, tries = 0, error = NULL,
    done = coalesce($3, done), total = coalesce($4, total)
WHERE id = $1
"""
_PROGRESS = "UPDATE jobs SET done = $2, total = $3 WHERE id = $1"


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
    async def direct(self) -> AsyncIterator[Any]:
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
            await self._hold(await driver(session))
            yield session

    @asynccontextmanager
    async def effect(self) -> AsyncIterator[AsyncSession]:
        """A transaction that ends the job together with its effect: both, or neither. Raises `LeaseLost`."""
        async with self.transaction() as session:
            yield session
            await self.end(await driver(session))

    async def end(self, connection: Any) -> None:
        """In a transaction of this job: it is over."""
        await connection.execute(_END, self.job.id)

    async def again(self, connection: Any, step: Again) -> None:
        """In a transaction of this job: it goes on later, in whoever's hands."""
        await connection.execute(_AGAIN, self.job.id, self.clock.now() + step.after, step.done, step.total)

    async def progress(self, done: int, total: int) -> None:
        """Say how far it is, and hold it."""
        async with self.direct() as connection:
            await connection.execute(_PROGRESS, self.job.id, done, total)

    async def _hold(self, connection: Any) -> None:
        if await connection.fetchrow(_HELD, self.job.id, self.job.fence) is None:
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


@dataclass
class Jobs:
    """The kinds of jobs of one service. `at_once` bounds how many of a kind one process does at a time; 0: none."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    at_once: dict[str, int] = field(default_factory=dict)

    def step(
        self, kind: str, *, tries: int = 8, priority: Priority = Priority.NORMAL, lease_seconds: float = 15
    ) -> Callable[[Step], Step]:
        """Do a job of this kind in one transaction, at whose end it is over, or is due again where `Again` is returned.

        Args:
            kind: the kind's name, for ever: rows have it.
            tries: after so many failures in a row the job is dead.
            priority: which jobs go first.
            lease_seconds: after so long another worker takes it from one that is silent.
        """

        def add(step: Step) -> Step:
            async def work(held: Work) -> None:
                async with held.transaction() as session:
                    again = await step(session, held)
                    connection = await driver(session)
                    await (held.end(connection) if again is None else held.again(connection, again))

            self.kinds[kind] = Kind(kind, work, tries, priority, timedelta(seconds=lease_seconds))
            return step

        return add

    def outside(
        self, kind: str, *, tries: int = 8, priority: Priority = Priority.NORMAL, lease_seconds: float = 15
    ) -> Callable[[Outside], Outside]:
        """Do a job of this kind in transactions of the function's own. The arguments are those of `step`.

        Killed between a call to elsewhere and `Work.effect`, it is done once more: the call has to bear that.
        """

        def add(work: Outside) -> Outside:
            self.kinds[kind] = Kind(kind, work, tries, priority, timedelta(seconds=lease_seconds))
            return work

        return add
