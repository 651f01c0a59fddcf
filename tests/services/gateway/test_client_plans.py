"""Finding out who a client is reads that client's rows, however many clients there are."""

from collections.abc import Awaitable, Callable

import asyncpg

from gateway import known_clients

PLANNED = (known_clients._FIND,)
_FILL = """
INSERT INTO accounts (id, kind, name, trusted_flagger, version, created_at, updated_at)
    SELECT 'acc_' || n, 'brand', 'Brand', false, 1, now(), now() FROM generate_series(1, 20000) n;
INSERT INTO clients (id, account_id, name, scopes, version, created_at, updated_at)
    SELECT 'cli_' || n, 'acc_' || n, 'Client', '{}', 1, now(), now() FROM generate_series(1, 20000) n;
INSERT INTO api_keys (id, client_id, digest, created_at)
    SELECT 'key_' || n, 'cli_' || n, ''::bytea, now() FROM generate_series(1, 20000) n;
ANALYZE;
"""


async def test_a_client_is_found_without_reading_others(migrated: Callable[[str], Awaitable[str]]) -> None:
    connection = await asyncpg.connect(await migrated("gateway"))
    try:
        undone = connection.transaction()
        await undone.start()
        await connection.execute(_FILL)
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE hot AS {known_clients._FIND.sql}")
        plan = "\n".join(row[0] for row in await connection.fetch("EXPLAIN EXECUTE hot (NULL, NULL, NULL)"))
        await undone.rollback()
    finally:
        await connection.close()
    assert "Seq Scan on clients" not in plan, plan
    assert "Seq Scan on api_keys" not in plan, plan
    assert "Seq Scan on accounts" not in plan, plan
