"""The tables of the review service.

A task's open work lives in two narrow tables beside it: a pending task has one row in `waiting`, or, while a reviewer
has it, one in `holds`. Claiming moves a row from the one to the other and leaves the task itself alone, so that the
hottest statement writes no wide row. `leases` is the audit of it all, and only grows.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

metadata = MetaData()
SOURCE = "/marque/review"
"""What this service's events give as their origin."""


class Table(SQLModel):
    """The base of this service's tables."""

    metadata = metadata


def _key(*, primary: bool = False, nullable: bool = False) -> Any:
    return Column(Text(collation="C"), primary_key=primary, nullable=nullable)


def _time(*, nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


def _json() -> Any:
    return Column(JSONB, nullable=False)


def _text_json() -> Any:
    """A document that is only ever carried on as it came: kept as text, so that the hot paths never take it apart."""
    return Column(JSON, nullable=False)


class Policy(Table, table=True):
    """The rule book of one right type."""

    __tablename__ = "policies"

    id: str = Field(sa_column=_key(primary=True))
    right_type: str
    title: str
    version: int
    created_at: datetime = Field(sa_column=_time())
    updated_at: datetime = Field(sa_column=_time())


class PolicyVersion(Table, table=True):
    """One edition of a rule book. Once published it is dated, and the database refuses to change it."""

    __tablename__ = "policy_versions"

    policy_id: str = Field(sa_column=_key(primary=True))
    number: int = Field(primary_key=True)
    state: str
    note: str | None = None
    clauses: list[dict[str, Any]] = Field(sa_column=_json())
    effective_from: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    published_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    created_at: datetime = Field(sa_column=_time())


class Task(Table, table=True):
    """Whether one listing infringes one right. `pending` stands for leased too: the hold makes the difference.

    `version` grows by two with every change: the number between is for the claim, which does not write here.
    """

    __tablename__ = "tasks"

    id: str = Field(sa_column=_key(primary=True))
    marketplace: str
    listing_id: str
    right_id: str = Field(sa_column=_key())
    right_key: str = Field(sa_column=_key(), description="The same for every record of one registration")
    right_type: str = Field(sa_column=_key())
    language: str = Field(sa_column=_key())
    severity: str = Field(sa_column=_key())
    due_at: datetime = Field(sa_column=_time())
    state: str = Field(sa_column=_key())
    round: int
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    listing: dict[str, Any] = Field(sa_column=_text_json())
    right_snapshot: dict[str, Any] = Field(sa_column=_text_json())
    findings: list[dict[str, Any]] = Field(sa_column=_json())
    notes: list[dict[str, Any]] = Field(sa_column=_json())
    created_at: datetime = Field(sa_column=_time())
    updated_at: datetime = Field(sa_column=_time())


class TaskItem(Table, table=True):
    """A report item on its task; a withdrawn one stays, marked, so that no notice is ever lost from the count."""

    __tablename__ = "task_items"

    item_id: str = Field(sa_column=_key(primary=True))
    task_id: str = Field(sa_column=_key())
    report_id: str = Field(sa_column=_key())
    account_id: str = Field(sa_column=_key())
    thing: dict[str, Any] = Field(sa_column=_text_json(), description="The item as events carry it")
    severity: str = Field(sa_column=_key())
    due_at: datetime = Field(sa_column=_time())
    withdrawn_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class ItemNews(Table, table=True):
    """What was heard of an item, perhaps before the report itself: its triage, its withdrawal."""

    __tablename__ = "item_news"

    item_id: str = Field(sa_column=_key(primary=True))
    triage_version: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    severity: str | None = None
    due_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    withdrawn_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class Waiting(Table, table=True):
    """A task that anyone may claim. `fresh`: nobody has yet, in this round."""

    __tablename__ = "waiting"

    task_id: str = Field(sa_column=_key(primary=True))
    queue: str = Field(sa_column=_key())
    severity: str = Field(sa_column=_key())
    due_at: datetime = Field(sa_column=_time())
    since: datetime = Field(sa_column=_time())
    fresh: bool


class Hold(Table, table=True):
    """A reviewer's exclusive hold of a task. There is one row a task at most: that is the whole promise."""

    __tablename__ = "holds"

    task_id: str = Field(sa_column=_key(primary=True))
    fence: int = Field(sa_column=Column(BigInteger, nullable=False))
    account_id: str = Field(sa_column=_key())
    reviewer: str
    expires_at: datetime = Field(sa_column=_time())


class Lease(Table, table=True):
    """What happened to a hold. A judgement ends it too, and names its fence."""

    __tablename__ = "leases"

    fence: int = Field(sa_column=Column(BigInteger, primary_key=True))  # the mapper's key; the table has none
    change: str = Field(sa_column=_key(primary=True))
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    task_id: str = Field(sa_column=_key())
    round: int
    account_id: str = Field(sa_column=_key())
    reviewer: str
    expires_at: datetime = Field(sa_column=_time())


class Judgement(Table, table=True):
    """One reviewer's answer, given under the lease with this fence. Never changed."""

    __tablename__ = "judgements"

    id: str = Field(sa_column=_key(primary=True))
    task_id: str = Field(sa_column=_key())
    round: int
    fence: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    account_id: str = Field(sa_column=_key())
    reviewer: str
    outcome: str
    code: str | None = None
    clauses: list[dict[str, Any]] = Field(sa_column=_text_json())
    note: str | None = None
    seconds_spent: int
    right_type: str
    judged_at: datetime = Field(sa_column=_time())


class Decision(Table, table=True):
    """The platform's answer to a task in one round, with the clauses as they stood."""

    __tablename__ = "decisions"

    id: str = Field(sa_column=_key(primary=True))
    task_id: str = Field(sa_column=_key())
    round: int
    version: int
    verdict: str
    code: str
    clauses: list[dict[str, Any]] = Field(sa_column=_text_json())
    right_type: str
    judgement_ids: list[str] = Field(sa_column=_text_json())
    enforcement_id: str | None = Field(default=None, sa_column=_key(nullable=True))
    decided_at: datetime = Field(sa_column=_time())


class DecisionReader(Table, table=True):
    """An account whose business a decision is: it reported an item of it, or judged it."""

    __tablename__ = "decision_readers"

    account_id: str = Field(sa_column=_key(primary=True))
    decision_id: str = Field(sa_column=_key(primary=True))


class Enforcement(Table, table=True):
    """What the marketplace was asked to do, and when it said that it had."""

    __tablename__ = "enforcements"

    id: str = Field(sa_column=_key(primary=True))
    decision_id: str = Field(sa_column=_key())
    version: int
    action: str
    listing: dict[str, Any] = Field(sa_column=_text_json())
    code: str
    markets: list[str] = Field(sa_column=_json())
    requested_at: datetime = Field(sa_column=_time())
    applied_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    note: str | None = None
