"""Events of the escalation desk and of the clocks."""

from datetime import datetime
from enum import StrEnum

from ..codes import EscalationKind, EscalationState, Severity
from ..event import Event
from ..ids import AccountId, EscalationId, ItemId, NoticeId, ReportId, TaskId


class ClockKind(StrEnum):
    """Which promise a clock keeps."""

    ACKNOWLEDGE = "acknowledge"
    DECIDE = "decide"
    RESOLVE = "resolve"


class EscalationWarned(Event, name="marque.escalation.warned.v1", producer="escalation"):
    """A report item has used up this share of its time to decision."""

    report_id: ReportId
    item_id: ItemId
    severity: Severity
    percent: int
    due_at: datetime

    @property
    def subject_id(self) -> str:
        return self.item_id


class _OfEscalation(Event):
    escalation_id: EscalationId
    kind: EscalationKind
    severity: Severity
    state: EscalationState
    account_id: AccountId | None = None
    report_id: ReportId | None = None
    item_id: ItemId | None = None
    task_id: TaskId | None = None
    notice_id: NoticeId | None = None

    @property
    def subject_id(self) -> str:
        return self.escalation_id

    @property
    def owner(self) -> AccountId | None:
        return self.account_id


class EscalationOpened(_OfEscalation, name="marque.escalation.opened.v1", producer="escalation"):
    """Something needs someone senior now. `account_id` is the reporter's where a report is concerned."""

    reason: str
    acknowledge_due_at: datetime
    resolve_due_at: datetime
    opened_at: datetime


class EscalationAcknowledged(_OfEscalation, name="marque.escalation.acknowledged.v1", producer="escalation"):
    """Someone took the escalation up."""

    acknowledged_by: str
    acknowledged_at: datetime


class EscalationBreached(_OfEscalation, name="marque.escalation.breached.v1", producer="escalation"):
    """The desk missed a clock of its own."""

    clock: ClockKind
    due_at: datetime


class EscalationResolved(_OfEscalation, name="marque.escalation.resolved.v1", producer="escalation"):
    """The escalation is settled; `answer` is what a reviewer who asked is told."""

    reason: str
    answer: str | None = None
    resolved_by: str
    resolved_at: datetime
