"""A reporter's standing in full, as the reporter and the operator read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.conduct.standing.counts import Sum, added, sums
from services.intake.conduct.standing.credibility import Prior
from services.intake.conduct.standing.factors import factors, seen_by_rule
from services.intake.conduct.standing.lookup import IN_USE
from services.intake.conduct.standing.published_terms import Published, terms_in_force
from services.intake.conduct.standing.tiers import Change, Counts, Measure, fall, rise
from services.intake.conduct.suspensions import is_suspended, is_warned
from services.intake.conduct.tables import Conduct, ReporterSanction
from shared.contracts.codes import ReporterTier
from shared.contracts.events.reporters import Misuse
from shared.contracts.ids import AccountId
from shared.runtime.database import driver
from shared.runtime.errors import NotFound

MOST_SANCTIONS = 50
_KNOWN = text("""
SELECT EXISTS (SELECT FROM reports WHERE account_id = :account_id)
    OR EXISTS (SELECT FROM rights WHERE account_id = :account_id)
    OR EXISTS (SELECT FROM standing_days WHERE account_id = :account_id)
""")


class ReporterNotFound(NotFound):
    """No account of this id has put a right in the vault or filed a report."""

    code = "reporter_not_found"
    title = "Reporter not found"


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
    conduct: Conduct | None
    sanctions: Sequence[ReporterSanction]
    in_use: InUse
    now: datetime

    @property
    def counts(self) -> Counts:
        return added(self.found)

    @property
    def tier(self) -> ReporterTier:
        return ReporterTier.SUSPENDED if is_suspended(self.conduct, self.now) else self.measure.tier(self.counts)

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
        return self.conduct.warning_ends_at if self.conduct and is_warned(self.conduct, self.now) else None

    @property
    def suspended_until(self) -> datetime | None:
        return self.conduct.suspended_until if self.conduct and is_suspended(self.conduct, self.now) else None


async def record_of(session: AsyncSession, account_id: AccountId, *, prior: Prior, now: datetime) -> Record:
    """A reporter's standing at this moment."""
    published = await terms_in_force(session)
    measure = Measure(published.terms, prior)
    found = await sums(session, account_id, window_days=published.terms.window_days, now=now)
    conduct = await session.get(Conduct, account_id)
    newest = (
        select(ReporterSanction)
        .where(ReporterSanction.account_id == account_id)
        .order_by(col(ReporterSanction.id).desc())
        .limit(MOST_SANCTIONS)
    )
    sanctions = (await session.exec(newest)).all()
    tier = ReporterTier.SUSPENDED if is_suspended(conduct, now) else measure.tier(added(found))
    in_use = await _in_use(session, account_id, measure, tier, now)
    return Record(account_id, published, measure, found, conduct, sanctions, in_use, now)


async def reporter(session: AsyncSession, account_id: AccountId) -> AccountId:
    """An account that has something to do with reports. Raises `ReporterNotFound`."""
    known = (await (await session.connection()).execute(_KNOWN, {"account_id": account_id})).scalar_one()
    if not known:
        raise ReporterNotFound
    return account_id


async def _in_use(
    session: AsyncSession, account_id: AccountId, measure: Measure, tier: ReporterTier, now: datetime
) -> InUse:
    gives = measure.terms.tiers.gives(tier)
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    filings, items = gives.max_filings_a_day, gives.max_open_items
    row = await (await driver(session)).fetchrow(IN_USE, account_id, filings or 0, today, items or 0)
    return InUse(None if items is None else row["items"], None if filings is None else row["filings"])
