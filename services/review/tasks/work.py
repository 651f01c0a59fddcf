"""An account's own work: the tasks that it has claimed at some time."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import orjson

from services.review.policies.clauses import ClauseCache
from services.review.tasks import statements
from services.review.tasks.leases import has_worked_on, may_work_on
from services.review.tasks.packets import packet_of, with_links, without_others
from services.review.tasks.queues import queue_name
from shared.contracts.codes import TaskState
from shared.contracts.ids import AccountId, TaskId
from shared.runtime.errors import NotFound
from shared.runtime.evidence_links import EvidenceLinks
from shared.runtime.statements import Executor


async def list_tasks(
    connection: Executor,
    account_id: AccountId,
    *,
    after: str | None,
    limit: int,
    now: datetime,
    marketplaces: Collection[str] | None = None,
) -> list[Mapping[str, Any]]:
    """The tasks that an account has claimed, newest first, after a position; of these marketplaces, or of all."""
    own = None if marketplaces is None else list(marketplaces)
    rows = await statements.OWN_TASKS.all(connection, account_id=account_id, after=after, limit=limit, now=now, own=own)
    return [{**row._asdict(), "queue": queue_name(row.right_type, row.language, row.severity)} for row in rows]


async def read_task(
    connection: Executor,
    task_id: TaskId,
    account_id: AccountId | None,
    *,
    links: EvidenceLinks,
    now: datetime,
    marketplaces: Collection[str] | None = None,
) -> dict[str, Any]:
    """A task with the judgements of one account, or of all for the operator (None). Raises `NotFound`.

    Pictures have links, and what others said and decided is shown, for the operator and for whoever holds the task.
    """
    if account_id is not None and not await has_worked_on(connection, account_id, task_id):
        raise NotFound
    row = await statements.READ_TASK.first(connection, id=task_id, now=now)
    if row is None or not may_work_on(marketplaces, row.marketplace):
        raise NotFound
    published = await ClauseCache().in_force(connection, row.right_type, row.policy_id, row.policy_version)
    judgements = await statements.JUDGEMENTS_OF.all(connection, task_id=task_id, account_id=account_id)
    packet = packet_of(row, published)
    holds = account_id in (None, row.held_by)
    return {
        **(with_links(packet, links, now=now) if holds else without_others(packet)),
        "clauses": [] if published is None else published.shown,
        "state": TaskState(row.state),
        "judgements": [{**judged._asdict(), "clauses": orjson.Fragment(judged.clauses)} for judged in judgements],
    }
