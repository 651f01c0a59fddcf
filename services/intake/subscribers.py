"""What the intake service hears of its reports, one function an event."""

from functools import cache

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain import outcomes
from services.intake.domain.service_levels import Clocks
from services.intake.domain.states import ItemStep
from services.intake.settings import Settings
from shared.contracts.codes import Outcome
from shared.contracts.events import (
    DecisionMade,
    EnforcementApplied,
    ReportRescheduled,
    ReportTriaged,
    TaskClaimed,
    TaskCreated,
    TaskJoined,
    TaskJudged,
    TaskRerouted,
)
from shared.runtime.subscribers import Received, Subscribers

subscribers = Subscribers()


@cache
def clocks() -> Clocks:
    """What the operator has set; the app forgets it when it starts."""
    settings = Settings()
    return Clocks(settings.default_severity, settings.default_decide_hours, settings.levels_least)


@subscribers.on(TaskCreated, TaskJoined, TaskRerouted)
async def items_queued(
    session: AsyncSession, event: TaskCreated | TaskJoined | TaskRerouted, received: Received
) -> None:
    await outcomes.follow_task(session, event.items, ItemStep.QUEUE, version=event.version, now=received.now)


@subscribers.on(TaskClaimed)
async def items_in_review(session: AsyncSession, event: TaskClaimed, received: Received) -> None:
    await outcomes.follow_task(session, event.items, ItemStep.CLAIM, version=event.version, now=received.now)


@subscribers.on(TaskJudged)
async def information_asked(session: AsyncSession, event: TaskJudged, received: Received) -> None:
    if event.outcome is Outcome.NEEDS_INFORMATION:
        await outcomes.ask(session, event, now=received.now)


@subscribers.on(DecisionMade)
async def items_decided(session: AsyncSession, event: DecisionMade, received: Received) -> None:
    await outcomes.decide(session, event, now=received.now)


@subscribers.on(EnforcementApplied)
async def items_actioned(session: AsyncSession, event: EnforcementApplied, received: Received) -> None:
    await outcomes.apply(session, event, now=received.now)


@subscribers.on(ReportTriaged)
async def items_triaged(session: AsyncSession, event: ReportTriaged, received: Received) -> None:
    await outcomes.schedule(
        session, event.report_id, event.items, version=event.version, clocks=clocks(), resumed=False, now=received.now
    )


@subscribers.on(ReportRescheduled)
async def items_rescheduled(session: AsyncSession, event: ReportRescheduled, received: Received) -> None:
    await outcomes.schedule(
        session, event.report_id, event.items, version=event.version, clocks=clocks(), resumed=True, now=received.now
    )
