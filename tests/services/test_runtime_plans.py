"""What every service asks of its own machinery, for each request and event, is found by an index."""

from datetime import UTC, datetime

from shared.runtime import backlog, inbox, relay, ticker
from shared.runtime.jobs import declared
from shared.runtime.statements import Statement
from tests.conftest import StartService

PLANNED: tuple[Statement, ...] = (
    inbox._NEW, relay._TAKE, ticker._DUE, backlog._HEAD, backlog._COUNT, declared._HELD
)  # fmt: skip
GROWS = ("inbox", "timers", "jobs")
_FILL = """
INSERT INTO outbox SELECT 'evt_' || lpad(n::text, 26, '0'), 'marque.thing.v1', '{}', '', now(),
    CASE WHEN n < 29900 THEN n END FROM generate_series(1, 30000) n;
INSERT INTO inbox (event_id, consumer, received_at) SELECT 'evt_' || n, 'c', now() FROM generate_series(1, 30000) n;
INSERT INTO timers (kind, subject, due_at) SELECT 'k', 's_' || n, now() + n * interval '1 s'
    FROM generate_series(1, 30000) n;
INSERT INTO jobs (id, kind, priority, due_at, payload, created_at)
    SELECT 'job_' || n, 'k', 1, now() + n * interval '1 s', '{}', now() FROM generate_series(1, 30000) n;
ANALYZE;
"""


async def test_no_hot_statement_of_the_runtime_scans_what_grows(start_service: StartService) -> None:
    running = await start_service("escalation")
    today, scans = f"{datetime.now(UTC):%Y%m%d}", {}
    async with running.database.pool.acquire() as connection, connection.transaction():
        await connection.execute(_FILL)
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        for statement in PLANNED:
            await connection.execute(f"PREPARE hot AS {statement.sql}")
            nothing = ", ".join(["NULL"] * len(statement.parameters))
            execute = f"EXECUTE hot ({nothing})" if nothing else "EXECUTE hot"
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {execute}"))
            await connection.execute("DEALLOCATE hot")
            if any(f"Seq Scan on {table}" in plan for table in (*GROWS, f"outbox_{today}")):
                scans[statement.name] = plan
    assert scans == {}, scans
