"""The tables of judgements, decisions, and what the marketplace did about them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from services.review.tables import Table
from shared.runtime.columns import carried_json_column, json_column, key_column, time_column


class Judgement(Table, table=True):
    """One reviewer's answer, given under the lease with this fence. Never changed."""

    __tablename__ = "judgements"

    id: str = Field(sa_column=key_column(primary_key=True))
    task_id: str = Field(sa_column=key_column())
    round: int
    fence: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    account_id: str = Field(sa_column=key_column())
    reviewer: str
    outcome: str
    code: str | None = None
    clauses: list[dict[str, Any]] = Field(sa_column=carried_json_column())
    note: str | None = None
    public_reason: str | None = None
    seconds_spent: int
    right_type: str
    next_right_type: str | None = None
    judged_at: datetime = Field(sa_column=time_column())


class Decision(Table, table=True):
    """The platform's answer to a task in one round, with the clauses as they stood.

    Listing, seller and right are those of the task, for who looks at what was decided about them before.
    """

    __tablename__ = "decisions"

    id: str = Field(sa_column=key_column(primary_key=True))
    task_id: str = Field(sa_column=key_column())
    round: int
    version: int
    verdict: str
    code: str
    clauses: list[dict[str, Any]] = Field(sa_column=carried_json_column())
    public_reason: str | None = None
    right_type: str
    judgement_ids: list[str] = Field(sa_column=carried_json_column())
    enforcement_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    decided_at: datetime = Field(sa_column=time_column())
    marketplace: str | None = None
    listing_id: str | None = None
    seller_id: str | None = None
    right_key: str | None = Field(default=None, sa_column=key_column(nullable=True))
    captures: list[dict[str, Any]] = Field(default=[], sa_column=carried_json_column())


class DecisionReader(Table, table=True):
    """An account whose business a decision is: it reported an item of it, or judged it."""

    __tablename__ = "decision_readers"

    account_id: str = Field(sa_column=key_column(primary_key=True))
    decision_id: str = Field(sa_column=key_column(primary_key=True))


class Enforcement(Table, table=True):
    """An enforcement: what the marketplace was asked to do, and when it confirmed that it had."""

    __tablename__ = "enforcements"

    id: str = Field(sa_column=key_column(primary_key=True))
    decision_id: str = Field(sa_column=key_column())
    version: int
    action: str
    listing: dict[str, Any] = Field(sa_column=carried_json_column())
    code: str
    markets: list[str] = Field(sa_column=json_column())
    requested_at: datetime = Field(sa_column=time_column())
    applied_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    note: str | None = None
