"""The shapes that several of this service's answers share."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from shared.contracts.codes import (
    Claim,
    ItemPart,
    LegalBasis,
    MediaType,
    Outcome,
    ReasonCode,
    RightType,
    Severity,
    Verdict,
)
from shared.contracts.ids import (
    AccountId,
    DecisionId,
    EnforcementId,
    EvidenceId,
    ItemId,
    JudgementId,
    PolicyId,
    ReportId,
    TaskId,
)
from shared.contracts.policy_codes import Demand
from shared.runtime.inputs import Output

Text = Annotated[str, Field(max_length=20_000)]
Short = Annotated[str, Field(max_length=500)]
Code = Annotated[str, Field(max_length=40)]
Market = Annotated[str, Field(max_length=10)]
Codes = Annotated[list[ReasonCode], Field(max_length=100)]
Demands = Annotated[list[Demand], Field(max_length=10)]
Count = Annotated[int, Field(ge=0, le=2_147_483_647)]
Round = Annotated[int, Field(ge=1, le=2_147_483_647)]
QueueName = Annotated[str, Field(max_length=80)]
Document = Annotated[dict[str, Any], Field(max_length=100)]


class ListingOut(Output):
    """The offer in question."""

    marketplace: Short
    listing_id: Short
    url: Annotated[str, Field(max_length=4096)]
    media_type: MediaType
    category: Annotated[str, Field(max_length=100)] | None = None
    seller_id: Short | None = None


class AccuracyOut(Output):
    """How often the reporter's notices of late were accepted, when it filed this one."""

    decided: Annotated[int, Field(ge=0, le=2**53)]
    accepted: Annotated[int, Field(ge=0, le=2**53)]
    low: Annotated[float, Field(ge=0, le=1, description="Low end of the credible share of accepted items")]
    high: Annotated[float, Field(ge=0, le=1, description="And its high end")]
    window_days: Annotated[int, Field(ge=1, le=366)]


class TaskItemOut(Output):
    """One reporter's item on a task."""

    report_id: ReportId
    item_id: ItemId
    account_id: AccountId
    claim: Claim
    legal_basis: LegalBasis
    part: ItemPart
    explanation: Text
    evidence: Annotated[list[EvidenceId], Field(max_length=1000)]
    markets: Annotated[list[Market], Field(max_length=300)]
    submitted_at: datetime
    right: Document | None = Field(None, description="The reporter's own record of the right, where it is another")
    fitting_right: Document | None = Field(
        None, description="Where the claim does not fit the right: the reporter's own that it fits"
    )
    reporter_accuracy: AccuracyOut | None = Field(None, description="Null where nothing of it had been decided")


class ClauseOut(Output):
    """A clause in force, and the codes that it allows."""

    policy_id: PolicyId
    version: Round
    code: Code
    title: Short
    text: Text
    law: Short
    accept_codes: Codes
    reject_codes: Codes
    reporter_text: Text | None = Field(
        description="Told to the reporter of a rejection that gives no reason of its own"
    )
    demands: Demands = Field(description="Texts that a judgement under this clause cannot go without")


class ClauseReferenceOut(Output):
    """The name of a clause in force, which stands in the `clauses` of the same answer."""

    policy_id: PolicyId
    version: Round
    code: Code


class CitationOut(Output):
    """A clause as it stood when it was cited."""

    policy_id: PolicyId
    version: Round
    code: Code
    title: Short
    text: Text


class JudgementOut(Output):
    """One reviewer's answer."""

    id: JudgementId
    task_id: TaskId
    round: Round
    reviewer: Annotated[str, Field(max_length=200)]
    outcome: Outcome
    code: ReasonCode | None
    clauses: Annotated[list[CitationOut], Field(max_length=50)]
    note: Text | None
    public_reason: Text | None = Field(description="The reason that reporters are given")
    seconds_spent: Count
    right_type: RightType
    judged_at: datetime


class DecisionOut(Output):
    """The platform's answer to a task."""

    id: DecisionId
    task_id: TaskId
    round: Round
    verdict: Verdict
    code: ReasonCode
    clauses: Annotated[list[CitationOut], Field(max_length=50)]
    public_reason: Text | None = Field(None, description="The reason that its reporters are given")
    right_type: RightType
    enforcement_id: EnforcementId | None
    decided_at: datetime


class PacketOut(Output):
    """The listing that a task is about."""

    id: TaskId
    queue: QueueName
    right_type: RightType
    severity: Severity
    due_at: datetime
    round: Round
    listing: ListingOut
    right: Document = Field(description="As in the vault, at the version that was reported")
    items: Annotated[list[TaskItemOut], Field(max_length=10_000)]
    citations: Annotated[list[ClauseReferenceOut], Field(max_length=200)] = Field(
        description="The clauses in force for this right type"
    )
    findings: Annotated[list[Document], Field(max_length=10_000)] = Field(
        description="What the checks of the reports found"
    )
    notes: Annotated[list[Document], Field(max_length=1000)] = Field(
        description="Answers of the reporter and of the escalation desk to earlier rounds"
    )
