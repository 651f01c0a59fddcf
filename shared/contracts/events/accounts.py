"""Events of accounts: the operator's decisions about them."""

from datetime import datetime
from enum import StrEnum, unique

from pydantic import Field

from ..codes import AccountKind
from ..event import Event
from ..ids import AccountId
from ..things import Thing


@unique
class AccountState(StrEnum):
    """The state of an account: it may use the platform, or not."""

    OPEN = "open"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class AccountLimits(Thing):
    """Limits that the operator has set for one account; None is the platform's default."""

    open_reports: int | None = None
    rights: int | None = None
    evidence_bytes: int | None = None


class AccountChanged(Event, name="marque.account.changed.v1", producer="gateway"):
    """An account was opened, changed, suspended, resumed or closed: all of it as it is from now on."""

    account_id: AccountId
    kind: AccountKind
    state: AccountState
    marketplaces: list[str] | None = Field(None, description="Where a vendor may work; none: everywhere")
    limits: AccountLimits = AccountLimits()
    reason: str | None = Field(None, description="Why it is suspended")
    changed_at: datetime

    @property
    def subject_id(self) -> str:
        return self.account_id

    @property
    def owner(self) -> AccountId:
        return self.account_id
