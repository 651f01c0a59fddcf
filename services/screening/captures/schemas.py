"""The bodies of captures."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.screening.listings.schemas import ImageOut, ListingFactsOut
from shared.contracts.ids import CaptureId
from shared.contracts.listing_codes import CaptureSource, ListingState, PictureProblem
from shared.runtime.inputs import Output

LONGEST_DOCUMENT = 500_000
"""Characters of the document of the longest listing that can be told of, and more."""

Sha256 = Annotated[str, Field(max_length=64, pattern="^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0, le=2**53)]


class CapturedImageOut(ImageOut):
    """A picture of the listing: its file, by hash, or why it could not be had."""

    sha256: Sha256 | None = Field(description="Of the file")
    media_type: Annotated[str, Field(max_length=100)] | None
    size: _Count | None = Field(description="Bytes")
    width: _Count | None = Field(description="Pixels")
    height: _Count | None
    problem: PictureProblem | None = Field(description="Why it could not be had")


class CaptureOut(Output):
    """A capture, short."""

    id: CaptureId
    hash: Sha256 = Field(description="SHA-256 of its document")
    marketplace: Annotated[str, Field(max_length=200)]
    listing_id: Annotated[str, Field(max_length=200)]
    source: CaptureSource = Field(description="`lookup`: the marketplace was asked, because nothing was known")
    captured_at: datetime
    title: Annotated[str, Field(max_length=1000)]
    state: ListingState = Field(description="The listing's own, when it was captured")
    seller_erased_at: datetime | None = Field(description="When the seller's name was erased")
    pictures_erased_at: datetime | None = Field(description="When the files of the pictures were erased")


class CaptureDetailOut(CaptureOut):
    """A capture, whole."""

    listing: ListingFactsOut
    images: Annotated[list[CapturedImageOut], Field(max_length=20)]
    document: Annotated[str, Field(max_length=LONGEST_DOCUMENT)] = Field(
        description="The text that the hash is of: JSON with sorted names, in UTF-8"
    )
    seller_salt: Sha256 | None = Field(
        description="Hexadecimal. SHA-256 of its 32 bytes and the seller's name is `name_hash` in the document"
    )


class PictureLinkOut(Output):
    """An address that opens the picture for a few minutes, for whoever has it, without a key."""

    url: Annotated[str, Field(max_length=2048)]
    expires_at: datetime
