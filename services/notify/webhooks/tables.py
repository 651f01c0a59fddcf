"""The tables of webhook endpoints and deliveries."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Computed, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.notify.tables import Table
from shared.runtime.columns import key_column, time_column


class WebhookEndpoint(Table, table=True):
    """A partner's address for webhooks. `secrets` are sealed; the first signs alone once the others have ended."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        Index("webhook_endpoints_account", "account_id", "id", postgresql_where=text("deleted_at IS NULL")),
    )

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column())
    sees_all: bool = Field(description="The operator's own: events of every account, and of none")
    url: str
    description: str | None = None
    event_types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    patterns: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False), description="event_types for LIKE")
    enabled: bool = True
    disabled_reason: str | None = None
    secret: str = Field(description="Sealed")
    previous_secret: str | None = Field(default=None, description="Sealed")
    previous_secret_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    version: int = 1
    created_at: datetime = Field(sa_column=time_column())
    updated_at: datetime = Field(sa_column=time_column())
    deleted_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class Delivery(Table, table=True):
    """One event on its way to one endpoint.

    A sender takes it by counting `lease` up and moving `due_at` past its lease; what it writes later holds only while
    the lease is still the one it took. `tries` counts since the delivery was made or asked for again.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("deliveries_due", "endpoint_id", "due_at", "position", postgresql_where=text("state = 'pending'")),
        Index("deliveries_line", "line", "position", postgresql_where=text("state = 'pending' AND ordered")),
        Index("deliveries_account", "account_id", "id"),
        Index("deliveries_endpoint", "endpoint_id", "id"),
        UniqueConstraint("event_id", "endpoint_id"),
        Index("deliveries_settled", "settled_at", postgresql_where=text("state <> 'pending'")),
    )  # fmt: skip

    id: str = Field(sa_column=key_column(primary_key=True))
    account_id: str = Field(sa_column=key_column())
    endpoint_id: str = Field(sa_column=key_column())
    event_id: str = Field(sa_column=key_column())
    event_type: str = Field(sa_column=key_column())
    subject: str = Field(sa_column=key_column())
    line: str | None = Field(
        default=None,
        sa_column=Column(
            Text(collation="C"), Computed("endpoint_id || ' ' || subject", persisted=True), nullable=False
        ),
        description="Endpoint and subject, within which order is kept; in one, so that no other index can serve here",
    )
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    ordered: bool = True
    payload: dict[str, Any] | None = Field(
        default=None,
        sa_column=Column(JSONB(none_as_null=True), nullable=True),
        description="Of a test, which is in no feed",
    )
    state: str
    tries: int = 0
    lease: int = 0
    due_at: datetime = Field(sa_column=time_column())
    last_status: int | None = None
    last_error: str | None = None
    created_at: datetime = Field(sa_column=time_column())
    settled_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class Attempt(Table, table=True):
    """One try of a delivery and how it went. `number` is the lease under which it was made."""

    __tablename__ = "delivery_attempts"

    delivery_id: str = Field(sa_column=key_column(primary_key=True))
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    started_at: datetime = Field(sa_column=time_column())
    duration_ms: int
    status: int | None = None
    error: str | None = None
    answer: str | None = Field(default=None, description="The beginning of what the receiver answered")


class AccountStanding(Table, table=True):
    """An account's state by its last event; nothing is sent for one that is shut out."""

    __tablename__ = "account_standings"

    account_id: str = Field(sa_column=key_column(primary_key=True))
    version: int
    shut: bool
