"""A reporter's standing in full, as the reporter and the operator read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.conduct.standing.counts import Sum, added, sums
from services.conduct.standing.credibility import Prior
from services.conduct.standing.factors import factors, seen_by_rule
from services.conduct.standing.published_terms import Published, terms_in_force
from services.conduct.standing.tables import Reporter, ReporterSanction
from services.conduct.standing.tiers import Change, Counts, Measure, fall, rise
from shared.contracts.codes import ReporterTier
from shared.contracts.events.reporters import Misuse
from shared.contracts.ids import AccountId

MOST_SANCTIONS = 50


@dataclass(frozen=True)
class InUse:
    """How much of its limits a reporter has used; None where its tier has no such limit."""

    open_items: int | None
    filings_today: int | None


@dataclass(frozen=True)
class Record:
    """A reporter's standing: the counts, what they make, and what would change it."""

    account_id: AccountId
    published: Published
    measure: Measure
    found: Sequence[Sum]
    reporter: Reporter | None
    sanctions: Sequence[ReporterSanction]
    in_use: InUse
    now: datetime

    @property
    def counts(self) -> Counts:
        return added(self.found)

    @property
    def tier(self) -> ReporterTier:
        return ReporterTier.SUSPENDED if self.suspended_until else self.measure.tier(self.counts)

    @property
    def rise(self) -> Change | None:
        return rise(self.counts, self.measure)

    @property
    def fall(self) -> Change | None:
        return fall(self.counts, self.measure)

    @property
    def misuse(self) -> Misuse:
        return factors(self.found, self.published, seen_by_rule(self.found, self.published))

    @property
    def warned_until(self) -> datetime | None:
        return self.reporter.warning_ends_at if self.reporter and self.reporter.is_warned(self.now) else None

    @property
    def waits_for_effect(self) -> str | None:
        """The suspension that filing does not go by yet."""
        return self.reporter.suspension_id if self.reporter and not self.reporter.is_effective else None

    @property
    def suspended_until(self) -> datetime | None:
        return self.reporter.suspended_until if self.reporter and self.reporter.is_suspended(self.now) else None


async def record_of(session: AsyncSession, account_id: AccountId, *, prior: Prior, now: datetime) -> Record:
    """A reporter's standing at this moment."""
    published = await terms_in_force(session)
    measure = Measure(published.terms, prior)
    found = await sums(session, account_id, window_days=published.terms.window_days, now=now)
    reporter = await session.get(Reporter, account_id)
    newest = (
        select(ReporterSanction)
        .where(ReporterSanction.account_id == account_id)
        .order_by(col(ReporterSanction.id).desc())
        .limit(MOST_SANCTIONS)
    )
    sanctions = (await session.exec(newest)).all()
    suspended = reporter is not None and reporter.is_suspended(now)
    tier = ReporterTier.SUSPENDED if suspended else measure.tier(added(found))
    in_use = _in_use(reporter, measure, tier, now)
    return Record(account_id, published, measure, found, reporter, sanctions, in_use, now)


def _in_use(reporter: Reporter | None, measure: Measure, tier: ReporterTier, now: datetime) -> InUse:
    gives = measure.terms.tiers.gives(tier)
    counted = reporter or Reporter(account_id="")
    filings = counted.filings if counted.filings_on == now.astimezone(UTC).date() else 0
    return InUse(
        None if gives.max_open_items is None else counted.open_items or 0,
        None if gives.max_filings_a_day is None else filings or 0,
    )
