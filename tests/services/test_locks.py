"""Advisory locks: no two mean the same number, and one that is held is held."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from shared.runtime.database import Database
from shared.runtime.locks import Lock
from shared.runtime.statements import Query

# Two releases that run side by side while the platform is upgraded must lock the same numbers.
NUMBERS = {
    Lock.IDEMPOTENCY_KEY: "hashtextextended('' || 'x', 0)",
    Lock.IMPORTS_OF_ACCOUNT: "hashtextextended('imports ' || 'x', 0)",
    Lock.RIGHTS_OF_ACCOUNT: "hashtextextended('vault ' || 'x', 0)",
    Lock.EVIDENCE_FILE: "hashtextextended('evidence ' || 'x', 0)",
    Lock.WEBHOOKS_OF_ACCOUNT: "hashtextextended('whk ' || 'x', 0)",
    Lock.OPEN_REPORTS_LIMIT: "hashtextextended('open_reports ' || 'x', 0)",
    Lock.RIGHTS_LIMIT: "hashtextextended('rights ' || 'x', 0)",
    Lock.EVIDENCE_BYTES_LIMIT: "hashtextextended('evidence_bytes ' || 'x', 0)",
    Lock.REPORT: "hashtextextended('' || 'x', 7301)",
    Lock.DECISION: "hashtextextended('' || 'x', 7311)",
    Lock.NOTICE_SENDER: "hashtextextended('' || 'x', 7319)",
    Lock.NOTICE: "hashtextextended('' || 'x', 7321)",
    Lock.TASK: "hashtextextended('' || 'x', 7322)",
    Lock.FIRST_ACCOUNTS: "hashtextextended('gateway bootstrap' || 'x', 0)",
    Lock.SUSPICIONS: "hashtextextended('traces' || 'x', 0)",
    Lock.OPEN_ITEMS: "hashtextextended('open_items' || 'x', 0)",
    Lock.POLICIES: "7302",
    Lock.ESTIMATES: "7313",
    Lock.PUBLISHED_TERMS: "7317",
    Lock.FEED: "7246101",
    Lock.MIGRATIONS_OF_SERVER: "7246001",
    Lock.MIGRATIONS: "7246002",
    Lock.RELAY: "7246003",
    Lock.PARTITIONS: "7246004",
    Lock.MOVES: "7246005",
}
HELD = Query(
    "held", "SELECT (classid::bigint << 32 | objid::bigint) AS number FROM pg_locks WHERE locktype = 'advisory'", int
)


@pytest.fixture
async def database(migrated: Callable[[str], Awaitable[str]]) -> AsyncIterator[Database]:
    """One that no service runs on, which would take locks of its own."""
    database = Database(await migrated("conduct"), service="conduct", pool_size=3)
    await database.open()
    yield database
    await database.close()


def test_every_lock_has_the_number_that_it_had() -> None:
    assert {lock: lock.sql("'x'") for lock in Lock} == NUMBERS
    assert [number for number, times in Counter(NUMBERS.values()).items() if times > 1] == []


@pytest.mark.parametrize("lock", list(Lock))
async def test_what_is_taken_is_the_number_that_statements_name(lock: Lock, database: Database) -> None:
    """Some locks are taken by a statement of their own, and by statements that do other things as well."""
    async with database.direct() as connection:
        await lock.take(connection, "x")
        number = await Query("number", f"SELECT {lock.sql(chr(39) + 'x' + chr(39))}::bigint AS number", int).one(
            connection
        )
        assert number in await HELD.all(connection)
        async with database.direct() as other:
            assert not await lock.try_to_take(other, "x")
            assert lock.value.number is not None or await lock.try_to_take(other, "y")
    async with database.direct() as connection:
        assert await lock.try_to_take(connection, "x")


async def test_several_are_taken_together_and_shared_by_those_who_share(database: Database) -> None:
    async with database.direct() as first, database.direct() as second:
        await Lock.DECISION.take_all(first, ["b", "a"])
        assert [await Lock.DECISION.try_to_take(second, name) for name in ("a", "b", "c")] == [False, False, True]
        await Lock.POLICIES.share(first)
        await Lock.POLICIES.share(second)
        assert not await Lock.POLICIES.try_to_take(second)
