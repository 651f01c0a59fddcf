"""The tables of what a statement of reasons is made of."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.notify.tables import Table
from shared.runtime.columns import json_column, key_column, time_column


class DecisionTold(Table, table=True):
    """A decision as one reporter was told of it; several reporters may have reported the same listing."""

    __tablename__ = "decisions_told"

    decision_id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column(primary_key=True))
    version: int
    event: dict[str, Any] = Field(sa_column=json_column())


class DecisionEnforcement(Table, table=True):
    """An enforcement: what the marketplace was asked to do about a decision, and when it did."""

    __tablename__ = "decision_enforcements"

    decision_id: str = Field(sa_column=key_column(primary_key=True))
    action: str | None = None
    markets: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
    applied_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class TrustedReport(Table, table=True):
    """A report that a trusted flagger filed (DSA Art. 22): a statement of reasons says so."""

    __tablename__ = "trusted_reports"

    report_id: str = Field(sa_column=key_column(primary_key=True))
