"""The tables of the review service.

A task's open work lives in two narrow tables beside it: a pending task has one row in `waiting`, or, while a reviewer
has it, one in `holds`. Claiming moves a row from the one to the other and leaves the task itself alone, so that the
hottest statement writes no wide row. `leases` is the audit of it all, and only grows.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, MetaData
from sqlmodel import Field, SQLModel

from shared.runtime.columns import json_column, key_column, time_column

metadata = MetaData()
SOURCE = "/marque/review"
"""What this service's events give as their origin."""


class Table(SQLModel):
    """The base of this service's tables."""

    metadata = metadata


def _text_json() -> Any:
    """A document that is only ever carried on as it came: kept as text, so that the hot paths never take it apart."""
    return Column(JSON, nullable=False)


class Policy(Table, table=True):
    """The rule book of one right type."""

    __tablename__ = "policies"

    id: str = Field(sa_column=key_column(primary_key=True))
    right_type: str
    title: str
    version: int
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())


class PolicyVersion(Table, table=True):
    """One edition of a rule book. Once published it is dated, and the database refuses to change it."""

    __tablename__ = "policy_versions"

    policy_id: str = Field(sa_column=key_column(primary_key=True))
    number: int = Field(primary_key=True)
    state: str
    note: str | None = None
    clauses: list[dict[str, Any]] = Field(sa_column=json_column())
    effective_from: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    published_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    created_at: datetime = Field(sa_column=time_column())


class Task(Table, table=True):
    """Whether one listing infringes one right. `pending` stands for leased too: the hold makes the difference.

    `version` grows by two with every change: the number between is for the claim, which does not write here.
    """

    __tablename__ = "tasks"

    id: str = Field(sa_column=key_column(primary_key=True))
    marketplace: str
    listing_id: str
    right_id: str = Field(sa_column=key_column())
    right_key: str = Field(sa_column=key_column(), description="The same for every record of one registration")
    right_type: str = Field(sa_column=key_column())
    language: str = Field(sa_column=key_column())
    severity: str = Field(sa_column=key_column())
    due_at: datetime = Field(sa_column=time_column())
    state: str = Field(sa_column=key_column())
    round: int
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    listing: dict[str, Any] = Field(sa_column=_text_json())
    right_snapshot: dict[str, Any] = Field(sa_column=_text_json())
    findings: list[dict[str, Any]] = Field(sa_column=json_column())
    notes: list[dict[str, Any]] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())


class TaskItem(Table, table=True):
    """A report item on its task; a withdrawn one stays, marked, so that no notice is ever lost from the count."""

    __tablename__ = "task_items"

    item_id: str = Field(sa_column=key_column(primary_key=True))
    task_id: str = Field(sa_column=key_column())
    report_id: str = Field(sa_column=key_column())
    account_id: str = Field(sa_column=key_column())
    thing: dict[str, Any] = Field(sa_column=_text_json(), description="The item as events carry it")
    severity: str = Field(sa_column=key_column())
    due_at: datetime = Field(sa_column=time_column())
    withdrawn_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class ItemNews(Table, table=True):
    """What was heard of an item, perhaps before the report itself: its triage, its withdrawal, a suspicion."""

    __tablename__ = "item_news"

    item_id: str = Field(sa_column=key_column(primary_key=True))
    triage_version: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    severity: str | None = None
    due_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    withdrawn_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    findings: list[dict[str, Any]] | None = Field(default=None, sa_column=json_column(nullable=True))


class Waiting(Table, table=True):
    """A task that anyone may claim. `fresh`: nobody has yet, in this round."""

    __tablename__ = "waiting"

    task_id: str = Field(sa_column=key_column(primary_key=True))
    queue: str = Field(sa_column=key_column())
    severity: str = Field(sa_column=key_column())
    due_at: datetime = Field(sa_column=time_column())
    since: datetime = Field(sa_column=time_column())
    fresh: bool
    marketplace: str = Field(sa_column=key_column())


class Hold(Table, table=True):
    """A reviewer's exclusive hold of a task. There is one row a task at most: that is the whole promise."""

    __tablename__ = "holds"

    task_id: str = Field(sa_column=key_column(primary_key=True))
    fence: int = Field(sa_column=Column(BigInteger, nullable=False))
    account_id: str = Field(sa_column=key_column())
    reviewer: str
    expires_at: datetime = Field(sa_column=time_column())


class Lease(Table, table=True):
    """What happened to a hold. A judgement ends it too, and names its fence.

    Of one that was broken, `reason` says why, and `broken_by` which account did it; none: the platform.
    """

    __tablename__ = "leases"

    fence: int = Field(sa_column=Column(BigInteger, primary_key=True))  # the mapper's key; the table has none
    change: str = Field(sa_column=key_column(primary_key=True))
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    task_id: str = Field(sa_column=key_column())
    round: int
    account_id: str = Field(sa_column=key_column())
    reviewer: str
    expires_at: datetime = Field(sa_column=time_column())
    reason: str | None = None
    broken_by: str | None = Field(default=None, sa_column=key_column(nullable=True))


class AccountStanding(Table, table=True):
    """Since when an account is shut out, which then holds no lease, and why; without a time it may come in."""

    __tablename__ = "account_standings"

    account_id: str = Field(sa_column=key_column(primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    reason: str | None = None
    shut_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


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
    clauses: list[dict[str, Any]] = Field(sa_column=_text_json())
    note: str | None = None
    seconds_spent: int
    right_type: str
    judged_at: datetime = Field(sa_column=time_column())


class Decision(Table, table=True):
    """The platform's answer to a task in one round, with the clauses as they stood."""

    __tablename__ = "decisions"

    id: str = Field(sa_column=key_column(primary_key=True))
    task_id: str = Field(sa_column=key_column())
    round: int
    version: int
    verdict: str
    code: str
    clauses: list[dict[str, Any]] = Field(sa_column=_text_json())
    right_type: str
    judgement_ids: list[str] = Field(sa_column=_text_json())
    enforcement_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    decided_at: datetime = Field(sa_column=time_column())


class DecisionReader(Table, table=True):
    """An account whose business a decision is: it reported an item of it, or judged it."""

    __tablename__ = "decision_readers"

    account_id: str = Field(sa_column=key_column(primary_key=True))
    decision_id: str = Field(sa_column=key_column(primary_key=True))


class Enforcement(Table, table=True):
    """What the marketplace was asked to do, and when it said that it had."""

    __tablename__ = "enforcements"

    id: str = Field(sa_column=key_column(primary_key=True))
    decision_id: str = Field(sa_column=key_column())
    version: int
    action: str
    listing: dict[str, Any] = Field(sa_column=_text_json())
    code: str
    markets: list[str] = Field(sa_column=json_column())
    requested_at: datetime = Field(sa_column=time_column())
    applied_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    note: str | None = None
