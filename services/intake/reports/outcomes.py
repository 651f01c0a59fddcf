"""Outcomes of report items in other services: queued, claimed, questioned, decided, enforced.

Events come late and in any order. What review says of a task it numbers by the task's version; a decision ends the
matter, whatever events come after it; what the marketplace did about a decision is kept until that is known.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.reports import statements
from services.intake.reports.pauses import counted_from
from services.intake.reports.progress import LockedReport, lock_report, lock_reports, move, settle
from services.intake.reports.questions import AnswerTime, ask, await_answers
from services.intake.reports.states import OPEN, ItemStep
from services.intake.reports.tables import ReportItem
from services.intake.reports.withdrawals import tell_too_late, tell_withdrawn, withdraw
from services.intake.service_levels.estimates import Clocks, Estimates, service_levels
from shared.contracts.codes import ItemState, Outcome, ReasonCode, Verdict
from shared.contracts.events import (
    DecisionMade,
    EnforcementApplied,
    ReportRescheduled,
    ReportTriaged,
    TaskClaimed,
    TaskCreated,
    TaskItemsWithdrawn,
    TaskJoined,
    TaskJudged,
    TaskRerouted,
)
from shared.contracts.ids import ItemId
from shared.runtime.locks import Lock

Scheduled = ReportTriaged | ReportRescheduled
TaskEvent = TaskCreated | TaskJoined | TaskRerouted | TaskClaimed | TaskJudged
ItemEvent = TaskEvent | DecisionMade | TaskItemsWithdrawn | Scheduled


async def hear(
    session: AsyncSession, batch: Sequence[ItemEvent], *, clocks: Clocks, answer_time: AnswerTime, now: datetime
) -> None:
    """Take in what others tell of report items: many events with a handful of statements."""
    news = [event for event in batch if not isinstance(event, TaskJudged) or _asks(event)]
    applied = await _applied(session, sorted({event.decision_id for event in news if isinstance(event, DecisionMade)}))
    named: dict[str, set[str]] = {}
    for event in news:
        for report_id, item_id in _named(event):
            named.setdefault(report_id, set()).add(item_id)
    locked_reports = await lock_reports(session, named, now=now)
    estimates = Estimates(clocks)
    if any(isinstance(event, Scheduled) for event in news):
        estimates.learn(await service_levels(session))
    effects = _Effects()
    for event in news:
        for locked, items in _concerned(locked_reports, event):
            if isinstance(event, Scheduled):
                _schedule(session, items, event, estimates)
            else:
                applied_before = isinstance(event, DecisionMade) and event.decision_id in applied
                _take_in(session, locked, items, event, effects, answer_time=answer_time, applied=applied_before)
    await tell_withdrawn(session, effects.withdrawn)
    await settle(session, locked_reports.values())
    await await_answers(session, effects.asked.values())


@dataclass
class _Effects:
    """Effects of a batch of events beyond the items."""

    asked: dict[str, LockedReport] = field(default_factory=dict)
    withdrawn: list[tuple[LockedReport, list[ReportItem]]] = field(default_factory=list)


def _take_in(
    session: AsyncSession,
    locked: LockedReport,
    items: list[ReportItem],
    event: TaskEvent | DecisionMade | TaskItemsWithdrawn,
    effects: _Effects,
    *,
    answer_time: AnswerTime,
    applied: bool,
) -> None:
    """Move the items of one report as an event of review says."""
    match event:
        case DecisionMade():
            _decide(session, locked, items, event, applied=applied)
        case TaskItemsWithdrawn():
            if gone := withdraw(session, locked, items):
                effects.withdrawn.append((locked, gone))
        case TaskJudged():
            effects.asked |= _ask(session, locked, items, event, answer_time)
        case _:
            step = ItemStep.CLAIM if isinstance(event, TaskClaimed) else ItemStep.QUEUE
            for item in _newer(session, items, event):
                move(session, locked, item, step)


async def apply(session: AsyncSession, applied: EnforcementApplied, *, now: datetime) -> None:
    """The marketplace has acted on a decision."""
    connection = await session.connection()
    await Lock.DECISION.take(connection, applied.decision_id)
    await statements.KEEP_ENFORCEMENT.run(connection, decision_id=applied.decision_id, applied_at=applied.applied_at)
    decided = select(ReportItem.report_id).where(ReportItem.decision_id == applied.decision_id).distinct()
    for report_id in sorted(await session.exec(decided)):
        locked = await lock_report(session, report_id, now=now)
        for item in locked.items.values():
            if item.decision_id == applied.decision_id:
                move(session, locked, item, ItemStep.APPLY)
        await settle(session, [locked])


def _asks(judged: TaskJudged) -> bool:
    return judged.outcome is Outcome.NEEDS_INFORMATION


def _named(event: ItemEvent) -> Iterator[tuple[str, str]]:
    """The items that an event speaks of, each with its report."""
    if isinstance(event, Scheduled):
        yield from ((event.report_id, item.item_id) for item in event.items)
    elif isinstance(event, TaskItemsWithdrawn):
        yield from ((event.report_id, item_id) for item_id in event.item_ids)
    else:
        yield from ((item.report_id, item.item_id) for item in event.items)


def _concerned(
    locked_reports: dict[str, LockedReport], event: ItemEvent
) -> list[tuple[LockedReport, list[ReportItem]]]:
    """The reports that an event speaks of, each with the items meant."""
    found: dict[str, list[ReportItem]] = {}
    for report_id, item_id in _named(event):
        item = locked_reports[report_id].items.get(item_id)
        if item is not None:
            found.setdefault(report_id, []).append(item)
    return [(locked_reports[report_id], items) for report_id, items in found.items()]


async def _applied(session: AsyncSession, decision_ids: Collection[str]) -> set[str]:
    """Those of these decisions that the marketplace has acted on already. None of them is acted on meanwhile."""
    if not decision_ids:
        return set()
    connection = await session.connection()
    await Lock.DECISION.take_all(connection, decision_ids)
    return set(await statements.APPLIED.all(connection, ids=list(decision_ids)))


def _newer(session: AsyncSession, items: Sequence[ReportItem], event: TaskEvent) -> list[ReportItem]:
    """The items that no event of this version of their task, or of a later one, has reached yet."""
    news = [item for item in items if item.task_version < event.version]
    for item in news:
        item.task_version = event.version
        session.add(item)
    return news


def _decide(
    session: AsyncSession, locked: LockedReport, items: Sequence[ReportItem], decision: DecisionMade, *, applied: bool
) -> None:
    """The platform has decided: its answer is the outcome of the items that are open, and of no other: of these.

    A withdrawal that was asked for and not granted by then comes too late.
    """
    step = ItemStep.ACCEPT if decision.verdict is Verdict.ACCEPTED else ItemStep.REJECT
    reason = decision.public_reason
    moved = [item for item in items if move(session, locked, item, step, code=decision.code, note=reason)]
    for item in moved:
        item.public_reason = reason
        item.decision_id = decision.decision_id
        item.decided_at = decision.decided_at
        if applied:
            move(session, locked, item, ItemStep.APPLY)
    tell_too_late(session, locked, moved)


def _ask(
    session: AsyncSession, locked: LockedReport, items: Sequence[ReportItem], event: TaskJudged, time: AnswerTime
) -> dict[str, LockedReport]:
    """The report, where its reporter was asked something."""
    code = event.code or ReasonCode.N_EXPLANATION_MISSING
    newer = _newer(session, items, event)
    return {locked.report.id: locked} if ask(session, locked, newer, code=code, note=event.note, time=time) else {}


def _schedule(session: AsyncSession, items: Sequence[ReportItem], event: Scheduled, estimates: Estimates) -> None:
    """Take over the severities and clocks of items. A promise from measurements has moved with the pause already."""
    told = {item.item_id: item for item in event.items}
    for item in items:
        if item.scheduled >= event.version or ItemState(item.state) not in OPEN:
            continue
        severity, due_at = told[ItemId(item.id)].severity, told[ItemId(item.id)].decide_due_at
        item.scheduled = event.version
        item.severity = severity.value
        if isinstance(event, ReportTriaged):
            item.ahead = estimates.waiting(item.right_type, severity)
            item.expected_decision_at = estimates.expected(
                item.right_type, severity, since=counted_from(item), due_at=due_at
            )
        elif not estimates.measured(item.right_type, severity):
            item.expected_decision_at = due_at
        session.add(item)
