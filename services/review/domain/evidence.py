"""Evidence as a reviewer may see it: that of a task's items, and of answers to questions, while the task is theirs."""

from datetime import datetime
from typing import Any

from services.review.domain.leases import LeaseLost, refuse_lost_lease
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
) AS shown
"""


class EvidenceNotShown(NotFound):
    """Nothing on the task refers to such evidence."""

    code = "evidence_not_found"
    title = "There is no such evidence on the task"


async def require_shown(
    connection: Any,
    task_id: TaskId,
    evidence_id: EvidenceId,
    fence: int | None,
    account_id: AccountId,
    *,
    now: datetime,
) -> None:
    """Whoever holds the task may see what is shown on it. Raises `LeaseLost`, `NotFound`, `EvidenceNotShown`."""
    may = await connection.fetchrow(_MAY_SEE, task_id, fence, account_id, now, evidence_id)
    if not may["held"]:
        await refuse_lost_lease(connection, account_id, task_id)
        raise LeaseLost
    if not may["shown"]:
        raise EvidenceNotShown
