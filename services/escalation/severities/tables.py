"""The tables of severities and the rules that give them."""

from datetime import datetime

from sqlmodel import Field

from services.escalation.tables import Table
from shared.contracts.codes import Severity
from shared.runtime.columns import enum_column, json_column, key_column, time_column


class SeverityClocks(Table, table=True):
    """The clocks of one severity, as data. Each is `{"seconds": n}` or `{"business_days": n}`."""

    __tablename__ = "severities"

    severity: Severity = Field(sa_column=enum_column(Severity, primary_key=True))
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
    severity: Severity = Field(sa_column=enum_column(Severity, nullable=False))
    priority: int
    acknowledge_seconds: int | None = None
    decide_seconds: int | None = None
    enabled: bool = True
    failure: str | None = Field(default=None, description="Why it could not be applied when it last could not")
    version: int = 1
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())
