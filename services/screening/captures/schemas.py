"""The bodies of captures."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from shared.contracts.ids import CaptureId
from shared.contracts.listing_codes import CaptureSource, ListingState
from shared.runtime.inputs import Output
from shared.runtime.listing_outputs import CapturedImageOut, ListingFactsOut, Sha256

LONGEST_DOCUMENT = 500_000
"""Characters of the document of the longest listing that can be told of, and more."""


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
