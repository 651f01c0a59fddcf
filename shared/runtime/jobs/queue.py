"""The table of jobs, and the statements that put work in, lease it, and settle how it went."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson

from shared.contracts.ids import JobId
from shared.runtime.database import Database
from shared.runtime.ids import new_id
from shared.runtime.jobs.declared import Job, Kind, Priority

DDL = """
CREATE TABLE jobs (
    id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    key text COLLATE "C",
    priority smallint NOT NULL,
    due_at timestamptz NOT NULL,
    payload jsonb NOT NULL,
    leased boolean NOT NULL DEFAULT false,
    fence bigint NOT NULL DEFAULT 0,
    tries integer NOT NULL DEFAULT 0,
    error text,
    done integer,
    total integer,
    created_at timestamptz NOT NULL,
    died_at timestamptz
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX jobs_due ON jobs (priority, due_at) WHERE died_at IS NULL;
CREATE UNIQUE INDEX jobs_key ON jobs (kind, key) WHERE key IS NOT NULL;
CREATE INDEX jobs_dead ON jobs (id) WHERE died_at IS NOT NULL;
"""
"""A leased job is due when its lease ends; so one index finds the new ones and those whose worker is silent."""

LONGEST_ERROR = 4000
_ENQUEUE = """
INSERT INTO jobs (id, kind, key, priority, due_at, payload, total, created_at)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8)
ON CONFLICT (kind, key) WHERE key IS NOT NULL DO NOTHING RETURNING id
"""
_CANCEL = "DELETE FROM jobs WHERE kind = $1 AND key = $2"
# In the order of the arrays, which are the priorities; the first that has one due ends the search.
_CLAIM = """
UPDATE jobs SET leased = true, fence = fence + 1, tries = tries + 1, due_at = $3 + CASE kind {leases} END
WHERE id = (
    SELECT found.id FROM unnest($1::smallint[], $2::timestamptz[]) AS wanted (priority, floor)
    CROSS JOIN LATERAL (
        SELECT id FROM jobs
        WHERE priority = wanted.priority AND due_at >= wanted.floor AND due_at <= $3 AND died_at IS NULL
            AND kind = ANY($4::text[])
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AS found LIMIT 1
) RETURNING id, kind, key, payload, tries, fence, done, total, created_at, priority, old.due_at AS due_at
"""
_BEAT = "UPDATE jobs SET due_at = $3 WHERE id = $1 AND fence = $2"
_GIVE_BACK = "UPDATE jobs SET due_at = $3, leased = false, tries = tries - 1 WHERE id = $1 AND fence = $2"
_FAILED = """
UPDATE jobs SET leased = false, error = $3, due_at = CASE WHEN tries >= $4 THEN 'infinity' ELSE $5::timestamptz END,
    died_at = CASE WHEN tries >= $4 THEN $6::timestamptz END
WHERE id = $1 AND fence = $2 RETURNING died_at IS NOT NULL
"""
_FLOOR_MARGIN = timedelta(seconds=2)
"""How far below the last one claimed a job may have come meanwhile: clocks differ, and commits are late."""

_LOOK_BELOW = timedelta(seconds=10)
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


async def enqueue(
    connection: Any,
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    key: str | None = None,
    priority: Priority = Priority.NORMAL,
    after: timedelta = timedelta(0),
    total: int | None = None,
) -> JobId | None:
    """Ask for a job on an asyncpg connection, in the transaction of its cause; its id.

    Args:
        connection: where the cause is written too.
        kind: one that the service declares.
        payload: what the job needs to know, as JSON.
        now: when it is asked for.
        key: of two jobs of one kind with the same key the second is not made, and None is returned.
        priority: which jobs go first; mostly that of its kind.
        after: how long it waits first.
        total: how much there is to do, where the kind counts.
    """
    job_id = new_id(JobId)
    made = await connection.fetchval(
        _ENQUEUE, job_id, kind, key, int(priority), now + after, orjson.dumps(payload).decode(), total, now
    )  # fmt: skip
    return None if made is None else job_id


async def cancel(connection: Any, kind: str, key: str) -> bool:
    """Take a job back, in the caller's transaction; whether there was one.

    One that is under way is waited for where it writes its effect at this moment, and has none otherwise.
    """
    return str(await connection.execute(_CANCEL, kind, key)) != "DELETE 0"


class Queue:
    """A worker's side of the table of jobs."""

    def __init__(self, database: Database, kinds: Mapping[str, Kind]) -> None:
        self._database = database
        leases = " ".join(
            f"WHEN '{kind.name}' THEN interval '{kind.lease.total_seconds()} s'" for kind in kinds.values()
        )
        self._claim = _CLAIM.format(leases=leases)
        self._most_kinds = len(kinds)
        self._floors = dict.fromkeys(Priority, _NEVER)
        self._looked_below = _NEVER

    async def claim(self, kinds: Sequence[str], now: datetime) -> Job | None:
        """Lease the job that is next among these kinds; None where none is due.

        By priority, what lies below the last one claimed is looked at every ten seconds only: rows that are gone and
        not vacuumed yet, as under an old snapshot, would be passed over each time.
        """
        if not timedelta(0) <= now - self._looked_below < _LOOK_BELOW:
            self._looked_below = now
            self._floors = dict.fromkeys(Priority, _NEVER)
        row = await self._fetchrow(
            self._claim, [int(place) for place in self._floors], list(self._floors.values()), now, list(kinds)
        )
        if row is None:
            return None
        if len(kinds) == self._most_kinds:  # where a kind is left out, there may be some of it below
            place = Priority(row["priority"])
            self._floors[place] = max(self._floors[place], row["due_at"] - _FLOOR_MARGIN)
        return Job(
            JobId(row["id"]), row["kind"], row["key"], row["payload"], row["tries"], row["fence"], row["done"],
            row["total"], row["created_at"],
        )  # fmt: skip

    async def beat(self, job: Job, until: datetime) -> bool:
        """Hold a lease for longer; False where it is another's by now."""
        return await self._changed(_BEAT, job.id, job.fence, until)

    async def give_back(self, job: Job, due_at: datetime) -> None:
        """End a lease early, as if the job had not been tried."""
        await self._changed(_GIVE_BACK, job.id, job.fence, due_at)

    async def failed(self, job: Job, error: str, *, tries: int, again_at: datetime, now: datetime) -> bool:
        """Note a failure; whether it was the last, and the job is dead."""
        found = await self._fetchrow(_FAILED, job.id, job.fence, error[:LONGEST_ERROR], tries, again_at, now)
        return found is not None and bool(found[0])

    async def _fetchrow(self, statement: str, *arguments: Any) -> asyncpg.Record | None:
        async with self._database.pool.acquire() as connection:
            return await connection.fetchrow(statement, *arguments)

    async def _changed(self, statement: str, *arguments: Any) -> bool:
        async with self._database.pool.acquire() as connection:
            return str(await connection.execute(statement, *arguments)) != "UPDATE 0"
