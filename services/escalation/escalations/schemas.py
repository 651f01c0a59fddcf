"""Bodies of the escalation desk's requests and responses."""

from typing import Annotated

from pydantic import ConfigDict, Field

from shared.contracts.codes import EscalationKind, EscalationState, EscalationStep, Severity
from shared.contracts.events.escalations import ClockKind
from shared.contracts.ids import AccountId, EscalationId, EventId, ItemId, NoticeId, ReportId, TaskId
from shared.runtime.inputs import Input, Instant, Line, Name, Output, Prose

_Reason = Annotated[Prose, Field(min_length=1, max_length=4000)]


class EscalationIn(Input):
    """An escalation that someone brings to the desk by hand, with what it is about, as far as that is known."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "severity": "p0",
                    "reason": "Order of 23 November 2026 to act against these offers; the text follows by post.",
                    "listing": "https://shop.example/item/9001",
                }
            ]
        }
    )

    reason: _Reason
    severity: Severity | None = Field(None, description="p0 for a regulator and p2 for the operator, where left out")
    report_id: ReportId | None = None
    item_id: ItemId | None = None
    task_id: TaskId | None = None
    listing: Annotated[Line, Field(min_length=1, max_length=2048)] | None = Field(
        None, description="Listings or offers, in your own words"
    )


class AcknowledgeIn(Input):
    """Who takes the escalation up."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"by": "Dana Duty"}]})

    by: Name


class AssignIn(Input):
    """Who is to settle the escalation."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"assignee": "Lee Legal"}]})

    assignee: Name


class ResolveIn(Input):
    """How the escalation was settled."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"reason": "The seller is an authorised dealer.", "answer": "Treat as exhausted (TM-4).", "by": "Lee"}
            ]
        }
    )

    reason: _Reason
    answer: _Reason | None = Field(None, description="What a reviewer who asked is to go by; required for a question")
    by: Name | None = Field(None, description="Where left out: the assignee")


class MissedOut(Output):
    """A report item whose time ran out."""

    item_id: ItemId
    report_id: ReportId
    clocks: list[ClockKind] = Field(max_length=2)


class EscalationOut(Output):
    """An escalation on the desk. What only the desk may read is null for a reporter."""

    id: EscalationId
    kind: EscalationKind
    severity: Severity
    state: EscalationState
    reason: str | None = Field(max_length=20_000)
    report_id: ReportId | None
    item_id: ItemId | None
    task_id: TaskId | None
    notice_id: NoticeId | None = Field(description="A notice without an account that names no right of the vault")
    listing: str | None = Field(max_length=2048)
    raised_by: AccountId | None
    assignee: str | None = Field(max_length=200)
    acknowledged_by: str | None = Field(max_length=200)
    acknowledged_at: Instant | None
    acknowledge_due_at: Instant
    acknowledge_breached: bool
    resolved_by: str | None = Field(max_length=200)
    resolved_at: Instant | None
    resolve_due_at: Instant
    resolve_breached: bool
    resolution: str | None = Field(max_length=4000)
    answer: str | None = Field(max_length=4000)
    opened_at: Instant
    version: int = Field(ge=1, le=2**31)


class EscalationDetailOut(EscalationOut):
    """An escalation with the report items whose missed clocks make it up."""

    missed: list[MissedOut] = Field(max_length=500)


class StepOut(Output):
    """One step of an escalation."""

    id: EventId
    step: EscalationStep
    at: Instant
    by: str | None = Field(max_length=200)
    note: str | None = Field(max_length=20_000)
    item_id: ItemId | None
    clock: ClockKind | None
