"""The tables of policies and their versions."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.review.tables import Table
from shared.runtime.columns import json_column, key_column, time_column


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
    """One version of a rule book. Once published it is dated, and the database refuses to change it."""

    __tablename__ = "policy_versions"

    policy_id: str = Field(sa_column=key_column(primary_key=True))
    number: int = Field(primary_key=True)
    state: str
    note: str | None = None
    clauses: list[dict[str, Any]] = Field(sa_column=json_column())
    effective_from: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    published_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    created_at: datetime = Field(sa_column=time_column())
    pack: int | None = Field(default=None, description="Which pack of the project it is; none: an operator's own")
