"""An account's own work: the tasks that it has claimed at some time."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import orjson

from services.review.policies.clauses import IN_FORCE, ClauseCache
from services.review.tasks.leases import has_worked_on, may_work_on
from services.review.tasks.packets import ITEMS, packet_of
from services.review.tasks.queues import queue_name
from shared.contracts.codes import TaskState
from shared.contracts.ids import AccountId, TaskId
from shared.runtime.errors import NotFound

_STATE = """
CASE WHEN t.state = 'pending' AND EXISTS (SELECT FROM holds h WHERE h.task_id = t.id AND h.expires_at > {now})
     THEN 'leased' ELSE t.state END AS state
"""
_LIST = f"""
SELECT t.id, t.right_type, t.language, t.severity, t.round, t.due_at, t.created_at, {_STATE.format(now="$4")}
FROM (
    SELECT DISTINCT task_id FROM leases
    WHERE change = 'claimed' AND account_id = $1 AND ($2::text IS NULL OR task_id < $2)
        AND ($5::text[] IS NULL OR EXISTS (SELECT FROM tasks o WHERE o.id = task_id AND o.marketplace = ANY($5)))
    ORDER BY task_id DESC LIMIT $3
) own JOIN tasks t ON t.id = own.task_id ORDER BY t.id DESC
"""
_READ = f"""
SELECT n.*, f.*, t.id, t.marketplace, t.right_type, t.language, t.severity, t.due_at, t.round, t.listing::text,
       t.right_snapshot::text, t.findings::text, t.notes::text, {_STATE.format(now="$2")}
FROM tasks t {ITEMS} {IN_FORCE.format(now="$2")} WHERE t.id = $1
"""
_JUDGEMENTS = """
SELECT id, task_id, round, reviewer, outcome, code, clauses::text, note, seconds_spent, right_type, judged_at
FROM judgements WHERE task_id = $1 AND ($2::text IS NULL OR account_id = $2) ORDER BY id
"""


async def list_tasks(
    connection: Any,
    account_id: AccountId,
    *,
    after: str | None,
    limit: int,
    now: datetime,
    marketplaces: Collection[str] | None = None,
) -> list[Mapping[str, Any]]:
    """The tasks that an account has claimed, newest first, after a position; of these marketplaces, or of all."""
    own = None if marketplaces is None else list(marketplaces)
    rows = await connection.fetch(_LIST, account_id, after, limit, now, own)
    return [{**row, "queue": queue_name(row["right_type"], row["language"], row["severity"])} for row in rows]


async def read_task(
    connection: Any,
    task_id: TaskId,
    account_id: AccountId | None,
    *,
    now: datetime,
    marketplaces: Collection[str] | None = None,
) -> dict[str, Any]:
    """A task with the judgements of one account, or of all for the operator (None). Raises `NotFound`."""
    if account_id is not None and not await has_worked_on(connection, account_id, task_id):
        raise NotFound
    row = await connection.fetchrow(_READ, task_id, now)
    if row is None or not may_work_on(marketplaces, row["marketplace"]):
        raise NotFound
    published = await ClauseCache().in_force(connection, row)
    judgements = await connection.fetch(_JUDGEMENTS, task_id, account_id)
    return {
        **packet_of(row, published),
        "state": TaskState(row["state"]),
        "judgements": [{**judged, "clauses": orjson.Fragment(judged["clauses"])} for judged in judgements],
    }
