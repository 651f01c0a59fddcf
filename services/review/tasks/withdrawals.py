"""Withdrawals: items leave their tasks, unless a judgement decides these first.

The lock on the task, which a judgement takes too, says which of them comes first. An item whose task is decided by then
stays decided: the decision, which intake is told of in any case, says that the withdrawal came too late.
"""

from collections.abc import Sequence
from datetime import datetime

from services.review.tables import SOURCE
from services.review.tasks import lease_statements, statements
from services.review.tasks.returns import reprioritise
from services.review.tasks.tasks import lock_report
from shared.contracts.event import Event
from shared.contracts.events import ReportWithdrawalRequested, ReportWithdrawn, TaskCancelled, TaskItemsWithdrawn
from shared.contracts.ids import ItemId, TaskId
from shared.runtime.outbox import append
from shared.runtime.statements import Executor


async def withdraw_items(connection: Executor, requested: ReportWithdrawalRequested, *, now: datetime) -> None:
    """Take items off their tasks as their reporter asks, and tell of those that have come in time."""
    await lock_report(connection, requested.report_id)
    task_ids, events = await _detach(connection, requested.item_ids, now)
    free = await statements.FREE_ITEMS.all(connection, item_ids=list(requested.item_ids))
    if free:
        events.append(
            TaskItemsWithdrawn(
                version=requested.version,
                report_id=requested.report_id,
                account_id=requested.account_id,
                item_ids=[ItemId(item_id) for item_id in free],
                task_ids=[TaskId(task_id) for task_id in task_ids],
                withdrawn_at=now,
            )
        )
    await append(connection, events, source=SOURCE, now=now)


async def follow_withdrawn(connection: Executor, withdrawn: ReportWithdrawn, *, now: datetime) -> None:
    """Take items off their tasks that intake says are withdrawn.

    That is so already, but where an earlier version of intake moved them itself while this one took over.
    """
    await lock_report(connection, withdrawn.report_id)
    _, events = await _detach(connection, withdrawn.item_ids, now)
    await append(connection, events, source=SOURCE, now=now)


async def _detach(connection: Executor, item_ids: Sequence[str], now: datetime) -> tuple[list[str], list[Event]]:
    """Detach items from their open tasks; return these, and what is to be told of those that are left with none.

    A task without items is cancelled, and its lease with it.
    """
    await statements.REMEMBER_WITHDRAWAL.run(connection, item_ids=list(item_ids), now=now)
    task_ids = await statements.LOCK_OPEN_TASKS.all(connection, item_ids=list(item_ids))
    if not task_ids:
        return [], []
    await statements.DETACH.run(connection, item_ids=list(item_ids), task_ids=task_ids, now=now)
    cancelled = await statements.CANCEL_TASKS.all(connection, ids=task_ids, now=now)
    if cancelled:
        ids = [row.id for row in cancelled]
        await lease_statements.LEAVE_QUEUE.run(connection, ids=ids)
        await lease_statements.END_HOLDS.run(connection, ids=ids, now=now)
    await reprioritise(connection, task_ids, now)
    return task_ids, [
        TaskCancelled(version=row.version, task_id=TaskId(row.id), round=row.round, items=[], cancelled_at=now)
        for row in cancelled
    ]
