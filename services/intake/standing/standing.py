"""A reporter's standing as filing sees it."""

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.codes import ReporterTier
from shared.contracts.events.conduct import FilingLimits
from shared.contracts.things import ReporterAccuracy


@dataclass(frozen=True)
class Standing:
    """A reporter as filing sees it. What is in use is only counted where there are limits."""

    tier: ReporterTier
    limits: FilingLimits
    accuracy: ReporterAccuracy | None = None
    suspended_until: datetime | None = None
    filings_today: int = 0
    open_items: int = 0

    @property
    def limited(self) -> bool:
        return self.limits.max_filings_a_day is not None or self.limits.max_open_items is not None


NEWCOMER = Standing(ReporterTier.NEW, FilingLimits())
