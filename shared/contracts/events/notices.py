"""Events of notices by people without an account."""

from datetime import datetime

from ..codes import Claim, LegalBasis, NoticeOutcome, ReasonCode
from ..event import Event
from ..ids import AccountId, NoticeId
from ..things import Listing, Thing


class ClaimedRight(Thing):
    """A right in the words of the notifier: nobody has verified it."""

    title: str
    owner: str
    office: str | None = None
    registration_number: str | None = None


class NoticedListing(Thing):
    """One listing named in a notice."""

    listing: Listing
    explanation: str | None = None


class NoticeHandedOn(Event, name="marque.notice.handed_on.v1", producer="intake"):
    """A confirmed notice names no right of the vault: the operator has to look at it (DSA Art. 16(6)).

    Name and e-mail address of the notifier are not here; `account_id` is the same for all notices of one address.
    """

    notice_id: NoticeId
    account_id: AccountId
    claim: Claim
    legal_basis: LegalBasis
    language: str
    right: ClaimedRight
    explanation: str
    items: list[NoticedListing]
    confirmed_at: datetime

    @property
    def subject_id(self) -> str:
        return self.notice_id


class NoticeSettled(Event, name="marque.notice.settled.v1", producer="intake"):
    """A notice that was handed on waits no more: the operator has decided it, or its notifier has taken it back."""

    notice_id: NoticeId
    account_id: AccountId
    outcome: NoticeOutcome
    code: ReasonCode | None = None
    settled_at: datetime

    @property
    def subject_id(self) -> str:
        return self.notice_id
