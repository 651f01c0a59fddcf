"""Work grows, cost does not: the hot statements find their rows by index."""

import re

import pytest

from services.review.decisions import statements as deciding
from services.review.policies.built_in import load_pack
from services.review.tasks import claims, lease_statements, statements
from shared.contracts.ids import AccountId
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_id
from shared.runtime.statements import Connection, Query, Statement
from tests.conftest import StartService
from tests.running import Running
from tests.statistics import forget_statistics, rows_touched

ROWS = 20_000
BIG = (
    "tasks",
    "task_items",
    "waiting",
    "holds",
    "leases",
    "judgements",
    "decisions",
    "decision_readers",
    "outbox",
    "captures",
    "item_captures",
)
PLANNED = (
    lease_statements.CLAIM, lease_statements.CLAIM_OF_QUEUE, lease_statements.CLAIM_OF_MARKETPLACES,
    lease_statements.CLAIM_OF_QUEUE_OF_MARKETPLACES, lease_statements.RENEW, lease_statements.RELEASE,
    lease_statements.LOCK_TASK, lease_statements.HAS_HELD, lease_statements.LOCK_EXPIRED,
    lease_statements.FREE_EXPIRED, lease_statements.LIST_LEASES, lease_statements.END_HOLDS, lease_statements.PLACE,
    lease_statements.MOVE, lease_statements.QUEUES, lease_statements.QUEUES_OF_MARKETPLACES,
    deciding.LOCK_TO_JUDGE, deciding.LOCK_FREE_TO_JUDGE, deciding.TAKE_HOLDS, deciding.HELD_NOW, deciding.FILL_SUBJECTS,
    statements.FIND_OR_MAKE, statements.LOCK_OPEN_TASKS, statements.LOCK_TASKS, statements.REPRIORITISE,
    statements.CANCEL_TASKS, statements.FREE_ITEMS, statements.OWN_TASKS, statements.READ_TASK,
    statements.JUDGEMENTS_OF,
)  # fmt: skip
PAGES = (
    Query(
        "own_decisions",
        "SELECT d.id FROM decisions d JOIN decision_readers r ON r.decision_id = d.id "
        "WHERE r.account_id = :account_id AND d.id < :before ORDER BY d.id DESC LIMIT 50",
        str,
    ),
    Query("all_decisions", "SELECT d.id FROM decisions d WHERE d.id < :before ORDER BY d.id DESC LIMIT 50", str),
)
"""What the ORM sends for pages of decisions."""

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
UPDATE decisions SET marketplace = 'shop' WHERE id > 'dec_' || lpad('9', 26, '0');
INSERT INTO captures SELECT 'cap_' || n, 'ab', 'listings', now(), '{{}}', '[]', n FROM generate_series(1, {ROWS}) n;
INSERT INTO item_captures SELECT 'itm_' || lpad(n::text, 26, '0'), 'cap_' || n, true, false, NULL, '[]'
    FROM generate_series(1, {ROWS}) n;
INSERT INTO decision_readers SELECT 'acc_' || n % 100, 'dec_' || lpad(n::text, 26, '0')
    FROM generate_series(1, {ROWS}) n;
ANALYZE;
"""


async def _plan(connection: Connection, statement: Statement) -> str:
    """The generic plan, which holds for any values."""
    arguments = ", ".join(["NULL"] * len(statement.parameters))
    await connection.execute(f"SET plan_cache_mode = force_generic_plan; PREPARE hot AS {statement.sql}")
    try:
        rows = await connection.fetch(f"EXPLAIN EXECUTE hot ({arguments})")
    finally:
        await connection.execute("DEALLOCATE hot")
    return "\n".join(row[0] for row in rows)


@pytest.fixture
async def filled(start_service: StartService) -> Running:
    review = await start_service("review")
    async with review.database.direct() as connection:
        await load_pack(connection, clock=SystemClock().now)
        await connection.execute(_FILL)
    return review


async def test_no_hot_statement_scans_a_table_that_grows(filled: Running) -> None:
    scans = {}
    async with filled.database.pool.acquire() as connection:
        for statement in (*PLANNED, *PAGES):
            plan = await _plan(connection, statement)
            found = {table for table in BIG if re.search(rf"Seq Scan on {table}\b", plan)}
            if found:
                scans[statement.name] = (found, plan)
    assert scans == {}, "\n\n".join(f"{name}: {plan}" for name, (_, plan) in scans.items())


async def test_a_packet_reads_the_last_decisions_of_a_seller_and_not_all(filled: Running) -> None:
    """However many there are, with statistics or without."""
    now = SystemClock().now()
    async with filled.database.pool.acquire() as connection:
        await connection.execute(
            "UPDATE decisions SET marketplace = 'shop', listing_id = '1', seller_id = 's-1', right_key = 'rgt_1', "
            "decided_at = now() + right(id, 26)::int * interval '1 s'"
        )
        task_id = await connection.fetchval("UPDATE tasks SET seller_id = 's-1' WHERE listing_id = '1' RETURNING id")
        await connection.execute("VACUUM ANALYZE decisions")
    pool, tables, read = filled.database.pool, ("decisions", "judgements"), statements.READ_TASK
    assert await rows_touched(pool, tables, read, id=task_id, now=now) == 3 * 100
    async with pool.acquire() as connection:
        await connection.execute("UPDATE decisions SET right_key = id, listing_id = id")  # all about other rights
        await connection.execute("VACUUM ANALYZE decisions")
    assert await rows_touched(pool, tables, read, id=task_id, now=now) == 100
    async with pool.acquire() as connection:
        await forget_statistics(connection, "decisions")
    assert await rows_touched(pool, tables, read, id=task_id, now=now) == 100


async def test_a_claim_reads_no_more_rows_than_it_takes(filled: Running) -> None:
    now = SystemClock().now()
    slots = claims._slots([claims.ClaimRequest(new_id(AccountId), "r", 1, 60, None, None)] * 5, now)
    severity, due_at, task_id = claims._FIRST
    values = lease_statements.CLAIM.arguments(
        most=5, slots=slots, now=now, now_text="", severity=severity, due_at=due_at, task_id=task_id, type="t"
    )
    async with filled.database.pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {lease_statements.CLAIM.sql}", *values)
    read = [int(found[1]) for row in rows if (found := re.search(r"Scan using waiting.*rows=(\d+)", row[0]))]
    assert read
    assert max(read) <= 5
