"""What tests of plans need: a planner that knows what the test says and no more, and a walk through its plan."""

import json
from collections.abc import Collection, Iterator
from typing import Any

from shared.runtime.statements import Pool, Statement


async def forget_statistics(connection: Any, *tables: str) -> None:
    """Leave the planner as it is on the first day: it knows nothing of these tables, and nobody tells it meanwhile."""
    for table in tables:
        await connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        await connection.execute("SELECT pg_clear_relation_stats('public', $1)", table)
        await connection.execute(
            "SELECT pg_clear_attribute_stats('public', $1, attname::text, inherited) FROM pg_stats "
            "WHERE schemaname = 'public' AND tablename = $1",
            table,
        )


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a plan, as EXPLAIN tells it in JSON."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


async def rows_touched(pool: Pool, tables: Collection[str], statement: Statement, **values: Any) -> int:
    """How many rows of these tables a statement reads, thrown away ones included. A scan of a whole one fails."""
    async with pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        asked = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}"
        found = await connection.fetchval(asked, *statement.arguments(**values))
        await undone.rollback()
    [explained] = json.loads(found) if isinstance(found, str) else found
    touched = 0
    for node in nodes(explained["Plan"]):
        if node.get("Relation Name") in tables and "Scan" in node["Node Type"]:
            assert node["Node Type"] != "Seq Scan", node
            passed_over = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            touched += int((node["Actual Rows"] + passed_over) * node["Actual Loops"])
    return touched
