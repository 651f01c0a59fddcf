"""The tables of the escalation service."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Enum, Index, Integer, MetaData, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from shared.contracts.codes import EscalationKind, EscalationState, EscalationStep, Severity
from shared.runtime.columns import json_column, key_column, time_column

metadata = MetaData()


class Table(SQLModel):
    """The base of this service's tables."""

    metadata = metadata


def _word(words: type[StrEnum], **options: Any) -> Any:
    values = Enum(words, native_enum=False, create_constraint=False, values_callable=lambda e: [w.value for w in e])
    return Column(values, **options)


class SeverityClocks(Table, table=True):
    """The clocks of one severity, as data. Each is `{"seconds": n}` or `{"business_days": n}`."""

    __tablename__ = "severities"

    severity: Severity = Field(sa_column=_word(Severity, primary_key=True))
    acknowledge: dict[str, int] = Field(sa_column=json_column())
    decide: dict[str, int] = Field(sa_column=json_column())
    resolve: dict[str, int] = Field(sa_column=json_column())
    version: int = 1
    updated_at: datetime = Field(sa_column=time_column())


class SeverityRule(Table, table=True):
    """One rule that gives report items a severity, and may promise them clocks of its own."""

    __tablename__ = "severity_rules"

    id: str = Field(sa_column=key_column(primary_key=True))
    name: str
    expression: str
    severity: Severity = Field(sa_column=_word(Severity, nullable=False))
    priority: int
    acknowledge_seconds: int | None = None
    decide_seconds: int | None = None
    enabled: bool = True
    failure: str | None = Field(default=None, description="Why it could not be applied when it last could not")
    version: int = 1
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())


class ItemClock(Table, table=True):
    """What is known of the time of one report item.

    What events told is kept as it was told, in whatever order it came; the due dates are derived from that alone. A row
    without a severity is one of which other events came before the report itself.
    """

    __tablename__ = "item_clocks"
    __table_args__ = (
        Index("item_clocks_report", "report_id", "item_id"),
        Index(
            "item_clocks_acknowledge_escalation",
            "acknowledge_escalation_id",
            postgresql_where=text("acknowledge_escalation_id IS NOT NULL"),
        ),
        Index(
            "item_clocks_decide_escalation",
            "decide_escalation_id",
            postgresql_where=text("decide_escalation_id IS NOT NULL"),
        ),
    )

    item_id: str = Field(sa_column=key_column(primary_key=True))
    report_id: str = Field(sa_column=key_column())
    account_id: str = Field(sa_column=key_column())
    task_id: str | None = Field(default=None, sa_column=key_column(nullable=True))

    severity: Severity | None = Field(default=None, sa_column=_word(Severity, nullable=True))
    rule_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    submitted_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    acknowledge_seconds: int | None = None
    acknowledge_business: bool = False
    decide_seconds: int | None = None
    decide_business: bool = False

    turns: list[dict[str, Any]] = Field(
        default_factory=list,
        sa_column=json_column(),
        description="When the clocks were paused and resumed, each with the version of the report that said so",
    )
    acknowledged_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    ended_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))

    acknowledge_due_at: datetime | None = Field(
        default=None, sa_column=time_column(nullable=True), description="None while paused"
    )
    decide_due_at: datetime | None = Field(
        default=None, sa_column=time_column(nullable=True), description="None while paused"
    )
    acknowledge_left_seconds: int | None = Field(default=None, description="While paused: what is kept")
    decide_left_seconds: int | None = Field(default=None, description="While paused: what is kept")

    warned_percent: int = 0
    acknowledge_escalation_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    decide_escalation_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    version: int = 1


class Escalation(Table, table=True):
    """A matter on the desk. Those of missed clocks are one open matter for each report, however many items it has."""

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
    kind: EscalationKind = Field(sa_column=_word(EscalationKind, nullable=False))
    severity: Severity = Field(sa_column=_word(Severity, nullable=False))
    state: EscalationState = Field(sa_column=_word(EscalationState, nullable=False))
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
    step: EscalationStep = Field(sa_column=_word(EscalationStep, nullable=False))
    at: datetime = Field(sa_column=time_column())
    by: str | None = Field(default=None, description="The person or system that took the step; none: the platform")
    note: str | None = None
    item_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    clock: str | None = None


class SettledNotice(Table, table=True):
    """A notice of which it was heard that it waits for nobody any more, perhaps before it was heard of at all."""

    __tablename__ = "settled_notices"

    notice_id: str = Field(sa_column=key_column(primary_key=True))
    settled_at: datetime = Field(sa_column=time_column())


class CancelledTask(Table, table=True):
    """A task that nobody judges any more, perhaps heard of before a reviewer's question about it."""

    __tablename__ = "cancelled_tasks"

    task_id: str = Field(sa_column=key_column(primary_key=True))
    cancelled_at: datetime = Field(sa_column=time_column())
