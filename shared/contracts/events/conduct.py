"""Events by which intake and conduct tell each other about reporters. No party reads them."""

from datetime import date, datetime

from ..codes import ReporterTier
from ..event import Event
from ..ids import AccountId, ItemId, ReportId, RightId
from ..things import ReporterAccuracy, Thing


class FilingLimits(Thing):
    """Limits on filing. None is no limit."""

    max_open_items: int | None = None
    max_filings_a_day: int | None = None


class _OfReporter(Event):
    account_id: AccountId

    @property
    def subject_id(self) -> str:
        return self.account_id


class ReporterRated(
    _OfReporter, name="marque.internal.reporter.rated.v1", producer="conduct", audience="internal"
):  # fmt: skip
    """A reporter's standing as filing goes by it. `tier` is the measured one, also while the reporter is suspended."""

    tier: ReporterTier
    limits: FilingLimits
    accuracy: ReporterAccuracy | None = None
    suspended_until: datetime | None = None
    rated_at: datetime


class RatingApplied(
    _OfReporter, name="marque.internal.rating.applied.v1", producer="intake", audience="internal"
):  # fmt: skip
    """Every process that files goes by this version of a reporter's rating, or by a newer one."""

    applied_at: datetime


class NewcomersLimited(Event, name="marque.internal.newcomers.limited.v1", producer="conduct", audience="internal"):
    """Other terms of standing hold: these are the limits of a reporter that was never rated."""

    limits: FilingLimits
    limited_at: datetime

    @property
    def subject_id(self) -> str:
        return "newcomers"


class ReporterUseCounted(
    _OfReporter, name="marque.internal.reporter.use_counted.v1", producer="intake", audience="internal"
):  # fmt: skip
    """Use of its limits by a reporter that has some. None where there is no such limit."""

    open_items: int | None
    filings: int | None
    day: date


class LateItem(Thing):
    """A report item whose listing appeared before the right was registered."""

    item_id: ItemId
    listing_id: str
    registered_on: date


class TracedReport(Thing):
    """Traces of a report: that by which it can be seen beside others.

    Texts, names and addresses are here as hashes under a key that intake alone holds: those that are alike can be
    joined, and none can be guessed and looked up.
    """

    report_id: ReportId
    account_id: AccountId
    right_id: RightId
    item_ids: list[ItemId]
    explanations: list[str] = []
    signature: str | None = None
    contact: str | None = None
    late: list[LateItem] = []
    submitted_at: datetime


class ReportsTraced(Event, name="marque.internal.reports.traced.v1", producer="intake", audience="internal"):
    """These reports were filed a while ago, in the order of their ids."""

    reports: list[TracedReport]

    @property
    def subject_id(self) -> str:
        return "reports"
