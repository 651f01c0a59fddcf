"""Evidence as a reviewer may see it, while the task is theirs: that of its items and rights, and of answers."""

from collections.abc import Collection
from datetime import datetime

from services.review.tasks import lease_statements as statements
from services.review.tasks.leases import loss_of
from shared.contracts.ids import AccountId, EvidenceId, TaskId
from shared.runtime.errors import NotFound
from shared.runtime.statements import Executor


class EvidenceNotShown(NotFound):
    """Nothing on the task refers to such evidence."""

    code = "evidence_not_found"
    title = "Evidence not found on the task"


async def require_shown(
    connection: Executor,
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
    may = await statements.MAY_SEE_EVIDENCE.one(
        connection, task_id=task_id, fence=fence, account_id=account_id, now=now, evidence_id=evidence_id, own=own
    )
    if not may.own:
        raise NotFound
    if not may.held:
        raise await loss_of(connection, account_id, task_id, fence)
    if not may.shown:
        raise EvidenceNotShown
