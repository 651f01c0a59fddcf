"""Leases that end before their time: a lead breaks one, or the account that holds them is shut out.

The task waits in its queue again, and under the broken lease nothing can be written any more: its hold is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.review.tables import SOURCE
from services.review.tasks import lease_statements as statements
from services.review.tasks import queues
from services.review.tasks.statements import LOCK_TASKS
from shared.contracts.events import AccountChanged, AccountState, TaskLeaseBroken
from shared.contracts.ids import AccountId, TaskId
from shared.runtime.errors import NotFound
from shared.runtime.outbox import append
from shared.runtime.statements import Executor

_WHY_SHUT = {
    AccountState.CLOSED: "The account was closed.",
    AccountState.SUSPENDED: "The account was suspended.",
}
_LATE_CLAIMS = timedelta(minutes=5)
"""A claim that was let in may wait for work for half a minute; after this none of a shut account is under way."""


@dataclass(frozen=True)
class HandedOver:
    """A task that another reviewer of the same account holds now: what was taken away, and the new lease's fence."""

    broken: TaskLeaseBroken
    fence: int
    expires_at: datetime


class LeaseNotFound(NotFound):
    """Nobody whose leases the caller may see holds the task."""

    code = "lease_not_found"
    title = "Lease not found"


async def list_leases(
    connection: Executor,
    *,
    account_id: AccountId | None,
    reviewer: str | None,
    after: str | None,
    limit: int,
    now: datetime,
) -> list[dict[str, Any]]:
    """The live leases of an account, of everyone where none is named, by task, after a position."""
    rows = await statements.LIST_LEASES.all(
        connection, now=now, account_id=account_id, reviewer=reviewer, after=after, limit=limit
    )
    return [{**row._asdict(), "queue": queues.queue_name(row.right_type, row.language, row.severity)} for row in rows]


async def break_lease(
    connection: Executor,
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


async def hand_over_lease(
    connection: Executor,
    task_id: TaskId,
    *,
    reviewer: str,
    lease_seconds: int,
    reason: str,
    broken_by: AccountId,
    of_account: AccountId | None,
    now: datetime,
) -> HandedOver:
    """Take a task from its reviewer and give it to another of the same account, without its waiting in between.

    Raises `LeaseNotFound`.
    """
    accounts = None if of_account is None else [of_account]
    broken = await _take_away(connection, [task_id], accounts, reason, broken_by, now)
    if not broken:
        raise LeaseNotFound(f"Nobody holds {task_id}.")
    expires_at = now + timedelta(seconds=lease_seconds)
    fence = await statements.HAND_OVER.one(
        connection, task_id=task_id, account_id=broken[0].account_id, reviewer=reviewer, round=broken[0].round,
        now=now, expires_at=expires_at,
    )  # fmt: skip
    told = broken[0].model_copy(update={"handed_to": reviewer})
    await append(connection, [told], source=SOURCE, now=now)
    return HandedOver(told, fence, expires_at)


async def follow_account(connection: Executor, changed: AccountChanged, *, now: datetime) -> None:
    """Take the leases away from an account that was shut out. Older versions are ignored."""
    reason = _WHY_SHUT.get(changed.state)
    known = await statements.KEEP_STANDING.first(
        connection,
        account_id=changed.account_id,
        version=changed.version,
        reason=reason,
        shut_at=now if reason else None,
    )
    if known is not None and reason is not None:
        await _break_all(connection, [changed.account_id], reason, now)


async def break_late_leases(connection: Executor, *, now: datetime) -> int:
    """Break leases that accounts took while word of their end was on its way; how many."""
    shut = await statements.LATELY_SHUT.all(connection, since=now - _LATE_CLAIMS)
    if not shut:
        return 0
    held = await statements.HELD_BY.all(connection, account_ids=[one.account_id for one in shut])
    await LOCK_TASKS.all(connection, ids=held)  # all at once, so that they are locked in their order
    return sum([await _break_all(connection, [one.account_id], one.reason, now) for one in shut])


async def _break_all(connection: Executor, account_ids: Sequence[str], reason: str, now: datetime) -> int:
    held = await statements.HELD_BY.all(connection, account_ids=account_ids)
    return len(await _break(connection, held, account_ids, reason, None, now))


async def _break(
    connection: Executor,
    task_ids: Sequence[str],
    account_ids: Sequence[str] | None,
    reason: str,
    broken_by: AccountId | None,
    now: datetime,
) -> list[TaskLeaseBroken]:
    """End the leases of these tasks, and put the tasks back into their queues."""
    broken = await _take_away(connection, task_ids, account_ids, reason, broken_by, now) if task_ids else []
    if broken:
        await queues.place(connection, [one.task_id for one in broken], fresh=False)
        await append(connection, broken, source=SOURCE, now=now)
    return broken


async def _take_away(
    connection: Executor,
    task_ids: Sequence[str],
    account_ids: Sequence[str] | None,
    reason: str,
    broken_by: AccountId | None,
    now: datetime,
) -> list[TaskLeaseBroken]:
    """Lock these tasks and end their leases; what is to be told of each."""
    await LOCK_TASKS.all(connection, ids=task_ids)
    rows = await statements.BREAK_LEASES.all(
        connection, task_ids=task_ids, now=now, account_ids=account_ids, reason=reason, broken_by=broken_by
    )
    return [
        TaskLeaseBroken(
            version=row.version + 1,
            task_id=TaskId(row.task_id),
            round=row.round,
            items=[],
            account_id=AccountId(row.account_id),
            reviewer=row.reviewer,
            reason=reason,
            broken_by=broken_by,
            broken_at=now,
        )
        for row in rows
    ]
