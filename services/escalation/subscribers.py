"""The events that move clocks and open matters, each with what it does."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.escalation.domain import escalations, triage
from services.escalation.domain.item_clocks import ItemRef
from shared.contracts.events import (
    DecisionMade,
    ReportInformationProvided,
    ReportInformationRequested,
    ReportSubmitted,
    ReportWithdrawn,
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


@subscribers.on(TaskCreated, TaskJoined)
async def note_task(session: AsyncSession, event: TaskCreated | TaskJoined, _: Received) -> None:
    await triage.note_task(session, event.task_id, event.items)


@subscribers.on(TaskClaimed)
async def acknowledge_items(session: AsyncSession, event: TaskClaimed, received: Received) -> None:
    await triage.acknowledge_items(session, event.task_id, event.items, at=event.claimed_at, now=received.now)


@subscribers.on(TaskJudged)
async def open_question(session: AsyncSession, event: TaskJudged, received: Received) -> None:
    await escalations.open_question(session, event, now=received.now)


@subscribers.on(DecisionMade)
async def end_decided(session: AsyncSession, event: DecisionMade, received: Received) -> None:
    await triage.end_items(session, ItemRef.of(event.items), at=event.decided_at, now=received.now)


@subscribers.on(ReportWithdrawn)
async def end_withdrawn(session: AsyncSession, event: ReportWithdrawn, received: Received) -> None:
    refs = _refs(event.report_id, event.account_id, event.item_ids)
    await triage.end_items(session, refs, at=received.envelope.time, now=received.now)


@subscribers.on(ReportInformationRequested)
async def pause_items(session: AsyncSession, event: ReportInformationRequested, received: Received) -> None:
    refs = _refs(event.report_id, event.account_id, [item.item_id for item in event.items])
    await triage.pause_items(session, refs, version=event.version, at=received.envelope.time, now=received.now)


@subscribers.on(ReportInformationProvided)
async def resume_items(session: AsyncSession, event: ReportInformationProvided, received: Received) -> None:
    refs = _refs(event.report_id, event.account_id, event.item_ids)
    await triage.resume_items(session, refs, version=event.version, at=received.envelope.time, now=received.now)
