"""The tables of the intake service."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Date, Identity, Integer, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from shared.runtime.columns import json_column, key_column, time_column

metadata = MetaData()
SOURCE = "/marque/intake"
"""What this service's events give as their origin."""


class Table(SQLModel):
    """The base of this service's tables."""

    metadata = metadata


def _day() -> Any:
    return Column(Date, nullable=True)


def _texts() -> Any:
    return Column(ARRAY(Text), nullable=False)


class Right(Table, table=True):
    """A right in the vault, as it is now. What this type of right has alone is in `details`.

    `number_key` is the registration number in the normal form of its office, for comparing. `renewal` is the last one
    that was told of; `reminded_of` is the last day that a reminder was told about, and `reminded_days` the reminder
    that it was.
    """

    __tablename__ = "rights"

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column())
    type: str
    state: str
    version: int
    title: str
    owner: dict[str, Any] = Field(sa_column=json_column())
    territories: list[str] = Field(sa_column=_texts())
    office: str | None = None
    registration_number: str | None = None
    number_key: str | None = None
    registered_on: date | None = Field(default=None, sa_column=_day())
    expires_on: date | None = Field(default=None, sa_column=_day())
    nice_classes: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    details: dict[str, Any] = Field(sa_column=json_column())
    rejection_code: str | None = None
    rejection_note: str | None = None
    held_as: str = "owner"
    renewal: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))
    reminded_of: date | None = Field(default=None, sa_column=_day())
    reminded_days: int | None = None
    verified_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())


class RightVersion(Table, table=True):
    """A right as it stood at one version. Reports point here; the database refuses to change it."""

    __tablename__ = "right_versions"

    right_id: str = Field(sa_column=key_column(primary_key=True))
    version: int = Field(primary_key=True)
    snapshot: dict[str, Any] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=time_column())


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

    `heard` is the highest version of its task that an event brought, `scheduled` the version of its report that the
    clocks were last set for: what is older says nothing new. `paused_seconds` is the time that the reporter took to
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
    heard: int = Field(sa_column=Column(BigInteger, nullable=False))
    scheduled: int
    severity: str
    expected_decision_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    decision_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    code: str | None = None
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
    """A decision of which the marketplace said that it took effect; perhaps before the decision was heard of here."""

    __tablename__ = "enforcements"

    decision_id: str = Field(sa_column=key_column(primary_key=True))
    applied_at: datetime = Field(sa_column=time_column())


class ServiceLevel(Table, table=True):
    """How long decisions take of late, in seconds, for one right type and severity, and what reporters are told.

    `told_seconds` is what a new item is told, `correction` what was learnt from how such promises were kept: those made
    from `told_since` on, as far as they came due by `heard_until`.
    """

    __tablename__ = "service_levels"

    right_type: str = Field(sa_column=key_column(primary_key=True))
    severity: str = Field(sa_column=key_column(primary_key=True))
    decided: int
    p50: float
    p80: float
    p95: float
    measured_at: datetime = Field(sa_column=time_column())
    waiting: int = 0
    told_seconds: float | None = None
    correction: float = 1
    told_since: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    heard_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class PromiseDay(Table, table=True):
    """Of the promises about items of one kind that came due on one day, how many were kept."""

    __tablename__ = "promise_days"

    right_type: str = Field(sa_column=key_column(primary_key=True))
    severity: str = Field(sa_column=key_column(primary_key=True))
    day: date = Field(sa_column=Column(Date, primary_key=True))
    due: int
    kept: int
