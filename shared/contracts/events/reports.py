"""Events of reports."""

from datetime import datetime

from pydantic import Field

from ..codes import Claim, ItemState, LegalBasis, ReasonCode, ReporterTier, ReportState, Severity
from ..event import Event
from ..ids import AccountId, DecisionId, EvidenceId, ItemId, ReportId, RuleId
from ..listing_codes import ListingState
from ..things import AuthorityReference, Finding, ReportedItem, Reporter, ReporterAccuracy, RightSnapshot, Thing


class _OfReport(Event):
    report_id: ReportId
    account_id: AccountId

    @property
    def subject_id(self) -> str:
        return self.report_id

    @property
    def owner(self) -> AccountId:
        return self.account_id


class ReportSubmitted(_OfReport, name="marque.report.submitted.v1", producer="intake"):
    """A report was filed. The reporter's contact is not here: whoever needs it must be allowed to read the report.

    Tier and accuracy are those of the reporter at this moment; without decided items it has no accuracy. Where the
    claim does not fit the right, `fitting_right` is the one of the same vault that it fits, if there is one.
    """

    reporter: Reporter
    reporter_tier: ReporterTier = ReporterTier.NEW
    reporter_accuracy: ReporterAccuracy | None = None
    right: RightSnapshot
    fitting_right: RightSnapshot | None = None
    authority: AuthorityReference | None = Field(None, description="By what the reporter acts, who is not the owner")
    claim: Claim
    legal_basis: LegalBasis
    reference: str | None = None
    language: str
    markets: list[str]
    explanation: str
    evidence_ids: list[EvidenceId] = []
    items: list[ReportedItem]
    findings: list[Finding] = []
    submitted_at: datetime


class TriagedItem(Thing):
    """The severity and the clocks that a report item was given."""

    item_id: ItemId
    severity: Severity
    acknowledge_due_at: datetime
    decide_due_at: datetime
    rule_id: RuleId | None = None


class ReportTriaged(_OfReport, name="marque.report.triaged.v1", producer="escalation"):
    """The severity rules were applied to a report. `rule_id` is the rule of its most pressing item."""

    rule_id: RuleId | None = None
    items: list[TriagedItem]


class ReportRescheduled(_OfReport, name="marque.report.rescheduled.v1", producer="escalation"):
    """The clocks of these items run again after a pause, and their due dates have moved."""

    items: list[TriagedItem]


class RequestedInformation(Thing):
    """A question about one item."""

    item_id: ItemId
    code: ReasonCode
    note: str | None = None
    answer_due_at: datetime | None = None


class ReportInformationRequested(_OfReport, name="marque.report.information_requested.v1", producer="intake"):
    """A reviewer needs to know more; the clocks of these items pause."""

    items: list[RequestedInformation]


class AwaitedAnswer(Thing):
    """A question that was asked about one item, and when its answer is due."""

    item_id: ItemId
    code: ReasonCode | None = None
    answer_due_at: datetime


class GoneListing(Thing):
    """An item whose listing is no longer offered, and since when that is known."""

    item_id: ItemId
    listing_id: str
    listing_state: ListingState
    known_at: datetime


class ReportListingGone(_OfReport, name="marque.report.listing_gone.v1", producer="intake"):
    """The marketplace says that listings of a report are not offered any more. Nothing is decided by that."""

    items: list[GoneListing]


class ReportReminded(_OfReport, name="marque.report.reminded.v1", producer="intake"):
    """The reporter has not answered yet, and is told once that the time to do so ends soon."""

    items: list[AwaitedAnswer]


class ReportClosed(_OfReport, name="marque.report.closed.v1", producer="intake"):
    """No answer came in time: these items are closed. Until `reopen_until` their reporter may answer all the same."""

    items: list[AwaitedAnswer]
    state: ReportState
    reopen_until: datetime


class ReportInformationProvided(_OfReport, name="marque.report.information_provided.v1", producer="intake"):
    """The reporter answered; the clocks of these items run again."""

    item_ids: list[ItemId]
    explanation: str
    evidence_ids: list[EvidenceId] = []


class ReportReopened(_OfReport, name="marque.report.reopened.v1", producer="intake"):
    """The reporter answered about items that had been closed; their clocks run again."""

    item_ids: list[ItemId]
    explanation: str
    evidence_ids: list[EvidenceId] = []


class ReportWithdrawalRequested(_OfReport, name="marque.report.withdrawal_requested.v1", producer="intake"):
    """The reporter asks to take back these items. Review says whether that comes before a decision."""

    item_ids: list[ItemId]
    requested_at: datetime


class ReportWithdrawn(_OfReport, name="marque.report.withdrawn.v1", producer="intake"):
    """These items are taken back: nothing is decided about them any more."""

    item_ids: list[ItemId]
    state: ReportState


class DecidedItem(Thing):
    """An item whose withdrawal came too late, and the decision that stands."""

    item_id: ItemId
    state: ItemState
    decision_id: DecisionId


class ReportWithdrawalRefused(_OfReport, name="marque.report.withdrawal_refused.v1", producer="intake"):
    """The withdrawal of these items came too late: they were decided first. Only a reversal undoes a decision."""

    items: list[DecidedItem]


class CompletedItem(Thing):
    """How one item ended."""

    item_id: ItemId
    listing_id: str
    state: ItemState
    code: ReasonCode | None = None
    decision_id: str | None = None


class ReportCompleted(_OfReport, name="marque.report.completed.v1", producer="intake"):
    """Every item of the report has its outcome."""

    reference: str | None = None
    state: ReportState
    items: list[CompletedItem]
    completed_at: datetime
