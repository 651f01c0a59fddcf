"""The tables of what accounts use of the platform, and of how much they may."""

from typing import Any

from sqlalchemy import BigInteger, Column, Identity
from sqlmodel import Field

from services.intake.tables import Table
from shared.contracts.events import AccountState
from shared.runtime.columns import json_column, key_column


def _count() -> Any:
    return Column(BigInteger, nullable=False, server_default="0")


class AccountLimit(Table, table=True):
    """What the operator has set for an account, as its last event told it. What is not named has the default."""

    __tablename__ = "account_limits"

    account_id: str = Field(sa_column=key_column(primary_key=True))
    version: int
    limits: dict[str, Any] = Field(sa_column=json_column())
    state: str = Field(default=AccountState.OPEN.value, sa_column_kwargs={"server_default": AccountState.OPEN.value})


class AccountUse(Table, table=True):
    """What an account used when its changes were last added up."""

    __tablename__ = "account_use"

    account_id: str = Field(sa_column=key_column(primary_key=True))
    open_reports: int = Field(sa_column=_count())
    rights: int = Field(sa_column=_count())
    evidence_bytes: int = Field(sa_column=_count())


class AccountUseChange(Table, table=True):
    """What one transaction has added to that, or taken from it. Nobody waits for anybody to write one."""

    __tablename__ = "account_use_changes"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    account_id: str = Field(sa_column=key_column())
    open_reports: int = Field(sa_column=_count())
    rights: int = Field(sa_column=_count())
    evidence_bytes: int = Field(sa_column=_count())
