"""A task's packet: all that a reviewer needs to answer, and all that the answer rested on."""

from datetime import date, datetime
from enum import StrEnum, unique
from typing import Annotated

from pydantic import Field, JsonValue

from services.review.schemas import (
    ClauseReferenceOut,
    Code,
    Count,
    ListingOut,
    Market,
    QueueName,
    Round,
    Short,
    Text,
)
from shared.contracts.codes import (
    AccountKind,
    Claim,
    HeldAs,
    ItemPart,
    LegalBasis,
    Outcome,
    ReasonCode,
    ReporterTier,
    RightState,
    RightType,
    Severity,
    Verdict,
)
from shared.contracts.ids import (
    AccountId,
    CaptureId,
    DecisionId,
    EscalationId,
    EvidenceId,
    ItemId,
    ReportId,
    RightId,
    TaskId,
)
from shared.contracts.listing_codes import CaptureSource
from shared.runtime.findings import FindingOut
from shared.runtime.inputs import Output, Version
from shared.runtime.listing_outputs import CapturedImageOut, ListingFactsOut, Sha256

LanguageTag = Annotated[str, Field(max_length=16)]
EvidenceIds = Annotated[list[EvidenceId], Field(max_length=1000)]


class OwnerOut(Output):
    """The holder of a right."""

    name: Short
    country: Annotated[str, Field(max_length=2)] | None = None


class PacketRightOut(Output):
    """A right as the vault held it at one version."""

    id: RightId
    version: Version
    account_id: AccountId
    type: RightType
    title: Short
    state: RightState
    owner: OwnerOut
    territories: Annotated[list[Market], Field(max_length=300)]
    office: Annotated[str, Field(max_length=40)] | None = None
    registration_number: Annotated[str, Field(max_length=60)] | None = None
    registered_on: date | None = None
    expires_on: date | None = None
    nice_classes: Annotated[list[Annotated[int, Field(ge=1, le=45)]], Field(max_length=45)] = []
    details: Annotated[dict[str, JsonValue], Field(max_length=100)] = Field(
        {}, description="The fields of this right type alone, named as in the vault"
    )
    held_as: HeldAs = Field(HeldAs.OWNER, description="What the account is to the right")


@unique
class ShownBy(StrEnum):
    """Who shows the goods by now.

    `marketplace`: there is a capture. `reporter`: there is none, and there is what reporters say and show. A capture
    comes a moment after the report, and up to 15 s after it where pictures have to be fetched: read the task again.
    """

    MARKETPLACE = "marketplace"
    """There is a capture of the listing."""
    REPORTER = "reporter"
    """No capture is there yet, or the marketplace has told nothing of the listing."""


class PacketListingOut(ListingFactsOut):
    """A listing as it was captured."""

    marketplace: Short
    listing_id: Short


class PacketImageOut(CapturedImageOut):
    """A picture of the listing."""

    link: Annotated[str, Field(max_length=2048)] | None = Field(
        None, description="An address that opens it for a few minutes, without a key; read the task again for a new one"
    )


class ShownCaptureOut(Output):
    """A listing as it looked, frozen with its pictures."""

    id: CaptureId
    hash: Sha256 = Field(description="SHA-256 of its document, which the decision names")
    source: CaptureSource = Field(description="`lookup`: the marketplace was asked, because nothing was known")
    captured_at: datetime
    listing: PacketListingOut
    images: Annotated[list[PacketImageOut], Field(max_length=20)]


class PacketCaptureOut(ShownCaptureOut):
    """A capture that is for these items of the task."""

    late: bool = Field(description="The marketplace told of what it shows after the reports had arrived")
    item_ids: Annotated[list[ItemId], Field(max_length=10_000)]
    changed_from: CaptureId | None = Field(description="The capture that these items had before")
    changed: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=40)] = Field(
        description="The fields in which it differs from that; `images` too"
    )


@unique
class NoteKind(StrEnum):
    """The cause of a note on a task."""

    INFORMATION = "information"
    """A reporter has answered."""
    ESCALATION = "escalation"
    """The escalation desk has answered."""


class NoteOut(Output):
    """An answer to a question of a reviewer."""

    kind: NoteKind
    text: Text
    at: datetime
    round: Round | None = Field(None, description="The round whose question it answers")
    evidence: EvidenceIds = []
    report_id: ReportId | None = None
    escalation_id: EscalationId | None = None


class EarlierOut(Output):
    """A round that has ended: what was answered, what was asked, and what came back."""

    round: Round
    outcome: Outcome
    code: ReasonCode | None
    right_type: RightType = Field(description="Under which it was judged")
    next_right_type: RightType | None = Field(description="Where it was sent, by wrong_right_type")
    note: Text | None
    question: Text | None = Field(description="To the reporter, with needs_information; to the desk, with escalate")
    answers: Annotated[list[NoteOut], Field(max_length=1000)] = Field(
        description="Of the reporters, or of the desk; several may answer one question"
    )
    judged_at: datetime


class RerouteOut(Output):
    """The way of a task into the queue of another right type."""

    from_right_type: RightType
    right_type: RightType
    claims: Annotated[list[Claim], Field(max_length=10)] = Field(description="The claims that this right type carries")
    note: Text | None
    right: PacketRightOut | None = Field(description="The right of a reporter's vault that fits; null: see `searched`")
    searched: bool = Field(
        description="Whether the reporters' vaults were searched for one, which they are within a moment; false again "
        "once another reporter has joined the task"
    )


class EarlierDecisionOut(Output):
    """A decision that was made before."""

    decision_id: DecisionId
    listing_id: Short
    right_type: RightType
    verdict: Verdict
    code: Code
    decided_at: datetime


class DecisionsOut(Output):
    """Earlier decisions about one subject: of the last 100, how many went which way, and the last five."""

    accepted: Count
    rejected: Count
    last: Annotated[list[EarlierDecisionOut], Field(max_length=5)] = Field(description="Newest first")


class HistoryOut(Output):
    """Earlier decisions; null where there are none, or where the seller is not known."""

    listing: DecisionsOut | None = Field(description="About this listing")
    right_and_seller: DecisionsOut | None = Field(description="About this right with this seller")
    seller: DecisionsOut | None = Field(description="About this seller, on this marketplace")


class AccuracyOut(Output):
    """How often the reporter's notices of late were accepted, when it filed this one."""

    decided: Annotated[int, Field(ge=0, le=2**53)]
    accepted: Annotated[int, Field(ge=0, le=2**53)]
    low: Annotated[float, Field(ge=0, le=1, description="Low end of the credible share of accepted items")]
    high: Annotated[float, Field(ge=0, le=1, description="And its high end")]
    window_days: Annotated[int, Field(ge=1, le=366)]


class ItemReporterOut(Output):
    """The reporter of an item: what it is to the right, and how reliable it has been, when it reported."""

    name: Short = Field(description="The owner of the right, as the reporter's vault names it")
    held_as: HeldAs = Field(description="What the reporter is to the right")
    kind: AccountKind
    tier: ReporterTier
    trusted_flagger: bool = Field(description="DSA Art. 22")


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
    language: LanguageTag | None = Field(None, description="Of the report, as its reporter gave it (BCP 47)")
    reporter: ItemReporterOut | None = None
    right: PacketRightOut | None = Field(
        None, description="The reporter's own record of the right, where it is another"
    )
    fitting_right: PacketRightOut | None = Field(
        None, description="Where the claim does not fit the right: the reporter's own that it fits"
    )
    reporter_accuracy: AccuracyOut | None = Field(None, description="Null where nothing of it had been decided")


class PacketOut(Output):
    """The listing that a task is about."""

    id: TaskId
    queue: QueueName
    right_type: RightType
    severity: Severity
    due_at: datetime
    round: Round
    listing: ListingOut
    shown_by: ShownBy
    capture: PacketCaptureOut | None = Field(description="What was reported first; null while `shown_by` is `reporter`")
    later_captures: Annotated[list[PacketCaptureOut], Field(max_length=1000)] = Field(
        description="What the listing looked like when others reported it, or it had changed"
    )
    suggested_codes: Annotated[list[ReasonCode], Field(max_length=10)] = Field(
        description="Codes that what is known of the listing speaks for; it is for the reviewer to see whether they fit"
    )
    right: PacketRightOut = Field(description="As in the vault, at the version that was reported")
    items: Annotated[list[TaskItemOut], Field(max_length=10_000)]
    citations: Annotated[list[ClauseReferenceOut], Field(max_length=200)] = Field(
        description="The clauses in force for this right type"
    )
    findings: Annotated[list[FindingOut], Field(max_length=10_000)] = Field(
        description="What the checks of the reports found"
    )
    notes: Annotated[list[NoteOut], Field(max_length=1000)] = Field(
        description="Answers of the reporter and of the escalation desk to earlier rounds"
    )
    language: LanguageTag = Field(description="Of the report; `other` where no reviewer's language was given")
    earlier: Annotated[list[EarlierOut], Field(max_length=1000)] = Field(
        description="The rounds that ended before this one, oldest first"
    )
    reroute: RerouteOut | None = Field(description="Where a reviewer sent it from the queue of another right type")
    history: HistoryOut
