"""Events of rights in the vault."""

from datetime import date

from ..codes import ReasonCode
from ..event import Event
from ..ids import AccountId, RightId
from ..things import RightSnapshot


class RightVerified(Event, name="marque.right.verified.v1", producer="intake"):
    """The operator found the right, or its renewal, in its register; reports can be filed under it."""

    right: RightSnapshot

    @property
    def subject_id(self) -> str:
        return self.right.id

    @property
    def owner(self) -> AccountId:
        return self.right.account_id


class _OfRight(Event):
    right_id: RightId
    account_id: AccountId

    @property
    def subject_id(self) -> str:
        return self.right_id

    @property
    def owner(self) -> AccountId:
        return self.account_id


class RightRejected(_OfRight, name="marque.right.rejected.v1", producer="intake"):
    """The operator could not confirm the right."""

    code: ReasonCode
    note: str | None = None


class RightExpiring(_OfRight, name="marque.right.expiring.v1", producer="intake"):
    """The right ends soon: told 30 and 7 days before, each once."""

    expires_on: date
    days_left: int


class RightExpired(_OfRight, name="marque.right.expired.v1", producer="intake"):
    """The right has ended; no new report can be filed under it."""

    expires_on: date


class RightRenewalRejected(_OfRight, name="marque.right.renewal_rejected.v1", producer="intake"):
    """The operator could not find the renewal; the right ends when it would have ended without it."""

    expires_on: date
    code: ReasonCode
    note: str | None = None
