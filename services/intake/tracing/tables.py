"""The tables of the sweep that sends what reports leave behind, and of what it looks at."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field

from services.intake.tables import Table
from shared.runtime.columns import key_column, time_column


class TracedUntil(Table, table=True):
    """The newest report whose traces were sent, and the key of their hashes: one row, and whoever holds it goes on."""

    __tablename__ = "traced_until"

    only_row: bool = Field(default=True, primary_key=True)
    report_id: str = Field(sa_column=key_column())
    key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class KnownListing(Table, table=True):
    """A listing as the marketplace last told of it."""

    __tablename__ = "known_listings"

    marketplace: str = Field(sa_column=key_column(primary_key=True))
    listing_id: str = Field(sa_column=key_column(primary_key=True))
    listed_at: datetime = Field(sa_column=time_column())
    category: str | None = None
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    number: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
