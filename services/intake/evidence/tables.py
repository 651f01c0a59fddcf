"""The tables of evidence."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from services.intake.tables import Table
from shared.runtime.columns import json_column, key_column, time_column


class EvidenceFile(Table, table=True):
    """A file in the store, once for all who sent it. `edits` is what the copy that others see has not.

    `loose_since` is when the last one that referred to it went, or when it came in; null while it is somebody's.
    """

    __tablename__ = "evidence_files"

    sha256: str = Field(sa_column=key_column(primary_key=True))
    media_type: str
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    edits: list[Any] = Field(sa_column=json_column())
    loose_since: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    created_at: datetime = Field(sa_column=time_column())


class Evidence(Table, table=True):
    """An account's file. `kept` once something refers to it; `named_at` is when something last was about to."""

    __tablename__ = "evidence"

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column())
    sha256: str = Field(sa_column=key_column())
    name: str | None = None
    kept: bool = False
    named_at: datetime = Field(sa_column=time_column())
    created_at: datetime = Field(sa_column=time_column())


class EvidenceUse(Table, table=True):
    """A reference to evidence by a report, an authority or a right. `right_id` is the one that a report is under."""

    __tablename__ = "evidence_uses"

    evidence_id: str = Field(sa_column=key_column(primary_key=True))
    used_by: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column())
    right_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    sha256: str = Field(sa_column=key_column())
    at: datetime = Field(sa_column=time_column())
