"""The service's tables, as its migration makes and unmakes them."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
from alembic import command

from services.escalation.tables import metadata
from shared.runtime.migrate import _config, migrate_url

_COLUMNS = (
    "SELECT column_name, is_nullable = 'YES' AS nullable FROM information_schema.columns "
    "WHERE table_name = $1 AND table_schema = 'public'"
)
_INDEXES = "SELECT indexname FROM pg_indexes WHERE tablename = $1 AND indexname NOT LIKE '%_pkey'"


async def test_the_code_and_the_database_know_the_same_tables(migrated: Callable[[str], Awaitable[str]]) -> None:
    connection = await asyncpg.connect(await migrated("escalation"))
    try:
        for table in metadata.sorted_tables:
            columns = {row["column_name"]: row["nullable"] for row in await connection.fetch(_COLUMNS, table.name)}
            assert columns == {column.name: column.nullable for column in table.columns}
            indexes = {row["indexname"] for row in await connection.fetch(_INDEXES, table.name)}
            assert indexes == {index.name for index in table.indexes}
    finally:
        await connection.close()


async def test_the_migration_goes_back_and_forth(migrated: Callable[[str], Awaitable[str]]) -> None:
    url = await migrated("escalation")
    await asyncio.to_thread(command.downgrade, _config("escalation", url), "escalation@base")
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval("SELECT to_regclass('item_clocks')") is None
    finally:
        await connection.close()
    await migrate_url("escalation", url)
