"""Leases: a task is one reviewer's until a time, and every write under it shows the lease's fence.

A hold that has expired counts as gone from that moment, whether or not it has been swept up: nobody can renew it, give
it back or judge under it. Whoever locks tasks locks the task before its hold, so that no two of these wait for each
other.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from services.review.tasks import lease_statements as statements
from services.review.tasks import queues
from shared.contracts.ids import AccountId, TaskId
from shared.runtime.errors import Conflict, NotFound
from shared.runtime.statements import Executor

FREED_AT_ONCE = 500


class LeaseLost(Conflict):
    """The lease has expired, was given back, belongs to someone else, or never was."""

    code = "lease_lost"
    title = "The lease is not yours, or no longer"


async def has_worked_on(connection: Executor, account_id: AccountId, task_id: TaskId) -> bool:
    """Return whether this account ever held the task: only then does the task exist for it."""
    return bool(await statements.HAS_HELD.first(connection, account_id=account_id, task_id=task_id))


async def loss_of(
    connection: Executor, account_id: AccountId, task_id: TaskId, fence: int | None
) -> LeaseLost | NotFound:
    """Return why a lease that was shown is not good; `NotFound` where the account never had to do with the task.

    Of one that was taken away the holder is told the reason, once it calls.
    """
    if not await has_worked_on(connection, account_id, task_id):
        return NotFound()
    broken = None
    if fence is not None:
        broken = await statements.WHY_BROKEN.first(connection, fence=fence, account_id=account_id, task_id=task_id)
    if broken is None:
        return LeaseLost()
    return LeaseLost(f"It was taken away: {broken.reason}", extensions={"reason": broken.reason})


def may_work_on(marketplaces: Collection[str] | None, marketplace: str) -> bool:
    """Return whether an account limited to some marketplaces (None: not limited) may work on a task of this one."""
    return marketplaces is None or marketplace in marketplaces


async def renew_lease(
    connection: Executor,
    task_id: TaskId,
    fence: int | None,
    account_id: AccountId,
    *,
    lease_seconds: int,
    now: datetime,
    marketplaces: Collection[str] | None = None,
) -> datetime:
    """Hold a task for longer, counted from now; when the lease now ends. Raises `LeaseLost`, `NotFound`."""
    locked = await statements.LOCK_TASK.first(connection, id=task_id)
    if locked is not None and not may_work_on(marketplaces, locked.marketplace):
        raise NotFound
    until: datetime | None = None
    if locked is not None and fence is not None:
        until = await statements.RENEW.first(
            connection,
            task_id=task_id,
            fence=fence,
            account_id=account_id,
            now=now,
            expires_at=now + timedelta(seconds=lease_seconds),
            round=locked.round,
        )
    if until is None:
        raise await loss_of(connection, account_id, task_id, fence)
    return until


async def release_lease(
    connection: Executor, task_id: TaskId, fence: int | None, account_id: AccountId, *, now: datetime
) -> None:
    """Give a task back to its queue. Raises `LeaseLost`, `NotFound`."""
    locked = await statements.LOCK_TASK.first(connection, id=task_id)
    released = None
    if locked is not None and fence is not None:
        released = await statements.RELEASE.first(
            connection, task_id=task_id, fence=fence, account_id=account_id, now=now, round=locked.round
        )
    if released is None:
        raise await loss_of(connection, account_id, task_id, fence)
    await queues.place(connection, [task_id], fresh=False)


async def free_expired(connection: Executor, *, now: datetime) -> Sequence[str]:
    """Put tasks back whose lease has ended, up to `FREED_AT_ONCE`; which ones those were."""
    expired = await statements.LOCK_EXPIRED.all(connection, now=now, most=FREED_AT_ONCE)
    if not expired:
        return []
    freed = await statements.FREE_EXPIRED.all(connection, ids=expired, now=now)
    await queues.place(connection, freed, fresh=False)
    return freed
