"""Evidence as a reviewer may see it: that of a task's items, and of answers to questions, while the task is theirs."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from services.review.tasks.leases import LeaseLost, refuse_lost_lease
from shared.contracts.ids import AccountId, EvidenceId, TaskId
from shared.runtime.errors import NotFound

_MAY_SEE = """
SELECT EXISTS (
    SELECT FROM holds WHERE task_id = $1 AND fence = $2 AND account_id = $3 AND expires_at > $4
) AS held, EXISTS (
    SELECT FROM task_items i CROSS JOIN LATERAL json_array_elements_text(i.thing -> 'evidence') AS e(id)
    WHERE i.task_id = $1 AND i.withdrawn_at IS NULL AND e.id = $5
) OR EXISTS (
    SELECT FROM tasks t CROSS JOIN LATERAL jsonb_array_elements(t.notes::jsonb) AS n(note)
    WHERE t.id = $1 AND n.note -> 'evidence' ? $5
) AS shown, EXISTS (
    SELECT FROM tasks WHERE id = $1 AND ($6::text[] IS NULL OR marketplace = ANY($6))
) AS own
"""


class EvidenceNotShown(NotFound):
    """Nothing on the task refers to such evidence."""

    code = "evidence_not_found"
    title = "Evidence not found on the task"


async def require_shown(
    connection: Any,
    task_id: TaskId,
    evidence_id: EvidenceId,
    fence: int | None,
    account_id: AccountId,
    *,
    now: datetime,
    marketplaces: Collection[str] | None = None,
) -> None:
    """Whoever holds the task may see what is shown on it. Raises `LeaseLost`, `NotFound`, `EvidenceNotShown`."""
    own = None if marketplaces is None else list(marketplaces)
    may = await connection.fetchrow(_MAY_SEE, task_id, fence, account_id, now, evidence_id, own)
    if not may["own"]:
        raise NotFound
    if not may["held"]:
        await refuse_lost_lease(connection, account_id, task_id)
        raise LeaseLost
    if not may["shown"]:
        raise EvidenceNotShown
