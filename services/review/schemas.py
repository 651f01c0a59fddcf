"""The shapes that several of this service's answers share."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from shared.contracts.codes import (
    MediaType,
    Outcome,
    ReasonCode,
    RightType,
    Verdict,
)
from shared.contracts.ids import (
    CaptureId,
    DecisionId,
    EnforcementId,
    JudgementId,
    PolicyId,
    TaskId,
)
from shared.contracts.policy_codes import Demand
from shared.runtime.inputs import Output, Whole

Text = Annotated[str, Field(max_length=20_000)]
Short = Annotated[str, Field(max_length=500)]
Code = Annotated[str, Field(max_length=40)]
Market = Annotated[str, Field(max_length=10)]
Codes = Annotated[list[ReasonCode], Field(max_length=100)]
Demands = Annotated[list[Demand], Field(max_length=10)]
Count = Annotated[int, Field(ge=0, le=2_147_483_647)]
Round = Annotated[int, Field(ge=1, le=2_147_483_647)]
LeaseSeconds = Annotated[Whole, Field(ge=30, le=3600)]
QueueName = Annotated[str, Field(max_length=80)]


class LeaseOut(Output):
    """The exclusive hold of a task; `token` goes with every write."""

    token: Annotated[str, Field(max_length=200)]
    expires_at: datetime


class ListingOut(Output):
    """The offer in question."""

    marketplace: Short
    listing_id: Short
    url: Annotated[str, Field(max_length=4096)]
    media_type: MediaType
    category: Annotated[str, Field(max_length=100)] | None = None
    seller_id: Short | None = None


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


class CaptureReferenceOut(Output):
    """A capture of the listing, and the SHA-256 of its document."""

    id: CaptureId
    hash: Annotated[str, Field(max_length=64)]


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
    captures: Annotated[list[CaptureReferenceOut], Field(max_length=1000)] = Field(
        description="What the listing looked like, as far as it was known when this was decided"
    )
    enforcement_id: EnforcementId | None
    decided_at: datetime
