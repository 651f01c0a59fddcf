"""Events of an authority, by which an account acts under rights that are not its own."""

from datetime import date

from ..codes import ReasonCode
from ..event import Event
from ..ids import AccountId, AuthorityId
from ..things import AuthoritySnapshot


class AuthorityVerified(Event, name="marque.authority.verified.v1", producer="intake"):
    """The operator accepted the document; reports can be filed by it."""

    authority: AuthoritySnapshot

    @property
    def subject_id(self) -> str:
        return self.authority.id

    @property
    def owner(self) -> AccountId:
        return self.authority.account_id


class _OfAuthority(Event):
    authority_id: AuthorityId
    account_id: AccountId

    @property
    def subject_id(self) -> str:
        return self.authority_id

    @property
    def owner(self) -> AccountId:
        return self.account_id


class AuthorityRejected(_OfAuthority, name="marque.authority.rejected.v1", producer="intake"):
    """The operator could not accept the document, or no longer can."""

    code: ReasonCode
    note: str | None = None


class AuthorityExpiring(_OfAuthority, name="marque.authority.expiring.v1", producer="intake"):
    """The authority ends soon: told 30 and 7 days before, each once."""

    valid_to: date
    days_left: int


class AuthorityExpired(_OfAuthority, name="marque.authority.expired.v1", producer="intake"):
    """The authority has ended; no new report can be filed by it."""

    valid_to: date


class AuthorityRevoked(_OfAuthority, name="marque.authority.revoked.v1", producer="intake"):
    """Its account said that the authority was taken back; no new report can be filed by it."""
