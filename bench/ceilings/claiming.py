"""The peers of claiming: two task queues on PostgreSQL, each fetching and finishing through its own library.

Both run on the same server as ours, with a pool of the same size. Each claimer fetches and finishes as many tasks at a
time as ours does; procrastinate knows no batches. Each keeps what it keeps by itself: procrastinate its events,
pgqueuer its log.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol
from uuid import uuid4

import asyncpg
import procrastinate
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.ports.repository import EntrypointExecutionParameter
from procrastinate.jobs import Status

POOL = 10


class Peer(Protocol):
    """Something whose tasks can be claimed and finished."""

    name: str

    async def work(self, claimer: int, batch: int) -> int:
        """Claim up to a batch and finish each; how many that were."""


class _Procrastinate:
    name = "procrastinate"

    def __init__(self, app: procrastinate.App, workers: list[int]) -> None:
        self._jobs, self._workers = app.job_manager, workers

    async def work(self, claimer: int, batch: int) -> int:
        done = 0
        for _ in range(batch):
            job = await self._jobs.fetch_job(queues=None, worker_id=self._workers[claimer % len(self._workers)])
            if job is None:
                break
            await self._jobs.finish_job(job, status=Status.SUCCEEDED, delete_job=False)
            done += 1
        return done


@asynccontextmanager
async def procrastinate_with(url: str, size: int) -> AsyncIterator[Peer]:
    """procrastinate with this many jobs to do."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=POOL, max_size=POOL))
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        connection = await asyncpg.connect(url)
        await connection.execute("ALTER TABLE procrastinate_jobs DISABLE TRIGGER USER")
        await connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args) "
            "SELECT 'trademark', 'review', 0, jsonb_build_object('listing', n) FROM generate_series(1, $1::int) n",
            size,
        )
        await connection.execute("ALTER TABLE procrastinate_jobs ENABLE TRIGGER USER")
        await connection.execute("VACUUM ANALYZE")
        workers = [await app.job_manager.register_worker() for _ in range(32)]
        await connection.close()
        yield _Procrastinate(app, workers)


class _Pgqueuer:
    name = "pgqueuer"

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._managers = [uuid4() for _ in range(32)]

    async def work(self, claimer: int, batch: int) -> int:
        jobs = await self._queries.dequeue(
            batch_size=batch,
            entrypoints={"review": EntrypointExecutionParameter(concurrency_limit=0)},  # type: ignore[dict-item]
            queue_manager_id=self._managers[claimer % len(self._managers)],  # type: ignore[arg-type]
            global_concurrency_limit=None,
            heartbeat_timeout=timedelta(seconds=60),
        )
        if jobs:
            await self._queries.log_jobs([(job, "successful", None) for job in jobs])
        return len(jobs)


@asynccontextmanager
async def pgqueuer_with(url: str, size: int) -> AsyncIterator[Peer]:
    """pgqueuer with this many jobs to do."""
    async with asyncpg.create_pool(url, min_size=POOL, max_size=POOL) as pool:
        queries = Queries(AsyncpgPoolDriver(pool))
        await queries.install()
        await pool.execute(
            "INSERT INTO pgqueuer (priority, entrypoint, payload, status, execute_after, created, updated, heartbeat) "
            "SELECT 0, 'review', NULL, 'queued', now() - interval '1 day', now(), now(), now() "
            "FROM generate_series(1, $1::int)",
            size,
            timeout=600,
        )
        await pool.execute("VACUUM ANALYZE", timeout=600)
        yield _Pgqueuer(queries)


async def counts(url: str, query: str) -> Any:
    """One figure out of a database, to check that the work was done."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
