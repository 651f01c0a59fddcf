"""Which tier a record makes, and what would change it. Pure rules over counts."""

from collections.abc import Callable
from dataclasses import dataclass

from services.conduct.standing.credibility import Interval, Prior, credible
from services.conduct.standing.terms import Earned, Terms
from shared.contracts.codes import ReporterTier

MOST_STEPS = 1_000_000


@dataclass(frozen=True)
class Counts:
    """Outcomes of the items decided in a window.

    `accepted` are those that stand accepted; `overturned` were accepted, and a seller had that reversed.
    """

    decided: int = 0
    accepted: int = 0
    overturned: int = 0

    @property
    def overturned_share(self) -> float:
        first_accepted = self.accepted + self.overturned
        return self.overturned / first_accepted if first_accepted else 0.0

    def then(self, *, accepted: int = 0, rejected: int = 0) -> "Counts":
        """The same, after so many more decisions."""
        return Counts(self.decided + accepted + rejected, self.accepted + accepted, self.overturned)


@dataclass(frozen=True)
class Measure:
    """How counts are measured: against the published terms, from a prior."""

    terms: Terms
    prior: Prior

    def acceptance(self, counts: Counts) -> Interval:
        return self.share(counts.accepted, counts.decided)

    def share(self, hits: int, seen: int) -> Interval:
        return credible(hits, seen, self.prior, self.terms.credibility)

    def tier(self, counts: Counts) -> ReporterTier:
        """The tier that these counts make; whether the reporter is suspended is another matter."""
        tiers = self.terms.tiers
        if counts.decided < tiers.standard.least_decided:
            return ReporterTier.NEW
        for tier, needs in ((ReporterTier.EXPRESS, tiers.express), (ReporterTier.TRUSTED, tiers.trusted)):
            if self._earned(counts, needs):
                return tier
        restricted = self.acceptance(counts).high < tiers.restricted.most_acceptance
        return ReporterTier.RESTRICTED if restricted else ReporterTier.STANDARD

    def _earned(self, counts: Counts, needs: Earned) -> bool:
        return (
            self.acceptance(counts).low >= needs.least_acceptance and counts.overturned_share <= needs.most_overturned
        )


LADDER = (
    ReporterTier.RESTRICTED, ReporterTier.NEW, ReporterTier.STANDARD, ReporterTier.TRUSTED, ReporterTier.EXPRESS,
)  # fmt: skip
"""The measured tiers, each better than the one before."""


@dataclass(frozen=True)
class Change:
    """A tier that so many more decisions of one kind would lead to, if nothing else changed."""

    tier: ReporterTier
    more: int


def rise(counts: Counts, measure: Measure) -> Change | None:
    """Return how many more accepted items lead to a better tier. None where there is none, or it is out of reach."""
    rank = LADDER.index(measure.tier(counts))

    def better(more: int) -> bool:
        return LADDER.index(measure.tier(counts.then(accepted=more))) > rank

    return _change(better, lambda more: measure.tier(counts.then(accepted=more)))


def fall(counts: Counts, measure: Measure) -> Change | None:
    """Return how many more rejected items lead to a worse tier."""
    rank = LADDER.index(measure.tier(counts))

    def worse(more: int) -> bool:
        return LADDER.index(measure.tier(counts.then(rejected=more))) < rank

    return _change(worse, lambda more: measure.tier(counts.then(rejected=more)))


def _change(turned: Callable[[int], bool], tier: Callable[[int], ReporterTier]) -> Change | None:
    """The fewest steps after which it has turned; more steps never turn it back."""
    more = 1
    while not turned(more):
        more *= 2
        if more > MOST_STEPS:
            return None
    low = more // 2
    while low + 1 < more:
        middle = (low + more) // 2
        low, more = (low, middle) if turned(middle) else (middle, more)
    return Change(tier(more), more)
