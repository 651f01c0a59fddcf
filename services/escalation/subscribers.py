"""The events that move clocks and open escalations, each with what it does."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.escalation.clocks.clock_settings import clock_settings_of
from services.escalation.clocks.item_clocks import ItemRef
from services.escalation.escalations import escalations, notices, questions
from services.escalation.triage import triage
from services.escalation.triage.triage import ItemProgress
from shared.contracts.event import Event
from shared.contracts.events import (
    DecisionMade,
    NoticeHandedOn,
    NoticeSettled,
    ReporterSuspected,
    ReportInformationProvided,
    ReportInformationRequested,
    ReportReopened,
    ReportSubmitted,
    ReportWithdrawn,
    TaskCancelled,
    TaskClaimed,
    TaskCreated,
    TaskJoined,
    TaskJudged,
)
from shared.contracts.ids import AccountId, ItemId, ReportId
from shared.runtime.subscribers import Received, Subscribers

subscribers = Subscribers()


def _refs(report_id: ReportId, account_id: AccountId, item_ids: list[ItemId]) -> list[ItemRef]:
    return [ItemRef(item_id, report_id, account_id) for item_id in item_ids]


@subscribers.on(ReportSubmitted)
async def triage_report(session: AsyncSession, event: ReportSubmitted, received: Received) -> None:
    await triage.triage_report(session, event, now=received.now)


@subscribers.on(TaskJudged)
async def open_question(session: AsyncSession, event: TaskJudged, received: Received) -> None:
    await questions.open_question(session, event, now=received.now)


@subscribers.on(TaskCancelled)
async def settle_questions(session: AsyncSession, event: TaskCancelled, received: Received) -> None:
    await questions.settle_cancelled(session, event, now=received.now)


@subscribers.on(ReporterSuspected)
async def open_suspicion(session: AsyncSession, event: ReporterSuspected, received: Received) -> None:
    severity = clock_settings_of(session).suspicion
    await escalations.open_suspicion(session, event, severity=severity, now=received.now)


@subscribers.on(NoticeHandedOn)
async def open_notice(session: AsyncSession, event: NoticeHandedOn, received: Received) -> None:
    await notices.open_notice(session, event, severity=clock_settings_of(session).handed_on, now=received.now)


@subscribers.on(NoticeSettled)
async def settle_notice(session: AsyncSession, event: NoticeSettled, received: Received) -> None:
    await notices.settle_notice(session, event, now=received.now)


@subscribers.on(ReportInformationRequested)
async def pause_items(session: AsyncSession, event: ReportInformationRequested, received: Received) -> None:
    refs = _refs(event.report_id, event.account_id, [item.item_id for item in event.items])
    await triage.pause_items(session, refs, version=event.version, at=received.envelope.time, now=received.now)


@subscribers.on(ReportInformationProvided, ReportReopened)
async def resume_items(
    session: AsyncSession, event: ReportInformationProvided | ReportReopened, received: Received
) -> None:
    refs = _refs(event.report_id, event.account_id, event.item_ids)
    await triage.resume_items(session, refs, version=event.version, at=received.envelope.time, now=received.now)


@subscribers.on_many(TaskCreated, TaskJoined, TaskClaimed, DecisionMade, ReportWithdrawn)
async def take_note(session: AsyncSession, received: Sequence[Received]) -> None:
    steps = [step for one in received for step in _progress_of(one.envelope.data, one.envelope.time)]
    await triage.take_note(session, steps, now=received[0].now)


def _progress_of(event: Event, at: datetime) -> list[ItemProgress]:
    match event:
        case TaskCreated() | TaskJoined():
            return [ItemProgress(ref, event.task_id) for ref in ItemRef.of(event.items)]
        case TaskClaimed():
            return [
                ItemProgress(ref, event.task_id, acknowledged_at=event.claimed_at) for ref in ItemRef.of(event.items)
            ]
        case DecisionMade():
            return [ItemProgress(ref, event.task_id, ended_at=event.decided_at) for ref in ItemRef.of(event.items)]
        case ReportWithdrawn():
            return [ItemProgress(ref, ended_at=at) for ref in _refs(event.report_id, event.account_id, event.item_ids)]
    raise TypeError(event.name)
