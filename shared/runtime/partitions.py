"""The outbox's day partitions: made ahead, dropped whole once everything in them is published and old enough."""

from datetime import UTC, datetime, timedelta

import asyncpg

from shared.runtime.database import Database
from shared.runtime.locks import Lock
from shared.runtime.statements import Connection

DAYS_AHEAD = 3
# Whoever wants to record waits behind this lock while it waits for the transactions that are recording.
_LOCK_PATIENCE = "200ms"


def _name(day: datetime) -> str:
    return f"outbox_{day:%Y%m%d}"


async def tend(database: Database, now: datetime, *, keep_days: int) -> bool:
    """Bring the partitions in line with today; safe to run from several replicas at once.

    False where it has to be tried again later, because a transaction that has recorded something stays open: days are
    made ahead, and those of a day without a partition are kept in the rest.
    """
    try:
        async with database.direct() as connection:
            await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_PATIENCE}'")
            await _tend(connection, now, keep_days)
    except asyncpg.LockNotAvailableError:
        return False
    return True


async def _tend(connection: Connection, now: datetime, keep_days: int) -> None:
    await Lock.PARTITIONS.take(connection)
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = await connection.fetch(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = 'outbox'::regclass"
    )
    there = {row["relname"] for row in rows}
    for ahead in range(DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        if _name(day) not in there:
            await _make(connection, day)
    oldest = _name(today - timedelta(days=keep_days))
    for name in sorted(there - {"outbox_rest"}):
        if name < oldest and not await connection.fetchval(
            f"SELECT EXISTS (SELECT FROM {name} WHERE stream_seq IS NULL)"
        ):
            await connection.execute(f"DROP TABLE {name}")


async def _make(connection: Connection, day: datetime) -> None:
    """A partition for one day; what was already recorded for that day moves there from the rest."""
    name, until = _name(day), day + timedelta(days=1)
    # Otherwise a row on its way to the rest would arrive there after the rest has stopped taking this day.
    await connection.execute("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
    await connection.execute(
        f"CREATE TABLE {name} (LIKE outbox INCLUDING DEFAULTS INCLUDING INDEXES) WITH "
        "(autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1)"
    )
    await connection.execute(
        f"WITH moved AS (DELETE FROM outbox_rest WHERE recorded_at >= $1 AND recorded_at < $2 RETURNING *) "
        f"INSERT INTO {name} SELECT * FROM moved",
        day,
        until,
    )
    await connection.execute(
        f"ALTER TABLE outbox ATTACH PARTITION {name} FOR VALUES FROM ('{day.isoformat()}') TO ('{until.isoformat()}')"
    )
