"""Inbound events of the intake service, one function each."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from itertools import groupby
from typing import cast

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.accounts import limits
from services.intake.imports import records
from services.intake.reports import claim_mismatch, listings, outcomes
from services.intake.reports.questions import AnswerTime
from services.intake.service_levels.estimates import Clocks
from services.intake.settings import Settings
from services.intake.standing import ratings
from shared.contracts.events import (
    AccountChanged,
    AccountState,
    DecisionMade,
    EnforcementApplied,
    ListingCaptured,
    ListingsKept,
    ListingUpserted,
    NewcomersLimited,
    ReporterRated,
    ReportRescheduled,
    ReportTriaged,
    TaskClaimed,
    TaskCreated,
    TaskItemsWithdrawn,
    TaskJoined,
    TaskJudged,
    TaskRerouted,
)
from shared.contracts.events.decisions import OWNER_OF_ENFORCEMENTS
from shared.contracts.listing_codes import ListingState
from shared.runtime.subscribers import Received, Subscribers

subscribers = Subscribers()


@cache
def clocks() -> Clocks:
    """Return the settings, read once; the app reads them anew when it starts."""
    settings = Settings()
    return Clocks(settings.default_severity, settings.default_decide_hours, settings.levels_least)


@cache
def answer_time() -> AnswerTime:
    """The same, of the time to answer a question."""
    return AnswerTime.of(Settings())


@cache
def standing_lasts() -> timedelta:
    """The same, of how long filing takes a standing for granted."""
    return timedelta(seconds=Settings().standing_seconds)


@subscribers.on_many(
    TaskCreated, TaskJoined, TaskRerouted, TaskClaimed, TaskJudged, TaskItemsWithdrawn, DecisionMade,
    ReportTriaged, ReportRescheduled, ListingCaptured,
)  # fmt: skip
async def items_move(session: AsyncSession, batch: Sequence[Received]) -> None:
    for _, run in groupby(batch, _tells_of_a_listing_gone):
        told = list(run)
        captured = [one.envelope.data for one in told if isinstance(one.envelope.data, ListingCaptured)]
        news = [one.envelope.data for one in told if not isinstance(one.envelope.data, ListingCaptured)]
        if news:
            moved = cast("list[outcomes.ItemEvent]", news)
            await outcomes.hear(session, moved, clocks=clocks(), answer_time=answer_time(), now=batch[0].now)
        if captured:
            await listings.follow_captures(session, captured, now=batch[0].now)


def _tells_of_a_listing_gone(received: Received) -> bool:
    """Return whether order matters: only where an item is open is its reporter told that the listing is gone."""
    captured = received.envelope.data
    return isinstance(captured, ListingCaptured) and captured.listing.state is not ListingState.LIVE


@subscribers.on(TaskRerouted)
async def vaults_are_searched(session: AsyncSession, event: TaskRerouted, received: Received) -> None:
    await claim_mismatch.search_vaults(session, event, now=received.now)


@subscribers.on(AccountChanged)
async def account_changes(session: AsyncSession, event: AccountChanged, received: Received) -> None:
    await limits.keep_limits(session, event)
    if event.state is AccountState.CLOSED:
        await records.cancel_imports_of(session, event.account_id, now=received.now)


@subscribers.on(ListingUpserted)
async def listing_is_told_by_the_store(_session: AsyncSession, _event: ListingUpserted, _: Received) -> None:
    """Take in, and leave to the store, what the durable of a release before asks the stream for as well."""


@subscribers.on(ListingsKept)
async def listings_are_known(session: AsyncSession, event: ListingsKept, _: Received) -> None:
    await listings.keep_listings(session, event)


@subscribers.on(EnforcementApplied)
async def items_actioned(session: AsyncSession, event: EnforcementApplied, received: Received) -> None:
    if received.envelope.source != OWNER_OF_ENFORCEMENTS:
        return  # the marketplace's word, which review takes in and then tells
    await outcomes.apply(session, event, now=received.now)


@subscribers.on(ReporterRated)
async def reporter_is_rated(session: AsyncSession, event: ReporterRated, received: Received) -> None:
    await ratings.keep_rating(session, event, lasts=standing_lasts(), now=received.now)


@subscribers.on(NewcomersLimited)
async def newcomers_are_limited(session: AsyncSession, event: NewcomersLimited, received: Received) -> None:
    await ratings.keep_newcomers(session, event, now=received.now)
