"""Withdrawals: items leave their tasks, unless a judgement decides these first.

The lock on the task, which a judgement takes too, says which of them comes first. An item whose task is decided by then
stays decided: the decision, which intake is told of in any case, says that the withdrawal came too late.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.review.tables import SOURCE
from services.review.tasks.returns import LOCK_OPEN_TASKS, reprioritise
from services.review.tasks.tasks import lock_report
from shared.contracts.event import Event
from shared.contracts.events import ReportWithdrawalRequested, ReportWithdrawn, TaskCancelled, TaskItemsWithdrawn
from shared.runtime.outbox import append

_REMEMBER = """
INSERT INTO item_news AS n (item_id, withdrawn_at) SELECT unnest($1::text[]), $2
ON CONFLICT (item_id) DO UPDATE SET withdrawn_at = coalesce(n.withdrawn_at, excluded.withdrawn_at)
"""
_DETACH = """
UPDATE task_items SET withdrawn_at = $3
WHERE item_id = ANY($1) AND task_id = ANY($2) AND withdrawn_at IS NULL
"""
_CANCEL = """
UPDATE tasks t SET state = 'cancelled', version = t.version + 2, updated_at = $2
WHERE t.id = ANY($1) AND NOT EXISTS (SELECT FROM task_items i WHERE i.task_id = t.id AND i.withdrawn_at IS NULL)
RETURNING t.id, t.round, t.version
"""
_LEAVE_QUEUE = "DELETE FROM waiting WHERE task_id = ANY($1)"
_END_HOLDS = """
WITH ended AS (DELETE FROM holds WHERE task_id = ANY($1) RETURNING *)
INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at)
SELECT e.fence, 'cancelled', e.task_id, t.round, e.account_id, e.reviewer, $2, e.expires_at
FROM ended e JOIN tasks t ON t.id = e.task_id
"""
# What is on no task, or has left it. An item that is not here yet never comes to a task: its withdrawal is remembered.
_FREE = """
SELECT a.item_id FROM unnest($1::text[]) AS a(item_id)
WHERE NOT EXISTS (SELECT FROM task_items i WHERE i.item_id = a.item_id AND i.withdrawn_at IS NULL)
"""


async def withdraw_items(connection: Any, requested: ReportWithdrawalRequested, *, now: datetime) -> None:
    """Take items off their tasks as their reporter asks, and tell of those that have come in time."""
    await lock_report(connection, requested.report_id)
    task_ids, events = await _detach(connection, requested.item_ids, now)
    free = [row["item_id"] for row in await connection.fetch(_FREE, list(requested.item_ids))]
    if free:
        events.append(
            TaskItemsWithdrawn(
                version=requested.version,
                report_id=requested.report_id,
                account_id=requested.account_id,
                item_ids=free,
                task_ids=task_ids,
                withdrawn_at=now,
            )
        )
    await append(connection, events, source=SOURCE, now=now)


async def follow_withdrawn(connection: Any, withdrawn: ReportWithdrawn, *, now: datetime) -> None:
    """Take items off their tasks that intake says are withdrawn.

    That is so already, but where an earlier version of intake moved them itself while this one took over.
    """
    await lock_report(connection, withdrawn.report_id)
    _, events = await _detach(connection, withdrawn.item_ids, now)
    await append(connection, events, source=SOURCE, now=now)


async def _detach(connection: Any, item_ids: Sequence[str], now: datetime) -> tuple[list[str], list[Event]]:
    """Detach items from their open tasks; return these, and what is to be told of those that are left with none.

    A task without items is cancelled, and its lease with it.
    """
    await connection.execute(_REMEMBER, list(item_ids), now)
    task_ids = [row["id"] for row in await connection.fetch(LOCK_OPEN_TASKS, list(item_ids))]
    if not task_ids:
        return [], []
    await connection.execute(_DETACH, list(item_ids), task_ids, now)
    cancelled = await connection.fetch(_CANCEL, task_ids, now)
    if cancelled:
        ids = [row["id"] for row in cancelled]
        await connection.execute(_LEAVE_QUEUE, ids)
        await connection.execute(_END_HOLDS, ids, now)
    await reprioritise(connection, task_ids, now)
    return task_ids, [
        TaskCancelled(version=row["version"], task_id=row["id"], round=row["round"], items=[], cancelled_at=now)
        for row in cancelled
    ]
