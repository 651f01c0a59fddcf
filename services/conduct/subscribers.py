"""Inbound events of the conduct service, one function each."""

from collections.abc import Sequence
from functools import cache
from typing import cast

from sqlmodel.ext.asyncio.session import AsyncSession

from services.conduct.misuse import suspicions
from services.conduct.misuse.signals import Limits
from services.conduct.settings import ConductSettings
from services.conduct.standing import counts, reporters, sanctions
from shared.contracts.events import (
    AccountChanged,
    DecisionMade,
    DecisionReversed,
    RatingApplied,
    ReporterUseCounted,
    ReportsTraced,
)
from shared.runtime.subscribers import Received, Subscribers

subscribers = Subscribers()


@cache
def limits() -> Limits:
    """Return the settings, read once; the app reads them anew when it starts."""
    return Limits.of(ConductSettings())


@subscribers.on(AccountChanged)
async def follow_account(session: AsyncSession, event: AccountChanged, _: Received) -> None:
    await reporters.follow_account(session, event)


@subscribers.on(RatingApplied)
async def note_applied(session: AsyncSession, event: RatingApplied, _: Received) -> None:
    await reporters.note_applied(session, event)


@subscribers.on(ReporterUseCounted)
async def keep_use(session: AsyncSession, event: ReporterUseCounted, _: Received) -> None:
    await reporters.keep_use(session, event)


@subscribers.on(DecisionReversed)
async def uncount_decision(session: AsyncSession, event: DecisionReversed, received: Received) -> None:
    await counts.uncount(session, event, now=received.now)


@subscribers.on_many(DecisionMade)
async def count_decisions(session: AsyncSession, batch: Sequence[Received]) -> None:
    decisions = [cast("DecisionMade", received.envelope.data) for received in batch]
    decided = await counts.count(session, decisions, now=batch[0].now)
    await sanctions.evaluate(session, decided, now=batch[0].now)


@subscribers.on_many(ReportsTraced)
async def look_at_reports(session: AsyncSession, batch: Sequence[Received]) -> None:
    traced = [report for received in batch for report in cast("ReportsTraced", received.envelope.data).reports]
    await suspicions.look_at(session, traced, limits=limits(), now=batch[0].now)
