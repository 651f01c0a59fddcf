"""The tables of escalations, their history, and what they depend on."""

from datetime import datetime

from sqlalchemy import Column, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.escalation.tables import Table
from shared.contracts.codes import EscalationKind, EscalationState, EscalationStep, Severity
from shared.runtime.columns import enum_column, key_column, time_column


class Escalation(Table, table=True):
    """An escalation on the desk. Missed clocks open one for each report, however many items it has."""

    __tablename__ = "escalations"
    __table_args__ = (
        Index(
            "escalations_missed_clock",
            "report_id",
            unique=True,
            postgresql_where=text("kind = 'clock_missed' AND state <> 'resolved'"),
        ),
        Index("escalations_judgement", "judgement_id", unique=True, postgresql_where=text("judgement_id IS NOT NULL")),
        Index("escalations_notice", "notice_id", unique=True, postgresql_where=text("notice_id IS NOT NULL")),
        Index("escalations_state", "state", "id"),
        Index("escalations_raised_by", "raised_by", "id", postgresql_where=text("raised_by IS NOT NULL")),
        Index("escalations_accounts", "account_ids", postgresql_using="gin"),
        Index("escalations_report", "report_id", "id", postgresql_where=text("report_id IS NOT NULL")),
        Index(
            "escalations_question",
            "task_id",
            postgresql_where=text("kind = 'reviewer_question' AND state <> 'resolved'"),
        ),
    )

    id: str = Field(sa_column=key_column(primary_key=True))
    kind: EscalationKind = Field(sa_column=enum_column(EscalationKind, nullable=False))
    severity: Severity = Field(sa_column=enum_column(Severity, nullable=False))
    state: EscalationState = Field(sa_column=enum_column(EscalationState, nullable=False))
    reason: str

    account_ids: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text(collation="C")), nullable=False), description="Concerned"
    )
    report_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    item_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    task_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    judgement_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    notice_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    listing: str | None = None
    raised_by: str | None = Field(default=None, sa_column=key_column(nullable=True), description="The account, by hand")
    raised_by_regulator: bool = False

    assignee: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    resolved_by: str | None = None
    resolved_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    resolution: str | None = None
    answer: str | None = None

    acknowledge_due_at: datetime = Field(sa_column=time_column())
    resolve_due_at: datetime = Field(sa_column=time_column())
    acknowledge_breached: bool = False
    resolve_breached: bool = False

    opened_at: datetime = Field(sa_column=time_column())
    version: int = Field(default=1, sa_column=Column(Integer, nullable=False))


class HistoryEntry(Table, table=True):
    """One step of one escalation. Nothing here is ever changed."""

    __tablename__ = "escalation_history"
    __table_args__ = (Index("escalation_history_order", "escalation_id", "id"),)

    id: str = Field(sa_column=key_column(primary_key=True))
    escalation_id: str = Field(sa_column=key_column())
    step: EscalationStep = Field(sa_column=enum_column(EscalationStep, nullable=False))
    at: datetime = Field(sa_column=time_column())
    by: str | None = Field(default=None, description="The person or system that took the step; none: the platform")
    note: str | None = None
    item_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    clock: str | None = None


class SettledNotice(Table, table=True):
    """A notice that was settled, perhaps before the event that opens its escalation came in."""

    __tablename__ = "settled_notices"

    notice_id: str = Field(sa_column=key_column(primary_key=True))
    settled_at: datetime = Field(sa_column=time_column())


class CancelledTask(Table, table=True):
    """A task that was cancelled, perhaps before a reviewer's question about it came in."""

    __tablename__ = "cancelled_tasks"

    task_id: str = Field(sa_column=key_column(primary_key=True))
    cancelled_at: datetime = Field(sa_column=time_column())
