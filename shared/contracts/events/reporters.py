"""Events of reporters that misuse notices (DSA Art. 23(2) to (4))."""

from datetime import datetime

from ..codes import ReasonCode
from ..event import Event
from ..ids import AccountId, SanctionId
from ..sanction_codes import Gravity, Intent
from ..things import Thing


class Misuse(Thing):
    """The four factors that a warning or a suspension weighs (DSA Art. 23(3)).

    `number` and `proportion` are those of unfounded notices among all that were decided in the last `window_days`.
    """

    number: int
    proportion: float
    gravity: Gravity
    intent: Intent
    codes: list[ReasonCode]
    window_days: int


class _OfReporter(Event):
    account_id: AccountId

    @property
    def subject_id(self) -> str:
        return self.account_id

    @property
    def owner(self) -> AccountId:
        return self.account_id


class ReporterWarned(_OfReporter, name="marque.reporter.warned.v1", producer="conduct", formerly="intake"):
    """A reporter is warned: until `expires_at`, further misuse can lead to its suspension."""

    sanction_id: SanctionId
    reason: str
    misuse: Misuse
    warned_at: datetime
    expires_at: datetime


class ReporterSuspended(_OfReporter, name="marque.reporter.suspended.v1", producer="conduct", formerly="intake"):
    """A reporter that had been warned can file nothing until `ends_at`."""

    sanction_id: SanctionId
    reason: str
    misuse: Misuse
    warning_id: SanctionId
    suspended_at: datetime
    ends_at: datetime


class ReporterReinstated(_OfReporter, name="marque.reporter.reinstated.v1", producer="conduct", formerly="intake"):
    """A suspension is over: its time has passed, or the operator ended it."""

    sanction_id: SanctionId
    reason: str | None = None
    reinstated_at: datetime
