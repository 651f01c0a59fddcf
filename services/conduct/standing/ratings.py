"""Ratings of reporters for filing: made again where something has changed, told where that makes a difference.

Decisions, sanctions and new terms only say from when on a reporter has to be rated again; a sweep does it for many at
once, so that a hundred decisions about one reporter are one event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.conduct.standing import statements
from services.conduct.standing.counts import since
from services.conduct.standing.credibility import Prior
from services.conduct.standing.published_terms import terms_in_force
from services.conduct.standing.tables import Reporter, StandingTerms
from services.conduct.standing.terms import Gives, Terms
from services.conduct.standing.tiers import Counts, Measure
from shared.contracts.events import NewcomersLimited, ReporterRated
from shared.contracts.events.conduct import FilingLimits
from shared.contracts.ids import AccountId
from shared.contracts.things import ReporterAccuracy
from shared.runtime.outbox import record

AT_ONCE = 500
"""Reporters that are rated in one transaction."""


@dataclass(frozen=True)
class _Found:
    """Counts of the window, and its oldest day that has some."""

    counts: Counts
    oldest: date


async def rate_due(session: AsyncSession, *, prior: Prior, now: datetime) -> int:
    """Rate the reporters whose time has come, and tell of those whose rating is another now; how many were rated."""
    due = select(Reporter).where(col(Reporter.rate_at) <= now).order_by(col(Reporter.rate_at)).limit(AT_ONCE)
    reporters = (await session.exec(due.with_for_update(skip_locked=True))).all()
    if not reporters:
        return 0
    measure = Measure((await terms_in_force(session)).terms, prior)
    found = await _counts(session, reporters, measure.terms, now)
    for reporter in reporters:
        _rate(session, reporter, found.get(reporter.account_id), measure, now)
    return len(reporters)


async def publish_terms(session: AsyncSession, *, now: datetime) -> None:
    """Tell filing of new terms: what a newcomer may do at once, and what the others may once they are rated by them."""
    unpublished = (
        select(StandingTerms).where(col(StandingTerms.published_at).is_(None)).with_for_update(skip_locked=True)
    )
    rows = (await session.exec(unpublished.order_by(col(StandingTerms.version)))).all()
    if not rows:
        return
    newest = rows[-1]
    for row in rows:
        row.published_at = now
    terms = Terms.model_validate(newest.terms)
    limits = _limits(terms.tiers.new.gives)
    record(session, NewcomersLimited(version=newest.version, limits=limits, limited_at=now), now=now)
    await statements.RATE_EVERYBODY.run(session, now=now)


def accuracy_of(counts: Counts, measure: Measure) -> ReporterAccuracy | None:
    """How well a reporter's notices did of late. None where nothing was decided."""
    if not counts.decided:
        return None
    ends = measure.acceptance(counts)
    return ReporterAccuracy(
        decided=counts.decided, accepted=counts.accepted, low=round(ends.low, 4), high=round(ends.high, 4),
        window_days=measure.terms.window_days,
    )  # fmt: skip


async def _counts(
    session: AsyncSession, reporters: Sequence[Reporter], terms: Terms, now: datetime
) -> dict[str, _Found]:
    values = {
        "accounts": [reporter.account_id for reporter in reporters], "since": since(terms.window_days, now)
    }  # fmt: skip
    rows = await statements.COUNTS_BY_ACCOUNT.all(session, **values)
    return {row.account_id: _Found(Counts(row.decided, row.accepted, row.overturned), row.oldest) for row in rows}


def _rate(session: AsyncSession, reporter: Reporter, found: _Found | None, measure: Measure, now: datetime) -> None:
    counts = found.counts if found else Counts()
    tier = measure.tier(counts)
    suspended_until = reporter.suspended_until if reporter.is_suspended(now) else None
    event = ReporterRated(
        version=reporter.version + 1, account_id=AccountId(reporter.account_id), tier=tier,
        limits=_limits(measure.terms.tiers.gives(tier)), accuracy=accuracy_of(counts, measure),
        suspended_until=suspended_until, rated_at=now,
    )  # fmt: skip
    rating = _compared(event)
    untold = suspended_until is not None and reporter.suspended_in is None
    if untold or rating != reporter.rating:
        reporter.version, reporter.rating = event.version, rating
        record(session, event, now=now)
    if untold:
        reporter.suspended_in = event.version
    reporter.rate_at = _leaves_window(found.oldest, measure.terms.window_days) if found else None


def _compared(event: ReporterRated) -> dict[str, Any]:
    """Return that of an event by whose change it is told."""
    return event.model_dump(mode="json", include={"tier", "limits", "accuracy", "suspended_until"})


def _limits(gives: Gives) -> FilingLimits:
    return FilingLimits(max_open_items=gives.max_open_items, max_filings_a_day=gives.max_filings_a_day)


def _leaves_window(day: date, window_days: int) -> datetime:
    """When a day is behind the window."""
    return datetime.combine(day + timedelta(days=window_days), time(), UTC)
