"""The tables of the gateway: accounts, their clients, and the keys of these."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from shared.runtime.columns import json_column, key_column, time_column

metadata = MetaData()


class Table(SQLModel):
    """The base of the gateway's tables."""

    metadata = metadata


class Account(Table, table=True):
    """An organisation."""

    __tablename__ = "accounts"

    id: str = Field(sa_column=key_column(primary_key=True))
    kind: str
    name: str
    trusted_flagger: bool = Field(default=False, description="DSA Art. 22")
    marketplaces: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
    limits: dict[str, int] = Field(default_factory=dict, sa_column=json_column())
    version: int = 1
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())
    closed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    suspended_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    suspension_reason: str | None = None


class Client(Table, table=True):
    """One set of API credentials of an account."""

    __tablename__ = "clients"
    __table_args__ = (Index("clients_account", "account_id", "id"),)

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column())
    name: str
    scopes: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    version: int = 1
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())
    expires_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    suspended_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class ApiKey(Table, table=True):
    """One key of a client, as its keyed hash. A client has one, and for the overlap of a rotation two."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("api_keys_client", "client_id"),)

    id: str = Field(sa_column=key_column(primary_key=True), description="The part of the key that finds it; no secret")
    client_id: str = Field(sa_column=key_column())
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(sa_column=time_column())
    ends_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    last_used_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
