"""The tables of listings: what each is now, and what it was."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, Text
from sqlmodel import Field

from services.screening.tables import Table
from shared.runtime.columns import key_column, time_column


class Listing(Table, table=True):
    """A listing as it is now: which version of it, and by what the next one is judged.

    It is narrow and has one index, so that changing one costs the same among ten thousand and among millions.
    """

    __tablename__ = "listings"

    marketplace: str = Field(sa_column=key_column(primary_key=True))
    listing_id: str = Field(sa_column=key_column(primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    version: int | None = Field(default=None, sa_column=Column(BigInteger))
    changed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    content_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ListingVersion(Table, table=True):
    """A listing as it was from some time on. `content` is the text that was hashed (SHA-256), to the byte.

    `earlier` is the number of the version before it. `looked_up`: the marketplace told of it because it was asked.
    """

    __tablename__ = "listing_versions"

    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    marketplace: str = Field(sa_column=key_column())
    listing_id: str = Field(sa_column=key_column())
    version: int | None = Field(default=None, sa_column=Column(BigInteger))
    changed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    received_at: datetime = Field(sa_column=time_column())
    content_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))
    looked_up: bool = False
    earlier: int | None = Field(default=None, sa_column=Column(BigInteger))


class SupersededVersion(Table, table=True):
    """A version that is no longer the listing's own, and since when: what is to be forgotten is found by it."""

    __tablename__ = "superseded_versions"

    superseded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
