"""Events in: each goes into the feed and to the endpoints that ask for it; some are kept for statements of reasons."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify.feed import feed
from services.notify.mail import sending
from services.notify.statements_of_reasons import decisions
from services.notify.webhooks import deliveries, shut_accounts
from shared.contracts.event import party_events
from shared.contracts.events import (
    AccountChanged,
    DecisionMade,
    EnforcementApplied,
    EnforcementRequested,
    NoticeMailCalledOff,
    NoticeMailRequested,
    ReportSubmitted,
)
from shared.contracts.events.decisions import OWNER_OF_ENFORCEMENTS
from shared.runtime.subscribers import Received, Subscribers

subscribers = Subscribers()


@subscribers.on_many(*party_events().values())
async def tell(session: AsyncSession, batch: Sequence[Received]) -> None:
    """Into the feed and on their way to the endpoints: a few statements, however many events have come."""
    now = batch[0].now
    kept = [feed.Kept.of(received.envelope, received.payload) for received in batch]
    positions = await feed.keep_events(session, kept, now)
    await deliveries.fan_out(session, [one.envelope for one in kept], positions, now)


@subscribers.on(DecisionMade)
async def keep_decision(session: AsyncSession, event: DecisionMade, _: Received) -> None:
    await decisions.keep_decision(session, event)


@subscribers.on(EnforcementRequested)
async def keep_enforcement(session: AsyncSession, event: EnforcementRequested, _: Received) -> None:
    await decisions.keep_enforcement(session, event)


@subscribers.on(EnforcementApplied)
async def keep_effect(session: AsyncSession, event: EnforcementApplied, received: Received) -> None:
    if received.envelope.source != OWNER_OF_ENFORCEMENTS:
        return  # the marketplace's word, which review takes in and then tells
    await decisions.keep_effect(session, event)


@subscribers.on(ReportSubmitted)
async def keep_reporter(session: AsyncSession, event: ReportSubmitted, _: Received) -> None:
    await decisions.keep_reporter(session, event)


@subscribers.on(AccountChanged)
async def follow_account(session: AsyncSession, event: AccountChanged, received: Received) -> None:
    await shut_accounts.follow_account(session, event, now=received.now)


@subscribers.on(NoticeMailRequested)
async def queue_mail(session: AsyncSession, event: NoticeMailRequested, received: Received) -> None:
    await sending.queue_mail(session, event, now=received.now)


@subscribers.on(NoticeMailCalledOff)
async def call_mail_off(session: AsyncSession, event: NoticeMailCalledOff, received: Received) -> None:
    await sending.call_off(session, event, now=received.now)
