"""Leases: a task is one reviewer's until a time, and every write under it shows the lease's fence.

A hold that has expired counts as gone from that moment, whether or not it has been swept up: nobody can renew it, give
it back or judge under it. Whoever locks tasks locks the task before its hold, so that no two of these wait for each
other.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.review.tasks import queues
from shared.contracts.ids import AccountId, TaskId
from shared.runtime.errors import Conflict, NotFound

_LOCK = "SELECT round, marketplace FROM tasks WHERE id = $1 FOR UPDATE"
_RENEW = """
WITH renewed AS (
    UPDATE holds SET expires_at = $5
    WHERE task_id = $1 AND fence = $2 AND account_id = $3 AND expires_at > $4
    RETURNING *
), audited AS (
    INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at)
    SELECT fence, 'renewed', task_id, $6, account_id, reviewer, $4, expires_at FROM renewed
)
SELECT expires_at FROM renewed
"""
_RELEASE = """
WITH released AS (
    DELETE FROM holds WHERE task_id = $1 AND fence = $2 AND account_id = $3 AND expires_at > $4 RETURNING *
)
INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at)
SELECT fence, 'released', task_id, $5, account_id, reviewer, $4, expires_at FROM released
RETURNING fence
"""
_HELD = "SELECT EXISTS (SELECT FROM leases WHERE account_id = $1 AND task_id = $2 AND change = 'claimed')"
_EXPIRED = """
SELECT t.id FROM tasks t
WHERE t.id = ANY(ARRAY(SELECT task_id FROM holds WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2))
ORDER BY t.id FOR UPDATE SKIP LOCKED
"""
_FREE = """
WITH ended AS (
    DELETE FROM holds WHERE task_id = ANY($1) AND expires_at <= $2 RETURNING *
)
INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at)
SELECT e.fence, 'expired', e.task_id, t.round, e.account_id, e.reviewer, $2, e.expires_at
FROM ended e JOIN tasks t ON t.id = e.task_id
RETURNING task_id
"""
FREED_AT_ONCE = 500


class LeaseLost(Conflict):
    """The lease has expired, was given back, belongs to someone else, or never was."""

    code = "lease_lost"
    title = "The lease is not yours, or no longer"


async def has_worked_on(connection: Any, account_id: AccountId, task_id: TaskId) -> bool:
    """Return whether this account ever held the task: only then does the task exist for it."""
    return bool(await connection.fetchval(_HELD, account_id, task_id))


async def refuse_lost_lease(connection: Any, account_id: AccountId, task_id: TaskId) -> None:
    """Raise `LeaseLost`, or `NotFound` where the account never had anything to do with the task."""
    if await has_worked_on(connection, account_id, task_id):
        raise LeaseLost
    raise NotFound


def may_work_on(marketplaces: Collection[str] | None, marketplace: str) -> bool:
    """Return whether an account limited to some marketplaces (None: not limited) may work on a task of this one."""
    return marketplaces is None or marketplace in marketplaces


async def renew_lease(
    connection: Any,
    task_id: TaskId,
    fence: int | None,
    account_id: AccountId,
    *,
    lease_seconds: int,
    now: datetime,
    marketplaces: Collection[str] | None = None,
) -> datetime:
    """Hold a task for longer, counted from now; when the lease now ends. Raises `LeaseLost`, `NotFound`."""
    locked = await connection.fetchrow(_LOCK, task_id)
    if locked is not None and not may_work_on(marketplaces, locked["marketplace"]):
        raise NotFound
    until: datetime | None = None
    if locked is not None and fence is not None:
        until = await connection.fetchval(
            _RENEW, task_id, fence, account_id, now, now + timedelta(seconds=lease_seconds), locked["round"]
        )
    if until is None:
        await refuse_lost_lease(connection, account_id, task_id)
        raise LeaseLost
    return until


async def release_lease(
    connection: Any, task_id: TaskId, fence: int | None, account_id: AccountId, *, now: datetime
) -> None:
    """Give a task back to its queue. Raises `LeaseLost`, `NotFound`."""
    locked = await connection.fetchrow(_LOCK, task_id)
    released = None
    if locked is not None and fence is not None:
        released = await connection.fetchval(_RELEASE, task_id, fence, account_id, now, locked["round"])
    if released is None:
        await refuse_lost_lease(connection, account_id, task_id)
    await queues.place(connection, [task_id], fresh=False)


async def free_expired(connection: Any, *, now: datetime) -> Sequence[str]:
    """Put tasks back whose lease has ended, up to `FREED_AT_ONCE`; which ones those were."""
    locked = [row["id"] for row in await connection.fetch(_EXPIRED, now, FREED_AT_ONCE)]
    if not locked:
        return []
    freed = [row["task_id"] for row in await connection.fetch(_FREE, locked, now)]
    await queues.place(connection, freed, fresh=False)
    return freed
