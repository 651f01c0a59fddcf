"""The table of jobs, and the statements that put work in, lease it, and settle how it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from shared.contracts.ids import JobId
from shared.runtime.database import Database
from shared.runtime.ids import new_id
from shared.runtime.jobs.declared import Job, Kind, Priority
from shared.runtime.statements import Executor, Query, Statement

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
_ENQUEUE = Query(
    "enqueue_job",
    """
INSERT INTO jobs (id, kind, key, priority, due_at, payload, total, created_at)
VALUES (:id, :kind, :key, :priority, :due_at, :payload::text::jsonb, :total, :now)
ON CONFLICT (kind, key) WHERE key IS NOT NULL DO NOTHING RETURNING id
""",
    str,
)
_CANCEL = Statement("cancel_job", "DELETE FROM jobs WHERE kind = :kind AND key = :key")


@dataclass(frozen=True)
class ClaimedJob(Job):
    """A job that was leased just now; `due_at` is when it was due."""

    priority: int
    due_at: datetime


# In the order of the arrays, which are the priorities; the first that has one due ends the search.
_CLAIM = """
UPDATE jobs SET leased = true, fence = fence + 1, tries = tries + 1, due_at = :now + CASE kind {leases} END
WHERE id = (
    SELECT found.id FROM unnest(:priorities::smallint[], :floors::timestamptz[]) AS wanted (priority, floor)
    CROSS JOIN LATERAL (
        SELECT id FROM jobs
        WHERE priority = wanted.priority AND due_at >= wanted.floor AND due_at <= :now AND died_at IS NULL
            AND kind = ANY(:kinds::text[])
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AS found LIMIT 1
) RETURNING id, kind, key, payload, tries, fence, done, total, created_at, priority, old.due_at AS due_at
"""
# What waited for the end of a step finds the job no longer leased, and leaves alone when it is due next.
_BEAT = Statement("keep_job_lease", "UPDATE jobs SET due_at = :until WHERE id = :id AND fence = :fence AND leased")
_GIVE_BACK = Statement(
    "give_job_back",
    "UPDATE jobs SET due_at = :due_at, leased = false, tries = tries - 1 WHERE id = :id AND fence = :fence AND leased",
)
_FAILED = Query(
    "count_job_failure",
    """
UPDATE jobs SET leased = false, error = :error,
    due_at = CASE WHEN tries >= :most THEN 'infinity' ELSE :again_at::timestamptz END,
    died_at = CASE WHEN tries >= :most THEN :now::timestamptz END
WHERE id = :id AND fence = :fence AND leased RETURNING died_at IS NOT NULL AS is_dead
""",
    bool,
)
_FLOOR_MARGIN = timedelta(seconds=2)
"""How far below the last one claimed a job may have come meanwhile: clocks differ, and commits are late."""

_LOOK_BELOW = timedelta(seconds=10)
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


async def enqueue(
    connection: Executor,
    kind: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    key: str | None = None,
    priority: Priority = Priority.NORMAL,
    after: timedelta = timedelta(0),
    total: int | None = None,
) -> JobId | None:
    """Ask for a job, in the transaction of its cause; its id.

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
    made = await _ENQUEUE.first(
        connection, id=job_id, kind=kind, key=key, priority=int(priority), due_at=now + after,
        payload=orjson.dumps(payload).decode(), total=total, now=now,
    )  # fmt: skip
    return None if made is None else job_id


async def cancel(connection: Executor, kind: str, key: str) -> bool:
    """Take a job back, in the caller's transaction; whether there was one.

    One that is under way is waited for where it writes its effect at this moment, and has none otherwise.
    """
    return await _CANCEL.run(connection, kind=kind, key=key) > 0


class Queue:
    """A worker's side of the table of jobs."""

    def __init__(self, database: Database, kinds: Mapping[str, Kind]) -> None:
        self._database = database
        leases = " ".join(
            f"WHEN '{kind.name}' THEN interval '{kind.lease.total_seconds()} s'" for kind in kinds.values()
        )
        self._claim = Query("claim_job", _CLAIM.format(leases=leases), ClaimedJob, hot=True)
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
        row = await self._claim.first(
            self._database.pool, priorities=[int(place) for place in self._floors],
            floors=list(self._floors.values()), now=now, kinds=list(kinds),
        )  # fmt: skip
        if row is None:
            return None
        if len(kinds) == self._most_kinds:  # where a kind is left out, there may be some of it below
            place = Priority(row.priority)
            self._floors[place] = max(self._floors[place], row.due_at - _FLOOR_MARGIN)
        return row

    async def beat(self, job: Job, until: datetime) -> bool:
        """Hold a lease for longer; False where it is another's by now."""
        return await _BEAT.run(self._database.pool, id=job.id, fence=job.fence, until=until) > 0

    async def give_back(self, job: Job, due_at: datetime) -> None:
        """End a lease early, as if the job had not been tried."""
        await _GIVE_BACK.run(self._database.pool, id=job.id, fence=job.fence, due_at=due_at)

    async def failed(self, job: Job, error: str, *, tries: int, again_at: datetime, now: datetime) -> bool:
        """Note a failure; whether it was the last, and the job is dead."""
        is_dead = await _FAILED.first(
            self._database.pool, id=job.id, fence=job.fence, error=error[:LONGEST_ERROR], most=tries,
            again_at=again_at, now=now,
        )  # fmt: skip
        return bool(is_dead)
