"""The acts of the escalation desk: raise, acknowledge, assign, resolve and read an escalation."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, false, or_, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.escalation.clocks.tables import ItemClock
from services.escalation.escalations import desk
from services.escalation.escalations.notices import NoticeNotDecided
from services.escalation.escalations.states import after
from services.escalation.escalations.tables import Escalation, HistoryEntry
from shared.contracts.codes import AccountKind, EscalationKind, EscalationState, EscalationStep, Severity
from shared.contracts.events import EscalationAcknowledged, ReporterSuspected
from shared.contracts.ids import AccountId, EscalationId, ItemId, ReportId, TaskId
from shared.runtime.errors import Conflict, FieldError, NotFound, Unprocessable
from shared.runtime.etags import require_match
from shared.runtime.outbox import record
from shared.runtime.pagination import among

MOST_REASON = 20_000


class AlreadyAcknowledged(Conflict):
    """Someone else took the escalation up first."""

    code = "escalation_already_acknowledged"
    title = "The escalation was acknowledged before"


class AlreadyResolved(Conflict):
    """The escalation is settled."""

    code = "escalation_already_resolved"
    title = "The escalation was resolved before"


class AnswerRequired(Unprocessable):
    """A reviewer asked, and waits for an answer."""

    code = "answer_required"
    title = "A reviewer's question is resolved with an answer"


def visible_to(account_id: AccountId, kind: AccountKind) -> ColumnElement[bool]:
    """Restrict to what an account may see: the operator all, a regulator its own, a reporter those on its reports."""
    concerned = col(Escalation.account_ids).contains([account_id])
    if kind is AccountKind.MARKETPLACE:
        return true()
    if kind is AccountKind.REGULATOR:
        return or_(col(Escalation.raised_by) == account_id, concerned)
    return concerned if kind is AccountKind.BRAND else false()


def select_escalations(
    visible: ColumnElement[bool],
    *,
    states: Sequence[EscalationState] | None = None,
    severities: Sequence[Severity] | None = None,
    kinds: Sequence[EscalationKind] | None = None,
    assignee: str | None = None,
    report_id: ReportId | None = None,
) -> SelectOfScalar[Escalation]:
    """The escalations that pass these filters."""
    statement = select(Escalation).where(visible)
    for column, values in ((Escalation.state, states), (Escalation.severity, severities), (Escalation.kind, kinds)):
        statement = among(statement, column, values)
    filters = {"assignee": assignee, "report_id": report_id}
    for name, value in filters.items():
        if value is not None:
            statement = statement.where(getattr(Escalation, name) == value)
    return statement


async def find(session: AsyncSession, escalation_id: EscalationId, visible: ColumnElement[bool]) -> Escalation:
    """One escalation that the caller may see. Raises `NotFound`."""
    statement = select(Escalation).where(Escalation.id == escalation_id, visible)
    found = (await session.exec(statement)).one_or_none()
    if found is None:
        raise NotFound
    return found


def history(escalation_id: EscalationId) -> SelectOfScalar[HistoryEntry]:
    """The steps of one escalation."""
    return select(HistoryEntry).where(HistoryEntry.escalation_id == escalation_id)


async def raise_escalation(
    session: AsyncSession,
    *,
    account_id: AccountId,
    by_regulator: bool,
    severity: Severity,
    reason: str,
    report_id: ReportId | None,
    item_id: ItemId | None,
    task_id: TaskId | None,
    listing: str | None,
    now: datetime,
) -> Escalation:
    """Bring an escalation to the desk by hand. The reporter of a report that it names is concerned."""
    concerned: list[str] = []
    if report_id is not None or item_id is not None:
        named = ItemClock.report_id == report_id if report_id is not None else ItemClock.item_id == item_id
        concerned = list((await session.exec(select(ItemClock.account_id).where(named).distinct().limit(1))).all())
    escalation = await desk.prepare(
        session,
        kind=EscalationKind.RAISED,
        severity=severity,
        reason=reason,
        now=now,
        account_ids=concerned,
        report_id=report_id,
        item_id=item_id,
        task_id=task_id,
        listing=listing,
        raised_by=account_id,
        raised_by_regulator=by_regulator,
    )
    await desk.open_escalation(session, escalation, now=now)
    return escalation


async def open_suspicion(
    session: AsyncSession, suspected: ReporterSuspected, *, severity: Severity, now: datetime
) -> None:
    """A pattern that looks like misuse goes to the desk. None of the accounts sees the escalation: it is about them."""
    accounts = ", ".join(suspected.accounts)
    escalation = await desk.prepare(
        session,
        kind=EscalationKind.SUSPECTED_ABUSE,
        severity=severity,
        reason=f"{suspected.reason} ({suspected.signal.value}; {accounts})"[:MOST_REASON],
        now=now,
        account_ids=[],
        report_id=suspected.report_id,
        listing=None,
    )
    await desk.open_escalation(session, escalation, now=now)


async def _held(session: AsyncSession, escalation_id: EscalationId, if_match: str | None) -> Escalation:
    escalation = await desk.hold(session, escalation_id)
    if escalation is None:
        raise NotFound
    require_match(if_match, escalation.version)
    return escalation


def _next_state(escalation: Escalation, step: EscalationStep) -> EscalationState:
    state = after(escalation.state, step)
    if state is not None:
        return state
    if escalation.state is EscalationState.RESOLVED:
        raise AlreadyResolved(f"It was resolved by {escalation.resolved_by}.")
    raise AlreadyAcknowledged(f"It was acknowledged by {escalation.acknowledged_by}.")


async def acknowledge(
    session: AsyncSession, escalation_id: EscalationId, *, by: str, if_match: str | None, now: datetime
) -> Escalation:
    """Take an escalation up. Of several who try at once one does; the others get `AlreadyAcknowledged`."""
    escalation = await _held(session, escalation_id, if_match)
    state = _next_state(escalation, EscalationStep.ACKNOWLEDGED)
    desk.watch_clocks(session, escalation, now, at_step=True)
    escalation.state = state
    escalation.acknowledged_by, escalation.acknowledged_at = by, now
    escalation.assignee = escalation.assignee or by
    escalation.version += 1
    desk.note_step(session, escalation.id, EscalationStep.ACKNOWLEDGED, at=now, by=by)
    record(session, EscalationAcknowledged(**desk.facts(escalation), acknowledged_by=by, acknowledged_at=now), now=now)
    return escalation


async def assign(
    session: AsyncSession, escalation_id: EscalationId, *, assignee: str, by: str, if_match: str | None, now: datetime
) -> Escalation:
    """Give an escalation to someone."""
    escalation = await _held(session, escalation_id, if_match)
    escalation.state = _next_state(escalation, EscalationStep.ASSIGNED)
    escalation.assignee = assignee
    escalation.version += 1
    desk.note_step(session, escalation.id, EscalationStep.ASSIGNED, at=now, by=by, note=assignee)
    return escalation


async def resolve(
    session: AsyncSession,
    escalation_id: EscalationId,
    *,
    reason: str,
    answer: str | None,
    by: str | None,
    client_id: str,
    if_match: str | None,
    now: datetime,
) -> Escalation:
    """Settle an escalation. A reviewer's question needs an answer; with it the task goes back to be judged.

    An escalation about a notice is settled by the notice's decision alone. Raises `NoticeNotDecided`, `AnswerRequired`.
    """
    escalation = await _held(session, escalation_id, if_match)
    _next_state(escalation, EscalationStep.RESOLVED)
    if escalation.kind is EscalationKind.NOTICE_HANDED_ON:
        raise NoticeNotDecided(f"POST /v1/public-notices/{escalation.notice_id}/decide")
    if escalation.kind is EscalationKind.REVIEWER_QUESTION and not answer:
        raise AnswerRequired(errors=[FieldError("/answer", "answer_required", "Say what the reviewer is to go by.")])
    who = by or escalation.assignee or escalation.acknowledged_by or client_id
    desk.settle(session, escalation, reason=reason, answer=answer, by=who, now=now)
    return escalation


async def items_of(session: AsyncSession, escalation_id: EscalationId) -> list[ItemClock]:
    """The clocks that were missed and make up this escalation."""
    statement = select(ItemClock).where(
        or_(
            col(ItemClock.acknowledge_escalation_id) == escalation_id,
            col(ItemClock.decide_escalation_id) == escalation_id,
        )
    )
    return list((await session.exec(statement.order_by(col(ItemClock.item_id)).limit(500))).all())
