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
    """Limits that the operator has set for an account, by its last event. None is the default."""

    __tablename__ = "account_limits"

    account_id: str = Field(sa_column=key_column(primary_key=True))
    version: int
    limits: dict[str, Any] = Field(sa_column=json_column())
    state: str = Field(default=AccountState.OPEN.value, sa_column_kwargs={"server_default": AccountState.OPEN.value})


class AccountUse(Table, table=True):
    """An account's use when its changes were last added up."""

    __tablename__ = "account_use"

    account_id: str = Field(sa_column=key_column(primary_key=True))
    open_reports: int = Field(sa_column=_count())
    rights: int = Field(sa_column=_count())
    evidence_bytes: int = Field(sa_column=_count())


class AccountUseChange(Table, table=True):
    """A change of an account's use by one transaction. Writing one waits for no other."""

    __tablename__ = "account_use_changes"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    account_id: str = Field(sa_column=key_column())
    open_reports: int = Field(sa_column=_count())
    rights: int = Field(sa_column=_count())
    evidence_bytes: int = Field(sa_column=_count())
