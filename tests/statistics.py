"""What tests of plans need: a planner that knows what the test says and no more, and a walk through its plan."""

from collections.abc import Iterator
from typing import Any


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
