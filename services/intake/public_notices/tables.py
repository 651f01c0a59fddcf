"""The table of notices by people without an account."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field

from services.intake.tables import Table
from shared.runtime.columns import json_column, key_column, time_column


class PublicNotice(Table, table=True):
    """A notice by someone without an account. `email`, and the contact in `body`, go when they are no longer needed.

    The tokens that its notifier was sent are kept as hashes in `public_notice_tokens`, letters to be sent in `mails`.
    """

    __tablename__ = "public_notices"

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column())
    state: str
    version: int
    email: str | None = None
    email_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    address_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    language: str
    body: dict[str, Any] = Field(sa_column=json_column())
    listings: list[dict[str, Any]] = Field(sa_column=json_column())
    report_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    verdict: str | None = None
    code: str | None = None
    note: str | None = None
    created_at: datetime = Field(sa_column=time_column())
    expires_at: datetime = Field(sa_column=time_column())
    confirmed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    completed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    letter_version: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
