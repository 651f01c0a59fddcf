"""The tables of authorities."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Date, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.intake.tables import Table
from shared.runtime.columns import json_column, key_column, time_column


class Authority(Table, table=True):
    """An authority in the vault, as it is now. Where `right_ids` is null, it covers all that its principal owns.

    `reminded_of` is the last day that a reminder was told about, `reminded_days` the reminder that it was.
    """

    __tablename__ = "authorities"

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column())
    kind: str
    state: str
    version: int
    principal: dict[str, Any] = Field(sa_column=json_column())
    right_ids: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text(collation="C")), nullable=True))
    right_types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    territories: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    valid_from: date = Field(sa_column=Column(Date, nullable=False))
    valid_to: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    evidence_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    rejection_code: str | None = None
    rejection_note: str | None = None
    verified_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    reminded_of: date | None = Field(default=None, sa_column=Column(Date, nullable=True))
    reminded_days: int | None = None
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())


class AuthorityVersion(Table, table=True):
    """An authority as it stood at one version. Reports point here; the database refuses to change it."""

    __tablename__ = "authority_versions"

    authority_id: str = Field(sa_column=key_column(primary_key=True))
    version: int = Field(primary_key=True)
    snapshot: dict[str, Any] = Field(sa_column=json_column())
    created_at: datetime = Field(sa_column=time_column())
