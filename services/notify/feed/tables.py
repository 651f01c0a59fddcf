"""The table of the event feed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index
from sqlmodel import Field

from services.notify.tables import Table
from shared.runtime.columns import json_column, key_column, time_column


class FeedEvent(Table, table=True):
    """One event, once, in the order in which the feed shows it. Nothing here is ever changed.

    `position` is taken under the feed's lock alone (see `domain/feed.py`), which makes its order that of the commits.
    """

    __tablename__ = "feed"
    __table_args__ = (Index("feed_account", "account_id", "position"),)

    position: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    event_id: str = Field(sa_column=key_column(unique=True))
    type: str = Field(sa_column=key_column())
    subject: str = Field(sa_column=key_column())
    account_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    envelope: dict[str, Any] = Field(sa_column=json_column())
    received_at: datetime = Field(sa_column=time_column())
