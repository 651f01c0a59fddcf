"""The terms of authorities for filing, which come with the right of a report in one look-up."""

from datetime import date, datetime

from pydantic import JsonValue

from services.intake.vault.expiry import days_left, is_over
from services.intake.vault.office_days import zone_in
from services.intake.vault.territories import covered, uncovered
from shared.contracts.authority_codes import AuthorityState
from shared.contracts.codes import RightType
from shared.contracts.ids import AuthorityId
from shared.contracts.things import RightSnapshot, Thing


class AuthorityTerms(Thing):
    """The terms of one authority."""

    id: AuthorityId
    version: int
    state: AuthorityState
    covers_right: bool
    right_types: list[RightType]
    territories: list[str]
    valid_from: date
    valid_to: date | None = None
    country: str | None = None
    """Of the principal, where its days end."""

    def is_over(self, now: datetime) -> bool:
        """Return whether it held once, and does so no longer."""
        return self.state is not AuthorityState.VERIFIED or is_over(self.valid_to, now, zone_in(self.country))

    def in_force(self, now: datetime) -> bool:
        return not self.is_over(now) and not self.begins_after(now)

    def begins_after(self, now: datetime) -> bool:
        return days_left(self.valid_from, now, zone_in(self.country)) > 0

    def not_reaching(self, right: RightSnapshot, markets: list[str]) -> list[str]:
        """The markets, of those that a report names, in which the right holds and this does not."""
        if not self.territories:
            return []
        held = covered(right.territories)
        return uncovered([m for m in markets if m in held] if markets else sorted(held), self.territories)

    def is_about(self, right: RightSnapshot) -> bool:
        """Return whether it is for rights of this type."""
        return not self.right_types or right.type in self.right_types


class RightAtHand(RightSnapshot):
    """A right as filing keeps it in memory: with its renewal, if any, and what its account may do by whose leave."""

    renewal: dict[str, JsonValue] | None = None
    authorities: tuple[AuthorityTerms, ...] = ()
