"""The table of report items' clocks."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from services.escalation.tables import Table
from shared.contracts.codes import Severity
from shared.runtime.columns import enum_column, json_column, key_column, time_column


class ItemClock(Table, table=True):
    """The clock of one report item.

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
            "item_clocks_decide_due",
            "decide_due_at",
            postgresql_where=text("ended_at IS NULL AND decide_due_at IS NOT NULL"),
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

    severity: Severity | None = Field(default=None, sa_column=enum_column(Severity, nullable=True))
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
