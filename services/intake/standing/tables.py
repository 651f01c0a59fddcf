"""The tables of what filing knows of reporters' standing."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.intake.tables import Table
from shared.runtime.columns import key_column, time_column


class ReporterRating(Table, table=True):
    """A reporter's newest rating, as conduct told it.

    `suspended_version` is that of the rating that first told of the suspension.
    """

    __tablename__ = "reporter_ratings"

    account_id: str = Field(sa_column=key_column(primary_key=True))
    version: int
    tier: str = Field(sa_column=key_column())
    max_open_items: int | None = None
    max_filings_a_day: int | None = None
    accuracy: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    suspended_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    suspended_version: int | None = None


class NewcomerLimits(Table, table=True):
    """The limits of a reporter that was never rated: one row, and none while there are no limits."""

    __tablename__ = "newcomer_limits"

    only_row: bool = Field(default=True, primary_key=True)
    version: int
    max_open_items: int | None = None
    max_filings_a_day: int | None = None
