"""Events in: each goes into the feed and to the endpoints that ask for it; some are kept for statements of reasons."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify.domain import deliveries, feed, statements
from shared.contracts.event import Event
from shared.contracts.events import DecisionMade, EnforcementApplied, EnforcementRequested, ReportSubmitted
from shared.runtime.subscribers import Received, Subscribers

subscribers = Subscribers()


@subscribers.every()
async def tell(session: AsyncSession, _: Event, received: Received) -> None:
    position = await feed.keep_event(session, received.envelope, received.payload.decode(), received.now)
    await deliveries.fan_out(session, received.envelope, position, received.now)


@subscribers.on(DecisionMade)
async def keep_decision(session: AsyncSession, event: DecisionMade, _: Received) -> None:
    await statements.keep_decision(session, event)


@subscribers.on(EnforcementRequested)
async def keep_enforcement(session: AsyncSession, event: EnforcementRequested, _: Received) -> None:
    await statements.keep_enforcement(session, event)


@subscribers.on(EnforcementApplied)
async def keep_effect(session: AsyncSession, event: EnforcementApplied, _: Received) -> None:
    await statements.keep_effect(session, event)


@subscribers.on(ReportSubmitted)
async def keep_reporter(session: AsyncSession, event: ReportSubmitted, _: Received) -> None:
    await statements.keep_reporter(session, event)
