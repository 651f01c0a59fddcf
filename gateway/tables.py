"""The tables of the gateway: accounts, their clients, and the keys of these."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

metadata = MetaData()


class Table(SQLModel):
    """The base of the gateway's tables."""

    metadata = metadata


def _id(**options: Any) -> Any:
    return Column(Text(collation="C"), **options)


def _time(*, nullable: bool = False) -> Any:
    return Column(DateTime(timezone=True), nullable=nullable)


class Account(Table, table=True):
    """An organisation."""

    __tablename__ = "accounts"

    id: str = Field(sa_column=_id(primary_key=True))
    kind: str
    name: str
    trusted_flagger: bool = Field(default=False, description="DSA Art. 22")
    version: int = 1
    created_at: datetime = Field(sa_column=_time())
    updated_at: datetime = Field(sa_column=_time())
    closed_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class Client(Table, table=True):
    """One set of API credentials of an account."""

    __tablename__ = "clients"
    __table_args__ = (Index("clients_account", "account_id", "id"),)

    id: str = Field(sa_column=_id(primary_key=True))
    account_id: str = Field(sa_column=_id(nullable=False))
    name: str
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    version: int = 1
    created_at: datetime = Field(sa_column=_time())
    updated_at: datetime = Field(sa_column=_time())
    expires_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))


class ApiKey(Table, table=True):
    """One key of a client, as its keyed hash. A client has one, and for the overlap of a rotation two."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("api_keys_client", "client_id"),)

    id: str = Field(sa_column=_id(primary_key=True), description="The part of the key that finds it; no secret")
    client_id: str = Field(sa_column=_id(nullable=False))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_column=_time())
    ends_at: datetime | None = Field(default=None, sa_column=_time(nullable=True))
