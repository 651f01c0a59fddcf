"""Events of captures: what a listing looked like when it was reported."""

from datetime import datetime

from pydantic import Field

from ..event import Event
from ..ids import CaptureId, EvidenceId, ItemId, ReportId
from ..listing_codes import CaptureSource, ListingState, PictureProblem
from ..things import Price, Seller, Thing


class CapturedListing(Thing):
    """A listing as it was: the whole of what the marketplace told of it, but its pictures."""

    version: int | None = Field(None, description="The marketplace's own count of its changes, where it has one")
    updated_at: datetime | None = None
    listed_at: datetime | None = None
    url: str | None = None
    title: str = ""
    description: str = ""
    brand: str | None = None
    category: str | None = None
    price: Price | None = None
    markets: list[str] = []
    seller: Seller | None = None
    state: ListingState = ListingState.LIVE
    parent_id: str | None = None
    variants: list[str] = []


class CapturedImage(Thing):
    """A picture of the listing: its file by hash, or why it could not be had. It is an address or evidence."""

    url: str | None = None
    evidence_id: EvidenceId | None = None
    pdq: str | None = Field(None, description="Its PDQ hash, where the marketplace has told it")
    sha256: str | None = Field(None, description="Of the file, in hexadecimal digits")
    media_type: str | None = None
    size: int | None = Field(None, description="Bytes")
    width: int | None = Field(None, description="Pixels")
    height: int | None = None
    problem: PictureProblem | None = None


class CapturedItem(Thing):
    """A report item that a capture is for."""

    report_id: ReportId
    item_id: ItemId
    first: bool = Field(description="It is the first capture of this item; each has one at most")
    late: bool = Field(description="The marketplace told of what it shows after the report had arrived")


class ListingCaptured(Event, name="marque.listing.captured.v1", producer="screening"):
    """A version of a listing is frozen, with its pictures, for these report items, up to 250 at once.

    The capture is the same in all of its events; each item is in one of them. The operator's own business: it names the
    seller. `hash` is the SHA-256 of the capture's document, `version` the number of the listing's version in the store.
    """

    capture_id: CaptureId
    marketplace: str
    listing_id: str
    hash: str
    source: CaptureSource
    captured_at: datetime
    listing: CapturedListing
    images: list[CapturedImage] = []
    items: list[CapturedItem]
    changed_from: CaptureId | None = Field(None, description="The capture that these items had before, if they had one")
    changed: list[str] = Field([], description="The fields of the listing in which it differs from that; `images` too")

    @property
    def subject_id(self) -> str:
        return self.capture_id


class SellersErased(
    Event, name="marque.internal.sellers.erased.v1", producer="screening", audience="internal"
):  # fmt: skip
    """The sellers' names of these captures were erased: whoever keeps captures erases them too."""

    capture_ids: list[CaptureId]

    @property
    def subject_id(self) -> str:
        return "captures"
