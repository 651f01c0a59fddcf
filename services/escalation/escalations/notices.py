"""Notices by people without an account that name no right of the vault: each is an escalation until it is decided.

They are decided at intake, where all that was said is; the escalation tells someone, keeps the clocks, and follows.
"""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.escalation.escalations import desk
from services.escalation.escalations.tables import Escalation, SettledNotice
from shared.contracts.codes import EscalationKind, EscalationState, Severity
from shared.contracts.events import NoticeHandedOn, NoticeSettled
from shared.runtime.errors import Conflict
from shared.runtime.locks import Lock

_MOST_REASON = 2000


class NoticeNotDecided(Conflict):
    """An escalation about a notice ends with the notice, which still waits for its decision."""

    code = "notice_not_decided"
    title = "The notice is decided first, and its escalation follows"


async def open_notice(session: AsyncSession, handed_on: NoticeHandedOn, *, severity: Severity, now: datetime) -> None:
    """A notice waits for the operator: an escalation, once, unless word came first that it waits no more."""
    await Lock.NOTICE.take(session, handed_on.notice_id)
    if await session.get(SettledNotice, handed_on.notice_id) is not None:
        return
    right = handed_on.right
    escalation = await desk.prepare(
        session,
        kind=EscalationKind.NOTICE_HANDED_ON,
        severity=severity,
        reason=f"Someone without an account claims {handed_on.claim.value} in {len(handed_on.items)} listings; the "
        f"vault has no such right. Decide it: POST /v1/public-notices/{handed_on.notice_id}/decide. "
        f"The right, in the notifier's words: {right.title} ({right.owner})"[:_MOST_REASON],
        now=now,
        account_ids=[],
        notice_id=handed_on.notice_id,
        listing=handed_on.items[0].listing.url,
    )
    await desk.open_escalation(session, escalation, now=now)


async def settle_notice(session: AsyncSession, settled: NoticeSettled, *, now: datetime) -> None:
    """A notice waits no more: its escalation is settled, or never opened."""
    connection = await session.connection()
    await Lock.NOTICE.take(connection, settled.notice_id)
    row = {"notice_id": settled.notice_id, "settled_at": settled.settled_at}
    await connection.execute(insert(SettledNotice).values(row).on_conflict_do_nothing())
    found = (await session.exec(select(Escalation.id).where(Escalation.notice_id == settled.notice_id))).one_or_none()
    escalation = None if found is None else await desk.hold(session, found)
    if escalation is None or escalation.state is EscalationState.RESOLVED:
        return
    code = f" ({settled.code.value})" if settled.code else ""
    reason = f"The notice was {settled.outcome.value}{code}."
    desk.settle(session, escalation, reason=reason, answer=None, by=desk.PLATFORM, now=now)
