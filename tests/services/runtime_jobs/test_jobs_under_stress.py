"""Jobs while workers are killed, and while an old snapshot keeps PostgreSQL from clearing up."""

import asyncio
import random
import sys

import asyncpg

from shared.runtime.jobs import enqueue
from shared.runtime.jobs.queue import Queue
from tests.running import eventually
from tests.services.runtime_jobs.conftest import Bench
from tests.services.runtime_jobs.test_jobs import leave

JOBS = 120
MANY = """
INSERT INTO jobs (id, kind, priority, due_at, payload, created_at)
SELECT 'job_' || lpad(n::text, 26, '0'), 'word', 1, $1::timestamptz - (4000 - n) * interval '1 s', '{}', $1
FROM generate_series(1, 3000) AS n
"""
WORKER = """
import asyncio, sys
from shared.runtime.clock import SystemClock
from shared.runtime.database import Database
from shared.runtime.jobs import Jobs, Work, Worker
from shared.runtime.statements import Statement

jobs = Jobs()
EFFECT = Statement("effect", "INSERT INTO effects (what) VALUES (:what)")
SLEEP = Statement("sleep", "SELECT pg_sleep(0.005)")

@jobs.step("step", lease_seconds=0.8)
async def step(session, work):
    await EFFECT.run(session, what=work.job.payload["what"])
    await SLEEP.run(session)

@jobs.outside("call", lease_seconds=0.8)
async def call(work):
    await asyncio.sleep(0.005)
    async with work.effect() as session:
        await EFFECT.run(session, what=work.job.payload["what"])

async def main():
    database = Database(sys.argv[1], service="bench")
    await database.open()
    await Worker(jobs, database, SystemClock(), at_once=4).run()

asyncio.run(main())
"""


async def test_workers_killed_anywhere_lose_no_job_and_double_none(bench: Bench) -> None:
    async with bench.database.direct() as connection:
        for number in range(JOBS):
            kind = "step" if number % 2 else "call"
            await enqueue(connection, kind, {"what": str(number)}, now=bench.clock.now())
    kills = 0
    while await bench.rows():
        worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, bench.database.url)
        before = len(await bench.effects())

        async def at_work(before: int = before) -> bool:
            return len(await bench.effects()) > before or not await bench.rows()

        await eventually(at_work)
        await asyncio.sleep(random.uniform(0, 0.1))  # anywhere
        worker.kill()
        await worker.wait()
        kills += 1
    assert sorted(map(int, await bench.effects())) == list(range(JOBS))
    assert kills > 1


async def test_under_an_old_snapshot_a_claim_reads_as_little_as_without(bench: Bench) -> None:
    """Rows that are gone cannot be cleared away while an old transaction is open; each claim would pass over them."""
    bench.jobs.step("word")(leave)
    holder = await asyncpg.connect(bench.database.url)
    old = holder.transaction(isolation="repeatable_read")
    await old.start()
    await holder.fetchval("SELECT count(*) FROM jobs")
    try:
        queue = Queue(bench.database, bench.jobs.kinds)
        now = bench.clock.now()
        async with bench.database.direct() as connection:
            await connection.execute(MANY, now)
        for _ in range(2900):
            job = await queue.claim(["word"], now)
            assert job is not None
            await bench.execute("DELETE FROM jobs WHERE id = $1", job.id)
        before = await _tuples_read(bench)
        for _ in range(50):
            job = await queue.claim(["word"], now)
            assert job is not None
            await bench.execute("DELETE FROM jobs WHERE id = $1", job.id)
        assert await _tuples_read(bench) - before < 50 * 20
    finally:
        await old.rollback()
        await holder.close()


async def _tuples_read(bench: Bench) -> int:
    """Entries of the index of due jobs that were returned by scans so far."""
    async with bench.database.pool.acquire() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        return int(
            await connection.fetchval("SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'jobs_due'")
        )
