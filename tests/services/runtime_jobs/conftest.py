"""A database with the runtime's tables alone, and workers on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import pytest

from shared.runtime.clock import Clock, SystemClock
from shared.runtime.database import Database
from shared.runtime.jobs import Jobs, Worker, enqueue
from shared.runtime.loops import end
from shared.runtime.migrate import migrate_url
from shared.runtime.statements import Statement
from tests.conftest import Servers
from tests.running import eventually

EFFECTS = "CREATE TABLE effects (number bigint GENERATED ALWAYS AS IDENTITY, what text NOT NULL)"


@dataclass
class Bench:
    """Jobs, and who does them."""

    database: Database
    clock: Clock
    jobs: Jobs = field(default_factory=Jobs)

    async def ask(self, kind: str, what: str = "", *, now: datetime | None = None, **more: Any) -> str | None:
        """Enqueue a job, in a transaction of its own."""
        async with self.database.direct() as connection:
            return await enqueue(connection, kind, {"what": what}, now=now or self.clock.now(), **more)

    @asynccontextmanager
    async def working(self, *, workers: int = 1, at_once: int = 4) -> AsyncIterator[list[asyncio.Task[None]]]:
        """So many workers, each as in a process of its own."""
        made = [Worker(self.jobs, self.database, self.clock, at_once=at_once) for _ in range(workers)]
        tasks = [asyncio.create_task(worker.run()) for worker in made]
        try:
            yield tasks
        finally:
            await end(tasks)

    async def effects(self) -> list[str]:
        async with self.database.pool.acquire() as connection:
            return [row["what"] for row in await connection.fetch("SELECT what FROM effects ORDER BY number")]

    async def rows(self) -> list[asyncpg.Record]:
        async with self.database.pool.acquire() as connection:
            return list(await connection.fetch("SELECT * FROM jobs ORDER BY id"))

    async def execute(self, statement: str, *arguments: Any) -> None:
        async with self.database.pool.acquire() as connection:
            await connection.execute(statement, *arguments)

    async def come(self, *whats: str) -> None:
        """Wait until these have had their effect, in this order."""

        async def all_of_them() -> bool:
            return await self.effects() == list(whats)

        await eventually(all_of_them)

    async def none_left(self) -> None:
        """Wait until every job is over."""

        async def none() -> bool:
            return not await self.rows()

        await eventually(none)


_EFFECT = Statement("effect", "INSERT INTO effects (what) VALUES (:what)")


async def effect(session: Any, what: str) -> None:
    """Leave a trace, in the transaction of a session."""
    await _EFFECT.run(session, what=what)


@pytest.fixture
async def bench(servers: Servers) -> AsyncIterator[Bench]:
    admin = await asyncpg.connect(servers.database_url + "/postgres")
    await admin.execute("DROP DATABASE IF EXISTS jobs_bench WITH (FORCE)")
    await admin.execute("CREATE DATABASE jobs_bench")
    await admin.close()
    url = f"{servers.database_url}/jobs_bench"
    await migrate_url("nothing", url)
    database = Database(url, service="bench")
    await database.open()
    made = Bench(database, SystemClock())
    await made.execute(EFFECTS)
    yield made
    await database.close()
