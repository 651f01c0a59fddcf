"""The desk as the platform works it: it opens escalations, watches their clocks, and writes their history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.clocks.spans import over
from services.escalation.clocks.clock_settings import clock_settings_of
from services.escalation.clocks.item_clocks import Miss
from services.escalation.clocks.tables import ItemClock
from services.escalation.escalations.states import after
from services.escalation.escalations.tables import Escalation, HistoryEntry
from services.escalation.severities.severities import desk_spans
from shared.contracts.codes import EscalationKind, EscalationState, EscalationStep, Severity
from shared.contracts.events import EscalationBreached, EscalationOpened, EscalationResolved
from shared.contracts.events.escalations import ClockKind
from shared.contracts.ids import EscalationId, EventId
from shared.runtime.ids import new_id
from shared.runtime.outbox import record
from shared.runtime.timers import set_timer

TIMER = "desk_clocks"
"""One timer for each open escalation; its subject is the escalation's id."""

PLATFORM = "marque"


def recipient_of(escalation: Escalation) -> str | None:
    """The account in whose feed an escalation's events appear.

    A reporter hears of the clocks of its own reports, a regulator of what it raised. What reviewers ask, and what the
    operator raises itself, is the operator's alone: it may say what no party should read.
    """
    if escalation.kind is EscalationKind.CLOCK_MISSED:
        return escalation.account_ids[0]
    return escalation.raised_by if escalation.raised_by_regulator else None


def facts(escalation: Escalation) -> dict[str, Any]:
    """Return the fields that every event of an escalation has."""
    return {
        "version": escalation.version,
        "escalation_id": escalation.id,
        "kind": escalation.kind,
        "severity": escalation.severity,
        "state": escalation.state,
        "account_id": recipient_of(escalation),
        "report_id": escalation.report_id,
        "item_id": escalation.item_id,
        "task_id": escalation.task_id,
        "notice_id": escalation.notice_id,
    }


def note_step(
    session: AsyncSession,
    escalation_id: str,
    step: EscalationStep,
    *,
    at: datetime,
    by: str | None = None,
    note: str | None = None,
    item_id: str | None = None,
    clock: ClockKind | None = None,
) -> None:
    """Write one step into an escalation's history."""
    session.add(
        HistoryEntry(
            id=new_id(EventId),
            escalation_id=escalation_id,
            step=step,
            at=at,
            by=by,
            note=note,
            item_id=item_id,
            clock=clock.value if clock else None,
        )
    )


async def prepare(
    session: AsyncSession, *, kind: EscalationKind, severity: Severity, reason: str, now: datetime, **subject: Any
) -> Escalation:
    """A new escalation with the clocks of its severity, not stored yet."""
    acknowledge, resolve = await desk_spans(session, severity)
    calendar = clock_settings_of(session).calendar
    return Escalation(
        id=new_id(EscalationId),
        kind=kind,
        severity=severity,
        state=EscalationState.OPEN,
        reason=reason,
        acknowledge_due_at=over(now, acknowledge, calendar),
        resolve_due_at=over(now, resolve, calendar),
        opened_at=now,
        **subject,
    )


async def open_escalation(session: AsyncSession, escalation: Escalation, *, now: datetime) -> bool:
    """Store a new escalation, start its clocks, and tell. False where this one is open already: nothing is done."""
    row = escalation.model_dump()
    statement = insert(Escalation).values(row).on_conflict_do_nothing().returning(col(Escalation.id))
    if (await (await session.connection()).execute(statement)).first() is None:
        return False
    note_step(session, escalation.id, EscalationStep.OPENED, at=now, by=escalation.raised_by, note=escalation.reason)
    await set_timer(session, TIMER, escalation.id, min(escalation.acknowledge_due_at, escalation.resolve_due_at))
    opened = EscalationOpened(
        **facts(escalation),
        reason=escalation.reason,
        acknowledge_due_at=escalation.acknowledge_due_at,
        resolve_due_at=escalation.resolve_due_at,
        opened_at=now,
    )
    record(session, opened, now=now)
    return True


async def open_missed_clocks(session: AsyncSession, misses: Sequence[Miss], *, now: datetime) -> str:
    """Promises about items of one report were broken: an escalation for the desk, which one.

    A report of hundreds of items that is late is one escalation: what is missed while it is open joins it.
    """
    first = min(misses, key=lambda miss: (miss.clock.severity or Severity.P3, miss.clock.item_id))
    escalation_id: str | None = None
    while escalation_id is None:
        escalation = await prepare(
            session,
            kind=EscalationKind.CLOCK_MISSED,
            severity=first.clock.severity or Severity.P3,
            reason=f"The time to {first.kind.value} this report ran out at {_sentence(first)}.",
            now=now,
            account_ids=[first.clock.account_id],
            report_id=first.clock.report_id,
            item_id=first.clock.item_id,
            task_id=first.clock.task_id,
        )
        opened = await open_escalation(session, escalation, now=now)
        escalation_id = escalation.id if opened else await _join(session, first.clock.report_id)
    _note_misses(session, escalation_id, EscalationStep.CLOCK_MISSED, misses, now)
    return escalation_id


def _sentence(miss: Miss) -> str:
    return f"{miss.due_at:%Y-%m-%d %H:%M:%S} UTC"


def _note_misses(
    session: AsyncSession, escalation_id: str, step: EscalationStep, misses: Sequence[Miss], now: datetime
) -> None:
    for miss in misses:
        note = f"Due at {_sentence(miss)}." if miss.due_at else None
        note_step(session, escalation_id, step, at=now, item_id=miss.clock.item_id, clock=miss.kind, note=note)


async def _join(session: AsyncSession, report_id: str) -> str | None:
    """The open escalation of a report's missed clocks; None where it was resolved this very moment."""
    statement = select(Escalation).where(
        Escalation.report_id == report_id,
        Escalation.kind == EscalationKind.CLOCK_MISSED,
        Escalation.state != EscalationState.RESOLVED,
    )
    found = (await session.exec(statement.with_for_update().execution_options(populate_existing=True))).one_or_none()
    if found is None:
        return None
    found.version += 1
    return found.id


async def hold(session: AsyncSession, escalation_id: str) -> Escalation | None:
    """One escalation, locked."""
    statement = select(Escalation).where(Escalation.id == escalation_id)
    return (await session.exec(statement.with_for_update().execution_options(populate_existing=True))).one_or_none()


async def take_back_missed_clocks(
    session: AsyncSession, escalation_id: str, misses: Sequence[Miss], *, now: datetime
) -> None:
    """Word came late that promises were kept. One that nobody took up, and that holds nothing else, is settled."""
    escalation = await hold(session, escalation_id)
    if escalation is None or escalation.state is EscalationState.RESOLVED:
        return
    _note_misses(session, escalation_id, EscalationStep.CLOCK_KEPT, misses, now)
    escalation.version += 1
    remaining = select(ItemClock.item_id).where(
        (col(ItemClock.acknowledge_escalation_id) == escalation_id)
        | (col(ItemClock.decide_escalation_id) == escalation_id)
    )
    if escalation.state is EscalationState.OPEN and (await session.exec(remaining.limit(1))).first() is None:
        settle(
            session, escalation, reason="The clock was kept; word of it came late.", answer=None, by=PLATFORM, now=now
        )


def settle(
    session: AsyncSession, escalation: Escalation, *, reason: str, answer: str | None, by: str, now: datetime
) -> None:
    """End an escalation, which is locked and may be ended, and tell."""
    state = after(escalation.state, EscalationStep.RESOLVED)
    assert state is not None  # noqa: S101 - whoever calls has asked the table
    watch_clocks(session, escalation, now, at_step=True)
    escalation.state = state
    escalation.resolved_by, escalation.resolved_at = by, now
    escalation.resolution, escalation.answer = reason, answer
    escalation.version += 1
    note_step(session, escalation.id, EscalationStep.RESOLVED, at=now, by=by, note=reason)
    resolved = EscalationResolved(**facts(escalation), reason=reason, answer=answer, resolved_by=by, resolved_at=now)
    record(session, resolved, now=now)


def watch_clocks(session: AsyncSession, escalation: Escalation, now: datetime, *, at_step: bool = False) -> None:
    """Record what the desk itself has missed, each clock once. A step on the very due date is in time."""

    def over(due_at: datetime) -> bool:
        return now > due_at if at_step else now >= due_at

    if escalation.state is EscalationState.RESOLVED:
        return
    if (
        escalation.acknowledged_at is None
        and not escalation.acknowledge_breached
        and over(escalation.acknowledge_due_at)
    ):
        escalation.acknowledge_breached = True
        _breach(session, escalation, ClockKind.ACKNOWLEDGE, escalation.acknowledge_due_at, now)
    if not escalation.resolve_breached and over(escalation.resolve_due_at):
        escalation.resolve_breached = True
        _breach(session, escalation, ClockKind.RESOLVE, escalation.resolve_due_at, now)


def _breach(session: AsyncSession, escalation: Escalation, clock: ClockKind, due_at: datetime, now: datetime) -> None:
    escalation.version += 1
    note_step(session, escalation.id, EscalationStep.BREACHED, at=now, clock=clock)
    record(session, EscalationBreached(**facts(escalation), clock=clock, due_at=due_at), now=now)


async def keep_desk_clocks(session: AsyncSession, escalation_id: str, now: datetime) -> None:
    """Look at an escalation's clocks, and set the timer for what comes next."""
    escalation = await hold(session, escalation_id)
    if escalation is None or escalation.state is EscalationState.RESOLVED:
        return
    watch_clocks(session, escalation, now)
    moments = [] if escalation.resolve_breached else [escalation.resolve_due_at]
    if escalation.acknowledged_at is None and not escalation.acknowledge_breached:
        moments.append(escalation.acknowledge_due_at)
    if moments:
        await set_timer(session, TIMER, escalation_id, min(moments))
