"""The tables of service levels: how long decisions take, and how the estimates that were told were met."""

from datetime import date, datetime

from sqlalchemy import Column, Date
from sqlmodel import Field

from services.intake.tables import Table
from shared.runtime.columns import key_column, time_column


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
