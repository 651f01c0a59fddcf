"""The tables of captures: what the listings of report items looked like, as screening tells it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column
from sqlmodel import Field

from services.review.tables import Table
from shared.runtime.columns import carried_json_column, key_column, time_column


class Capture(Table, table=True):
    """A version of a listing, frozen with its pictures, by the hash that decisions name.

    Never changed, but that the seller's name is erased after years.
    """

    __tablename__ = "captures"

    id: str = Field(sa_column=key_column(primary_key=True))
    hash: str = Field(sa_column=key_column())
    source: str = Field(sa_column=key_column())
    captured_at: datetime = Field(sa_column=time_column())
    listing: dict[str, Any] = Field(sa_column=carried_json_column())
    images: list[dict[str, Any]] = Field(sa_column=carried_json_column())
    number: int = Field(
        sa_column=Column(BigInteger, nullable=False), description="Of the listing's version in the store: it grows"
    )


class ItemCapture(Table, table=True):
    """A capture that is for a report item; the item may come to its task later.

    `first`: what was known when its report arrived, or where nothing was (`late`), as soon as something was.
    """

    __tablename__ = "item_captures"

    item_id: str = Field(sa_column=key_column(primary_key=True))
    capture_id: str = Field(sa_column=key_column(primary_key=True))
    first: bool
    late: bool
    changed_from: str | None = Field(default=None, sa_column=key_column(nullable=True))
    changed: list[str] = Field(sa_column=carried_json_column())
