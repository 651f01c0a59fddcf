"""Leases that end before their time: a lead breaks one, or the account that holds them is shut out.

The task waits in its queue again, and under the broken lease nothing can be written any more: its hold is gone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.review.tables import SOURCE
from services.review.tasks import queues
from shared.contracts.events import AccountChanged, AccountState, TaskLeaseBroken
from shared.contracts.ids import AccountId, TaskId
from shared.runtime.errors import NotFound
from shared.runtime.outbox import append

_LIST = """
SELECT h.task_id, h.account_id, h.reviewer, h.expires_at, t.right_type, t.language, t.severity, t.round, t.due_at,
       c.at AS claimed_at
FROM (
    SELECT * FROM holds
    WHERE expires_at > $1 AND ($2::text IS NULL OR account_id = $2) AND ($3::text IS NULL OR reviewer = $3)
      AND ($4::text IS NULL OR task_id > $4)
    ORDER BY task_id LIMIT $5
) h
JOIN tasks t ON t.id = h.task_id
CROSS JOIN LATERAL (
    SELECT at FROM leases l
    WHERE l.account_id = h.account_id AND l.task_id = h.task_id AND l.change = 'claimed' AND l.fence = h.fence LIMIT 1
) c
ORDER BY h.task_id
"""
# The task before its hold, and tasks in the order of their ids, as whoever locks several must.
_LOCK = "SELECT id FROM tasks WHERE id = ANY($1) ORDER BY id FOR UPDATE"
_HELD_BY = "SELECT task_id FROM holds WHERE account_id = ANY($1)"
_BREAK = """
WITH broken AS (
    DELETE FROM holds
    WHERE task_id = ANY($1) AND expires_at > $2 AND ($3::text[] IS NULL OR account_id = ANY($3)) RETURNING *
)
INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at, reason, broken_by)
SELECT b.fence, 'broken', b.task_id, t.round, b.account_id, b.reviewer, $2, b.expires_at, $4, $5
FROM broken b JOIN tasks t ON t.id = b.task_id
RETURNING task_id, round, account_id, reviewer, (SELECT version FROM tasks WHERE id = task_id) AS version
"""
_SHUT = """
INSERT INTO account_standings AS s (account_id, version, reason, shut_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, reason = excluded.reason, shut_at = excluded.shut_at
WHERE s.version < excluded.version RETURNING account_id
"""
_LATELY_SHUT = "SELECT account_id, reason FROM account_standings WHERE shut_at > $1"
_WHY_SHUT = {
    AccountState.CLOSED: "The account was closed.",
    AccountState.SUSPENDED: "The account was suspended.",
}
_LATE_CLAIMS = timedelta(minutes=5)
"""A claim that was let in may wait for work for half a minute; after this none of a shut account is under way."""


class LeaseNotFound(NotFound):
    """Nobody whose leases the caller may see holds the task."""

    code = "lease_not_found"
    title = "Lease not found"


async def list_leases(
    connection: Any,
    *,
    account_id: AccountId | None,
    reviewer: str | None,
    after: str | None,
    limit: int,
    now: datetime,
) -> list[dict[str, Any]]:
    """The live leases of an account, of everyone where none is named, by task, after a position."""
    rows = await connection.fetch(_LIST, now, account_id, reviewer, after, limit)
    return [{**row, "queue": queues.queue_name(row["right_type"], row["language"], row["severity"])} for row in rows]


async def break_lease(
    connection: Any,
    task_id: TaskId,
    *,
    reason: str,
    broken_by: AccountId,
    of_account: AccountId | None,
    now: datetime,
) -> TaskLeaseBroken:
    """End a lease before its time; one of this account, or anyone's where none is named. Raises `LeaseNotFound`."""
    accounts = None if of_account is None else [of_account]
    broken = await _break(connection, [task_id], accounts, reason, broken_by, now)
    if not broken:
        raise LeaseNotFound(f"Nobody holds {task_id}.")
    return broken[0]


async def follow_account(connection: Any, changed: AccountChanged, *, now: datetime) -> None:
    """Take the leases away from an account that was shut out. Older versions are ignored."""
    reason = _WHY_SHUT.get(changed.state)
    known = await connection.fetchval(_SHUT, changed.account_id, changed.version, reason, now if reason else None)
    if known is not None and reason is not None:
        await _break_all(connection, [changed.account_id], reason, now)


async def break_late_leases(connection: Any, *, now: datetime) -> int:
    """Break leases that accounts took while word of their end was on its way; how many."""
    shut = await connection.fetch(_LATELY_SHUT, now - _LATE_CLAIMS)
    if not shut:
        return 0
    held = [row["task_id"] for row in await connection.fetch(_HELD_BY, [row["account_id"] for row in shut])]
    await connection.fetch(_LOCK, held)  # all at once, so that they are locked in their order
    return sum([await _break_all(connection, [row["account_id"]], row["reason"], now) for row in shut])


async def _break_all(connection: Any, account_ids: Sequence[str], reason: str, now: datetime) -> int:
    held = [row["task_id"] for row in await connection.fetch(_HELD_BY, account_ids)]
    return len(await _break(connection, held, account_ids, reason, None, now))


async def _break(
    connection: Any,
    task_ids: Sequence[str],
    account_ids: Sequence[str] | None,
    reason: str,
    broken_by: AccountId | None,
    now: datetime,
) -> list[TaskLeaseBroken]:
    if not task_ids:
        return []
    await connection.fetch(_LOCK, task_ids)
    rows = await connection.fetch(_BREAK, task_ids, now, account_ids, reason, broken_by)
    broken = [
        TaskLeaseBroken(
            version=row["version"] + 1,
            task_id=row["task_id"],
            round=row["round"],
            items=[],
            account_id=row["account_id"],
            reviewer=row["reviewer"],
            reason=reason,
            broken_by=broken_by,
            broken_at=now,
        )
        for row in rows
    ]
    await queues.place(connection, [row["task_id"] for row in rows], fresh=False)
    await append(connection, broken, source=SOURCE, now=now)
    return broken
