"""Inbound events of the review service, one function each."""

from collections.abc import Sequence
from functools import cache
from typing import cast

from sqlmodel.ext.asyncio.session import AsyncSession

from services.review.captures import captures
from services.review.decisions import decided
from services.review.settings import Settings
from services.review.tasks import accounts, broken_leases, returns, withdrawals
from services.review.tasks.tasks import Defaults, open_tasks
from shared.contracts.events import (
    AccountChanged,
    EnforcementApplied,
    EscalationResolved,
    ListingCaptured,
    ReportInformationProvided,
    ReportReopened,
    ReportRescheduled,
    ReportSubmitted,
    ReportSuspected,
    ReportTriaged,
    ReportWithdrawalRequested,
    ReportWithdrawn,
    RightSearched,
    SellersErased,
)
from shared.contracts.events.decisions import OWNER_OF_ENFORCEMENTS
from shared.runtime.subscribers import Received, Subscribers

subscribers = Subscribers(answers_for=frozenset({EnforcementApplied}))


@cache
def defaults() -> Defaults:
    """Return the settings, read once; the app reads them anew when it starts."""
    settings = Settings()
    return Defaults(settings.default_severity, settings.default_decide_seconds)


@subscribers.on(ReportSuspected)
async def take_over_suspicion(session: AsyncSession, event: ReportSuspected, received: Received) -> None:
    await returns.suspect(session, event, now=received.now)


@subscribers.on(ReportWithdrawalRequested)
async def withdraw_items(session: AsyncSession, event: ReportWithdrawalRequested, received: Received) -> None:
    await withdrawals.withdraw_items(session, event, now=received.now)


@subscribers.on(ReportWithdrawn)
async def follow_withdrawn_items(session: AsyncSession, event: ReportWithdrawn, received: Received) -> None:
    await withdrawals.follow_withdrawn(session, event, now=received.now)


@subscribers.on(EnforcementApplied)
async def note_enforcement(session: AsyncSession, event: EnforcementApplied, received: Received) -> None:
    if received.envelope.source == OWNER_OF_ENFORCEMENTS:
        return  # what this service has told itself
    await decided.note_enforcement(
        session, event.enforcement_id, event.applied_at, decision_id=event.decision_id, now=received.now
    )


@subscribers.on(AccountChanged)
async def follow_account(session: AsyncSession, event: AccountChanged, received: Received) -> None:
    await broken_leases.follow_account(session, event, now=received.now)


@subscribers.on(ReportInformationProvided, ReportReopened)
async def bring_back_informed_tasks(
    session: AsyncSession, event: ReportInformationProvided | ReportReopened, received: Received
) -> None:
    await returns.inform(session, event, now=received.now)


@subscribers.on(RightSearched)
async def show_fitting_rights(session: AsyncSession, event: RightSearched, received: Received) -> None:
    await returns.keep_fitting_rights(session, event, now=received.now)


@subscribers.on(AccountChanged)
async def end_waiting_claims(session: AsyncSession, event: AccountChanged, _: Received) -> None:
    await accounts.end_waiting_claims(session, event)


@subscribers.on(EscalationResolved)
async def bring_back_escalated_task(session: AsyncSession, event: EscalationResolved, received: Received) -> None:
    await returns.answer_escalation(session, event, now=received.now)


# What is known of an item before its report is there when its task is made: these two come before the reports.
@subscribers.on_many(ReportTriaged, ReportRescheduled)
async def take_over_triage(session: AsyncSession, batch: Sequence[Received]) -> None:
    events = [cast("ReportTriaged | ReportRescheduled", received.envelope.data) for received in batch]
    await returns.triage(session, events, now=batch[0].now)


@subscribers.on_many(ListingCaptured)
async def take_captures(session: AsyncSession, batch: Sequence[Received]) -> None:
    events = [cast("ListingCaptured", received.envelope.data) for received in batch]
    await returns.capture(session, events, now=batch[0].now)


# After the captures that may have come with it: a capture never shows a name again once screening has erased it.
@subscribers.on_many(SellersErased)
async def erase_sellers(session: AsyncSession, batch: Sequence[Received]) -> None:
    events = [cast("SellersErased", received.envelope.data) for received in batch]
    await captures.erase_sellers(session, events)


@subscribers.on_many(ReportSubmitted)
async def open_tasks_for_reports(session: AsyncSession, batch: Sequence[Received]) -> None:
    reports = [cast("ReportSubmitted", received.envelope.data) for received in batch]
    traces = {report.report_id: received.envelope.traceparent for report, received in zip(reports, batch, strict=True)}
    await open_tasks(session, reports, defaults=defaults(), traces=traces, now=batch[0].now)
