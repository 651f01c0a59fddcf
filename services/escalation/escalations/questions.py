"""Reviewers' questions: a task that its reviewer cannot answer is an escalation at the desk, until it is cancelled."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.escalation.escalations import desk
from services.escalation.escalations.tables import CancelledTask, Escalation
from shared.contracts.codes import EscalationKind, EscalationState, Outcome
from shared.contracts.events import TaskCancelled, TaskJudged
from shared.runtime.locks import Lock


async def open_question(session: AsyncSession, judged: TaskJudged, *, now: datetime) -> None:
    """Open an escalation for a reviewer's question, once for each judgement, unless the task was cancelled."""
    if judged.outcome is not Outcome.ESCALATE:
        return
    await Lock.TASK.take(session, judged.task_id)
    if await session.get(CancelledTask, judged.task_id) is not None:
        return
    accounts = sorted({str(item.account_id) for item in judged.items})
    alone = judged.items[0] if len({item.report_id for item in judged.items}) == 1 else None
    escalation = await desk.prepare(
        session,
        kind=EscalationKind.REVIEWER_QUESTION,
        severity=judged.severity,
        reason=judged.note or f"{judged.reviewer} asks for guidance and left no note.",
        now=now,
        account_ids=accounts,
        report_id=alone.report_id if alone else None,
        item_id=alone.item_id if alone else None,
        task_id=judged.task_id,
        judgement_id=judged.judgement_id,
        listing=None,
    )
    await desk.open_escalation(session, escalation, now=now)


async def settle_cancelled(session: AsyncSession, cancelled: TaskCancelled, *, now: datetime) -> None:
    """Settle the questions about a task that was cancelled: no reviewer waits for an answer any more."""
    connection = await session.connection()
    await Lock.TASK.take(connection, cancelled.task_id)
    row = {"task_id": cancelled.task_id, "cancelled_at": cancelled.cancelled_at}
    await connection.execute(insert(CancelledTask).values(row).on_conflict_do_nothing())
    asked = select(Escalation.id).where(
        col(Escalation.task_id) == cancelled.task_id,
        col(Escalation.kind) == EscalationKind.REVIEWER_QUESTION,
        col(Escalation.state) != EscalationState.RESOLVED,
    )
    for escalation_id in (await session.exec(asked.order_by(col(Escalation.id)))).all():
        escalation = await desk.hold(session, escalation_id)
        if escalation is not None and escalation.state is not EscalationState.RESOLVED:
            reason = "Its reporters have withdrawn all items of the task."
            desk.settle(session, escalation, reason=reason, answer=None, by=desk.PLATFORM, now=now)
