"""The tables of captures: listings as they were, and the report items that saw them so."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.screening.tables import Table
from shared.contracts.listing_codes import CaptureSource, PictureProblem
from shared.runtime.columns import enum_column, key_column, time_column


class Capture(Table, table=True):
    """A version of a listing, frozen: `document` is the text that `hash` is of (SHA-256).

    `number` is that of the version in the store. The seller's name stands beside the document, which has its hash with
    a salt alone. Without a hash it waits for its pictures. `holds_pictures`: files of its own are in the object store.
    """

    __tablename__ = "captures"

    id: str = Field(sa_column=key_column(primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    marketplace: str = Field(sa_column=key_column())
    listing_id: str = Field(sa_column=key_column())
    source: CaptureSource = Field(sa_column=enum_column(CaptureSource, nullable=False))
    captured_at: datetime = Field(sa_column=time_column())
    document: str = Field(sa_column=Column(Text, nullable=False))
    hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    seller_name: str | None = Field(default=None, sa_column=Column(Text))
    seller_salt: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    completed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    holds_pictures: bool = False
    seller_erased_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    pictures_erased_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class CapturePicture(Table, table=True):
    """A picture of a captured listing: where it was, and its file or why there is none; neither while it is fetched."""

    __tablename__ = "capture_pictures"

    capture_id: str = Field(sa_column=key_column(primary_key=True))
    place: int = Field(primary_key=True)
    url: str | None = None
    evidence_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    pdq: str | None = None
    sha256: str | None = Field(default=None, sa_column=key_column(nullable=True))
    media_type: str | None = None
    size: int | None = Field(default=None, sa_column=Column(BigInteger))
    width: int | None = None
    height: int | None = None
    problem: PictureProblem | None = Field(default=None, sa_column=enum_column(PictureProblem, nullable=True))
    erased: bool = False


class CaptureFile(Table, table=True):
    """A file of pictures in the object store. `loose_since` is since when no picture refers to it; null: one does."""

    __tablename__ = "capture_files"

    sha256: str = Field(sa_column=key_column(primary_key=True))
    loose_since: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class EvidencePicture(Table, table=True):
    """A file that intake keeps as evidence, as others than its owner see it. Without a hash: it was deleted."""

    __tablename__ = "evidence_pictures"

    evidence_id: str = Field(sa_column=key_column(primary_key=True))
    sha256: str | None = Field(default=None, sa_column=key_column(nullable=True))
    media_type: str | None = None
    size: int | None = Field(default=None, sa_column=Column(BigInteger))


class UnknownListing(Table, table=True):
    """A reported listing that the marketplace, when it was asked, did not know; until then it is not asked again."""

    __tablename__ = "unknown_listings"

    marketplace: str = Field(sa_column=key_column(primary_key=True))
    listing_id: str = Field(sa_column=key_column(primary_key=True))
    ask_again_at: datetime = Field(sa_column=time_column())


class ReportedItem(Table, table=True):
    """A report item, what it is about, and whether it has ended, by what happened to it last (`moved_at`).

    Of one whose end came to be known before its report nothing else is known yet.
    """

    __tablename__ = "reported_items"

    item_id: str = Field(sa_column=key_column(primary_key=True))
    report_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    marketplace: str | None = Field(default=None, sa_column=key_column(nullable=True))
    listing_id: str | None = Field(default=None, sa_column=key_column(nullable=True))
    reported_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    ended: bool = False
    moved_at: datetime = Field(sa_column=time_column())


class ItemCapture(Table, table=True):
    """A capture of what a report item is about. `changed` are the fields in which it differs from `changed_from`."""

    __tablename__ = "item_captures"

    item_id: str = Field(sa_column=key_column(primary_key=True))
    capture_id: str = Field(sa_column=key_column(primary_key=True))
    report_id: str = Field(sa_column=key_column())
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    is_first: bool
    is_late: bool
    changed_from: str | None = Field(default=None, sa_column=key_column(nullable=True))
    changed: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
