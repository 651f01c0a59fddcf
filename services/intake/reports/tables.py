"""The tables of reports and of what becomes of their items."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity
from sqlmodel import Field

from services.intake.tables import Table
from shared.runtime.columns import json_column, key_column, time_column


class Report(Table, table=True):
    """One notice by one reporter about one right. `state` is derived from the items'."""

    __tablename__ = "reports"

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column())
    right_id: str = Field(sa_column=key_column())
    right_version: int
    right_type: str
    claim: str
    legal_basis: str
    reference: str | None = None
    language: str
    markets: list[str] = Field(sa_column=json_column())
    explanation: str
    evidence_ids: list[str] = Field(sa_column=json_column())
    statements: dict[str, Any] = Field(sa_column=json_column())
    signature: str
    contact: dict[str, Any] = Field(sa_column=json_column())
    findings: list[dict[str, Any]] = Field(sa_column=json_column())
    state: str
    version: int
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())
    completed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    authority_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    authority_version: int | None = None


class ReportItem(Table, table=True):
    """One listing named in one report. There is one open item at most for an account, a right and a listing.

    `task_version` is the highest version of its task that an event brought, `scheduled` the version of its report that
    the clocks were last set for: what is older says nothing new. `paused_seconds` is the time that the reporter took to
    answer, `ahead` how many items of its kind waited when it came, `promised_at` what was expected when it ended.
    While its reporter is asked it has a time for the reminder, until that was given, and one for the answer; once it
    was closed without one, the time until which it can be reopened. `withdrawal_requested_at` is when its reporter
    asked to take it back: review says whether that came before a decision.
    """

    __tablename__ = "report_items"

    id: str = Field(sa_column=key_column(primary_key=True))
    report_id: str = Field(sa_column=key_column())
    account_id: str = Field(sa_column=key_column())
    right_id: str = Field(sa_column=key_column())
    right_type: str
    marketplace: str
    listing_id: str
    url: str
    media_type: str
    part: str
    explanation: str | None = None
    evidence_ids: list[str] = Field(sa_column=json_column())
    category: str | None = None
    state: str
    task_version: int = Field(sa_column=Column("heard", BigInteger, nullable=False))
    scheduled: int
    severity: str
    expected_decision_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    decision_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    code: str | None = None
    public_reason: str | None = None
    created_at: datetime = Field(sa_column=time_column())
    decided_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    paused_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    paused_seconds: float = 0
    ahead: int | None = None
    promised_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    remind_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    answer_due_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    reopen_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    withdrawal_requested_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    listing_state: str | None = None
    listing_number: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class TimelineEntry(Table, table=True):
    """A new state of an item, or, where none is named, of the report. Only grows.

    `withdrawal` is how the withdrawal stood by then that the reporter of the item had asked for.
    """

    __tablename__ = "timeline"

    seq: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    report_id: str = Field(sa_column=key_column())
    item_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    state: str
    code: str | None = None
    note: str | None = None
    at: datetime = Field(sa_column=time_column())
    withdrawal: str | None = None


class Enforcement(Table, table=True):
    """A decision of which the marketplace said that it took effect; perhaps before the decision's own event came in."""

    __tablename__ = "enforcements"

    decision_id: str = Field(sa_column=key_column(primary_key=True))
    applied_at: datetime = Field(sa_column=time_column())
