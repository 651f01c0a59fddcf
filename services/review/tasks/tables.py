"""The tables of tasks, and of who works on them.

A task's open work lives in two narrow tables beside it: a pending task has one row in `waiting`, or, while a reviewer
has it, one in `holds`. Claiming moves a row from the one to the other and leaves the task itself alone, so that the
hottest statement writes no wide row. `leases` is the audit of it all, and only grows.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field

from services.review.tables import Table
from shared.runtime.columns import carried_json_column, json_column, key_column, time_column


class Task(Table, table=True):
    """The question whether one listing infringes one right. `pending` includes leased ones, which have a hold.

    `version` grows by two with every change: the number between is for the claim, which does not write here.
    """

    __tablename__ = "tasks"

    id: str = Field(sa_column=key_column(primary_key=True))
    marketplace: str
    listing_id: str
    right_id: str = Field(sa_column=key_column())
    right_key: str = Field(sa_column=key_column(), description="The same for every record of one registration")
    seller_id: str | None = Field(default=None, description="The marketplace's own id of the seller, once it is known")
    right_type: str = Field(sa_column=key_column())
    language: str = Field(sa_column=key_column())
    severity: str = Field(sa_column=key_column())
    due_at: datetime = Field(sa_column=time_column())
    state: str = Field(sa_column=key_column())
    round: int
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    listing: dict[str, Any] = Field(sa_column=carried_json_column())
    right_snapshot: dict[str, Any] = Field(sa_column=carried_json_column())
    findings: list[dict[str, Any]] = Field(sa_column=json_column())
    notes: list[dict[str, Any]] = Field(sa_column=json_column())
    searched_right_type: str | None = Field(
        default=None, description="The type to which it was re-routed, once the vaults were searched for one"
    )
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())


class TaskItem(Table, table=True):
    """A report item on its task; a withdrawn one stays, marked, so that no notice is ever lost from the count."""

    __tablename__ = "task_items"

    item_id: str = Field(sa_column=key_column(primary_key=True))
    task_id: str = Field(sa_column=key_column())
    report_id: str = Field(sa_column=key_column())
    account_id: str = Field(sa_column=key_column())
    thing: dict[str, Any] = Field(sa_column=carried_json_column(), description="The item as events carry it")
    severity: str = Field(sa_column=key_column())
    due_at: datetime = Field(sa_column=time_column())
    withdrawn_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class ItemNews(Table, table=True):
    """Inbound events about an item that may arrive before the report's own: triage, withdrawal, suspicion, seller."""

    __tablename__ = "item_news"

    item_id: str = Field(sa_column=key_column(primary_key=True))
    triage_version: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    severity: str | None = None
    due_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    withdrawn_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    findings: list[dict[str, Any]] | None = Field(default=None, sa_column=json_column(nullable=True))
    seller_id: str | None = None


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
    """The history of a hold. A judgement ends it too, and names its fence.

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
