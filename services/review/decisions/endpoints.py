"""Decisions over HTTP: the answer, all that it rested on, and what the marketplace did about it."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import Field
from sqlmodel import col

from services.review.decisions import decided
from services.review.decisions.tables import Decision
from services.review.packet_schemas import NoteOut, PacketRightOut, ShownCaptureOut, TaskItemOut
from services.review.schemas import CitationOut, DecisionOut, ListingOut, Market, Round, Text
from shared.contracts.codes import Outcome, ReasonCode, RightType, Scope, Verdict
from shared.contracts.events.decisions import EnforcementAction
from shared.contracts.ids import AccountId, DecisionId, EnforcementId, JudgementId
from shared.runtime.context import Now
from shared.runtime.errors import NotFound
from shared.runtime.findings import FindingOut
from shared.runtime.identity import Caller, operator, requires
from shared.runtime.inputs import Input, Instant, Output, Prose
from shared.runtime.pagination import CursorInvalid, Page, Paged, among, paginate
from shared.runtime.problems import responses
from shared.runtime.routes import Session, router

routes = router(tags=["decisions"])

Reader = Annotated[Caller, requires(Scope.DECISIONS_READ)]


class SeenJudgementOut(Output):
    """A judgement in a packet. Who gave it is shown to its own account and the operator alone."""

    id: JudgementId
    round: Round
    outcome: Outcome
    code: ReasonCode | None
    clauses: Annotated[list[CitationOut], Field(max_length=50)]
    right_type: RightType
    judged_at: datetime
    account_id: AccountId | None
    reviewer: Annotated[str, Field(max_length=200)] | None
    note: Text | None
    public_reason: Text | None = Field(None, description="The reason that reporters are given")
    seconds_spent: Annotated[int, Field(ge=0, le=86_400)] | None


class EnforcementOut(Output):
    """An enforcement: what the marketplace is asked to do, and when it confirmed that it had."""

    id: EnforcementId
    decision_id: DecisionId
    action: EnforcementAction
    listing: ListingOut
    code: ReasonCode
    markets: Annotated[list[Market], Field(max_length=300)]
    requested_at: datetime
    applied_at: datetime | None
    note: Text | None


class DecisionPacketOut(Output):
    """A decision and all that it rested on, as far as the caller may see it."""

    decision: DecisionOut
    listing: ListingOut
    captures: Annotated[list[ShownCaptureOut], Field(max_length=1000)] = Field(
        description="What the listing looked like, oldest first; reporters are not told the seller's name"
    )
    right: PacketRightOut = Field(description="As the vault held it at the version that was reported")
    items: Annotated[list[TaskItemOut], Field(max_length=10_000)]
    judgements: Annotated[list[SeenJudgementOut], Field(max_length=1000)]
    findings: Annotated[list[FindingOut], Field(max_length=10_000)]
    notes: Annotated[list[NoteOut], Field(max_length=1000)]
    enforcement: EnforcementOut | None
    opened_at: datetime


class AppliedIn(Input):
    """The marketplace's confirmation of an enforcement."""

    model_config = {
        **Input.model_config,
        "json_schema_extra": {"examples": [{"applied_at": "2026-11-23T12:00:00Z", "note": "Removed in all markets."}]},
    }

    applied_at: Instant | None = Field(None, description="Without it, now")
    note: Annotated[Prose, Field(max_length=2000)] | None = None


@routes.get("/v1/decisions", operation_id="list_decisions", responses=responses(CursorInvalid))
async def list_decisions(
    caller: Reader,
    session: Session,
    paging: Paged,
    verdict: Annotated[list[Verdict] | None, Query(max_length=20, description="Only these")] = None,
    right_type: Annotated[list[RightType] | None, Query(max_length=20, description="Only these")] = None,
) -> Page[DecisionOut]:
    """The decisions that concern the caller, newest first: of its items, or those it judged; for the operator, all."""
    statement = decided.readable_by(caller)
    statement = among(statement, col(Decision.verdict), verdict)
    statement = among(statement, col(Decision.right_type), right_type)
    rows, cursor = await paginate(session, statement, Decision.id, paging)
    return Page(data=[DecisionOut.model_validate(row.model_dump()) for row in rows], next_cursor=cursor)


@routes.get("/v1/decisions/{decision_id}", operation_id="read_decision", responses=responses(NotFound))
async def read_decision(decision_id: DecisionId, caller: Reader, session: Session) -> DecisionOut:
    """One decision."""
    decision = await decided.read_decision(session, decision_id, caller)
    return DecisionOut.model_validate(decision.model_dump())


@routes.get("/v1/decisions/{decision_id}/packet", operation_id="read_decision_packet", responses=responses(NotFound))
async def read_decision_packet(decision_id: DecisionId, caller: Reader, session: Session) -> DecisionPacketOut:
    """A decision with the listing, the right, the items, the clauses and the judgements that it rested on."""
    packet = await decided.packet_of(session, decision_id, caller)
    return DecisionPacketOut.model_validate(packet, from_attributes=True)


@routes.post(
    "/v1/enforcements/{enforcement_id}/applied",
    operation_id="note_enforcement",
    responses=responses(NotFound),
    dependencies=[operator(Scope.TASKS_MANAGE)],
)
async def note_enforcement(
    enforcement_id: EnforcementId,
    body: AppliedIn,
    session: Session,
    now: Now,
) -> EnforcementOut:
    """The marketplace says that an action took effect. Said again, the first time counts."""
    enforcement = await decided.note_enforcement(session, enforcement_id, body.applied_at, body.note, now=now)
    return EnforcementOut.model_validate(enforcement.model_dump())
