"""Work grows, cost does not: the hot statements find their rows by index."""

import re

import asyncpg
import pytest

from services.review.decisions import judgements
from services.review.policies.built_in import load_first_pack
from services.review.tables import metadata
from services.review.tasks import claims, leases, queues, returns, tasks, withdrawals, work
from shared.contracts.ids import AccountId
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_id
from tests.conftest import StartService
from tests.running import Running

ROWS = 20_000
BIG = ("tasks", "task_items", "waiting", "holds", "leases", "judgements", "decisions", "decision_readers", "outbox")
STATEMENTS = {
    "claim": claims._ALL,
    "claim of a queue": claims._QUEUE,
    "claim of marketplaces": claims._ALL_OF_MARKETPLACES,
    "claim of a queue, of marketplaces": claims._QUEUE_OF_MARKETPLACES,
    "renew": leases._RENEW,
    "release": leases._RELEASE,
    "lock a task": leases._LOCK,
    "who worked on it": leases._HELD,
    "what has expired": leases._EXPIRED,
    "free what has expired": leases._FREE,
    "lock to judge": judgements._LOCK,
    "take the holds": judgements._TAKE_HOLDS,
    "find or make": tasks._OPEN,
    "lock by items": returns.LOCK_OPEN_TASKS,
    "reprioritise": returns._REPRIORITISE,
    "cancel": withdrawals._CANCEL,
    "end holds": withdrawals._END_HOLDS,
    "what has left its task": withdrawals._FREE,
    "place": queues._PLACE,
    "move": queues._MOVE,
    "queues": queues._ALL_QUEUES,
    "queues of marketplaces": queues._QUEUES_OF_MARKETPLACES,
    "own tasks": work._LIST,
    "one task": work._READ,
    "own judgements": work._JUDGEMENTS,
    "own decisions": "SELECT d.* FROM decisions d JOIN decision_readers r ON r.decision_id = d.id "
    "WHERE r.account_id = $1 AND d.id < $2 ORDER BY d.id DESC LIMIT 50",
    "a page of all decisions": "SELECT d.* FROM decisions d WHERE d.id < $1 ORDER BY d.id DESC LIMIT 50",
}
_FILL = f"""
INSERT INTO tasks SELECT 'tsk_' || lpad(n::text, 26, '0'), 'shop', n::text, 'rgt_1', 'rgt_1', 'trademark', 'en', 'p2',
    now() + n * interval '1 s', 'pending', 1, 2, '{{}}', '{{}}', '[]', '[]', now(), now()
    FROM generate_series(1, {ROWS}) n;
INSERT INTO task_items SELECT 'itm_' || lpad(n::text, 26, '0'), 'tsk_' || lpad(n::text, 26, '0'), 'rep_1', 'acc_' || n,
    '{{}}', 'p2', now(), NULL FROM generate_series(1, {ROWS}) n;
INSERT INTO waiting SELECT id, 'trademark.en.p' || length(listing_id), severity, due_at, now(), true, marketplace
    FROM tasks WHERE listing_id::int % 2 = 0;
INSERT INTO holds SELECT id, listing_id::int, 'acc_' || listing_id, 'r', now() + listing_id::int * interval '1 s'
    FROM tasks WHERE listing_id::int % 2 = 1;
INSERT INTO leases SELECT fence, 'claimed', task_id, 1, account_id, reviewer, now(), expires_at FROM holds;
INSERT INTO judgements SELECT 'jdg_' || listing_id, id, 1, listing_id::int, 'acc_' || listing_id, 'r', 'accept', NULL,
    '[]', NULL, 1, 'trademark', now() FROM tasks;
INSERT INTO decisions SELECT 'dec_' || lpad(n::text, 26, '0'), 'tsk_' || n, 1, 1, 'accepted', 'A_PATENT', '[]',
    'patent', '[]', NULL, now() FROM generate_series(1, {ROWS}) n;
INSERT INTO decision_readers SELECT 'acc_' || n % 100, 'dec_' || lpad(n::text, 26, '0')
    FROM generate_series(1, {ROWS}) n;
ANALYZE;
"""


async def _plan(connection: asyncpg.Connection, statement: str) -> str:
    """The generic plan, which holds for any values."""
    arguments = ", ".join(["NULL"] * max(int(n) for n in re.findall(r"\$(\d+)", statement)))
    await connection.execute(f"SET plan_cache_mode = force_generic_plan; PREPARE hot AS {statement}")
    try:
        rows = await connection.fetch(f"EXPLAIN EXECUTE hot ({arguments})")
    finally:
        await connection.execute("DEALLOCATE hot")
    return "\n".join(row[0] for row in rows)


@pytest.fixture
async def filled(start_service: StartService) -> Running:
    review = await start_service("review")
    async with review.database.direct() as connection:
        await load_first_pack(connection, now=SystemClock().now())
        await connection.execute(_FILL)
    return review


async def test_no_hot_statement_scans_a_table_that_grows(filled: Running) -> None:
    scans = {}
    async with filled.database.pool.acquire() as connection:
        for name, statement in STATEMENTS.items():
            plan = await _plan(connection, statement)
            found = {table for table in BIG if re.search(rf"Seq Scan on {table}\b", plan)}
            if found:
                scans[name] = (found, plan)
    assert scans == {}, "\n\n".join(f"{name}: {plan}" for name, (_, plan) in scans.items())


async def test_a_claim_reads_no_more_rows_than_it_takes(filled: Running) -> None:
    now = SystemClock().now()
    slots = claims._slots([claims.ClaimRequest(new_id(AccountId), "r", 1, 60, None, None)] * 5, now)
    values = (5, slots, now, "", *claims._FIRST, "t")
    async with filled.database.pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {claims._ALL}", *values)
    read = [int(found[1]) for row in rows if (found := re.search(r"Scan using waiting.*rows=(\d+)", row[0]))]
    assert read
    assert max(read) <= 5


async def test_the_tables_are_what_the_models_say(filled: Running) -> None:
    async with filled.database.pool.acquire() as connection:
        for table in metadata.tables.values():
            rows = await connection.fetch(
                "SELECT column_name, is_nullable FROM information_schema.columns "
                "WHERE table_schema = 'public' AND table_name = $1",
                table.name,
            )
            assert {(row["column_name"], row["is_nullable"] == "YES") for row in rows} == {
                (column.name, bool(column.nullable)) for column in table.columns
            }, table.name
