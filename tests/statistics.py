"""What the planner knows of tables: in a test of plans, what the test says, whatever ran before it."""

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
