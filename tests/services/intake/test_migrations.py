"""The service's migrations go back and forth."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
from alembic import command

from shared.runtime.migrate import _config, migrate_url

_TABLES = "SELECT to_regclass('rights') IS NULL AND to_regclass('authorities') IS NULL"
_FUNCTIONS = """
SELECT array_agg(p.proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'
"""


async def test_the_migrations_go_back_and_forth(migrated: Callable[[str], Awaitable[str]]) -> None:
    url = await migrated("intake")
    await asyncio.to_thread(command.downgrade, _config("intake", url), "intake@base")
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval(_TABLES)
        assert await connection.fetchval(_FUNCTIONS) == ["event_envelope"], "that of the runtime stays"
    finally:
        await connection.close()
        await migrate_url("intake", url)
