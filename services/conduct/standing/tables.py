"""The tables of a reporter's standing."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Date
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.conduct.tables import Table
from shared.runtime.columns import key_column, time_column


class StandingTerms(Table, table=True):
    """The published terms of standing, in each version there was. The newest holds; a version never changes."""

    __tablename__ = "standing_terms"

    version: int = Field(primary_key=True)
    terms: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    account_id: str = Field(sa_column=key_column())
    created_at: datetime = Field(sa_column=time_column())
    published_at: datetime | None = Field(
        default=None, sa_column=time_column(nullable=True), description="When intake was told of them; none: not yet"
    )


class StandingDay(Table, table=True):
    """Outcomes of one reporter's items that were decided on one day, by claim and by the decision's code.

    `overturned` were accepted at first; `code` stays that of the first decision.
    """

    __tablename__ = "standing_days"

    account_id: str = Field(sa_column=key_column(primary_key=True))
    day: date = Field(sa_column=Column(Date, primary_key=True))
    claim: str = Field(sa_column=key_column(primary_key=True))
    code: str = Field(sa_column=key_column(primary_key=True))
    decided: int = Field(sa_column=Column(BigInteger, nullable=False))
    accepted: int = Field(sa_column=Column(BigInteger, nullable=False))
    overturned: int = Field(sa_column=Column(BigInteger, nullable=False))


class DecidedItem(Table, table=True):
    """A report item that was counted, as it was counted: so that it is once, and can be put right by a reversal."""

    __tablename__ = "decided_items"

    item_id: str = Field(sa_column=key_column(primary_key=True))
    decision_id: str = Field(sa_column=key_column())
    account_id: str = Field(sa_column=key_column())
    claim: str = Field(sa_column=key_column())
    code: str = Field(sa_column=key_column())
    decided_at: datetime = Field(sa_column=time_column())


class Reversal(Table, table=True):
    """A decision that did not stand, as one reporter was told; perhaps before the decision's own event came in."""

    __tablename__ = "reversals"

    decision_id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column(primary_key=True))
    verdict: str
    reversed_at: datetime = Field(sa_column=time_column())


class Reporter(Table, table=True):
    """A reporter: the sanctions in force, and what filing goes by. Whoever changes it holds this row.

    `repeats` counts the unfounded items that were filed after the warning. `version` grows with every event. A rating
    is made again from `rate_at` on; the one that told of the suspension in force has the version `suspended_in`, and
    intake goes by the one of the version `applied`, or by a newer one. What is used of limits is as intake counted it.
    """

    __tablename__ = "reporters"

    account_id: str = Field(sa_column=key_column(primary_key=True))
    version: int = 0
    warning_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    warned_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    warning_ends_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    repeats: int = 0
    suspension_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    suspended_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    rating: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    rate_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    suspended_in: int | None = None
    applied: int = 0
    use_version: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    open_items: int | None = Field(default=None, sa_column=Column(BigInteger))
    filings: int | None = Field(default=None, sa_column=Column(BigInteger))
    filings_on: date | None = Field(default=None, sa_column=Column(Date))

    def is_warned(self, now: datetime) -> bool:
        return self.warning_ends_at is not None and self.warning_ends_at > now

    def is_suspended(self, now: datetime) -> bool:
        return self.suspended_until is not None and self.suspended_until > now

    @property
    def is_effective(self) -> bool:
        """Return whether filing goes by the suspension in force."""
        return self.suspended_in is not None and self.applied >= self.suspended_in


class ReporterSanction(Table, table=True):
    """A warning or a suspension, with the four factors as they were weighed (DSA Art. 23(3)). Only an end is added."""

    __tablename__ = "reporter_sanctions"

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column())
    kind: str
    reason: str
    misuse: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    by_account_id: str | None = Field(
        default=None,
        sa_column=key_column(nullable=True),
        description="The operator who acted; none: the published rule",
    )
    terms_version: int
    created_at: datetime = Field(sa_column=time_column())
    ends_at: datetime = Field(sa_column=time_column())
    ended_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    end_reason: str | None = None
