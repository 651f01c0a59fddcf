"""A report as its reporter sees it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.intake.reports.report_body import ContactIn, StatementsIn
from shared.contracts.codes import (
    Claim,
    ItemPart,
    ItemState,
    LegalBasis,
    MediaType,
    ReasonCode,
    ReportState,
)
from shared.contracts.ids import AuthorityId, DecisionId, EvidenceId, ItemId, ReportId, RightId
from shared.contracts.listing_codes import ListingState
from shared.contracts.withdrawal_codes import Withdrawal
from shared.runtime.findings import FindingOut
from shared.runtime.inputs import Output, Version

MOST_FINDINGS = 1000
Text = Annotated[str, Field(max_length=10_000)]


class ItemOut(Output):
    """One listing of a report, and what became of it."""

    id: ItemId
    state: ItemState
    listing_id: Annotated[str, Field(max_length=2048)]
    url: Annotated[str, Field(max_length=2048)]
    decision_id: DecisionId | None = None
    code: ReasonCode | None = None
    public_reason: Text | None = Field(None, description="Why it was decided so, in words")
    expected_decision_at: datetime | None = Field(None, description="Null once it is decided, closed or withdrawn")
    answer_due_at: datetime | None = Field(
        None, description="While it needs information: closed then without an answer"
    )
    reopen_until: datetime | None = Field(None, description="Once it is closed: until then the answer reopens it")
    listing_state: ListingState | None = Field(
        None, description="Once the listing was seen to be gone while the item was open: how it is since"
    )
    withdrawal_requested_at: datetime | None = Field(None, description="When its reporter asked to take it back")
    withdrawal: Withdrawal | None = Field(
        None,
        description="Whether that withdrawal was granted, or came too late: then the decision stands, and only its "
        "reversal undoes it",
    )


class ReportSummaryOut(Output):
    """A report, without its items."""

    id: ReportId
    state: ReportState
    claim: Claim
    reference: Annotated[str, Field(max_length=128)] | None = None
    right_id: RightId
    right_version: Version
    authority_id: AuthorityId | None = Field(None, description="By what it was filed, where the right is another's")
    authority_version: Version | None = None
    created_at: datetime
    completed_at: datetime | None = None


class _Examined(ReportSummaryOut):
    expected_decision_at: datetime | None = Field(None, description="The latest of its open items'")
    findings: Annotated[list[FindingOut], Field(max_length=MOST_FINDINGS)]


class ReportOut(_Examined):
    """A report with its items."""

    items: Annotated[list[ItemOut], Field(max_length=500)]


class FiledItemOut(ItemOut):
    """One listing of a report with all that was said of it."""

    media_type: MediaType
    part: ItemPart
    explanation: Text | None = None
    evidence_ids: Annotated[list[EvidenceId], Field(max_length=50)] = []
    category: Annotated[str, Field(max_length=100)] | None = None


class ReportInFullOut(_Examined):
    """A report with all that was filed. The contact and the signature are personal data."""

    language: Annotated[str, Field(max_length=16)]
    markets: Annotated[list[Annotated[str, Field(max_length=2)]], Field(max_length=250)]
    explanation: Text
    evidence_ids: Annotated[list[EvidenceId], Field(max_length=50)]
    legal_basis: LegalBasis
    statements: StatementsIn
    signature: Annotated[str, Field(max_length=200)]
    contact: ContactIn
    items: Annotated[list[FiledItemOut], Field(max_length=500)]
