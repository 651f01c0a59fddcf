"""Listings as answers show them: the same in the store of listings, in captures and in packets."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from shared.contracts.ids import EvidenceId
from shared.contracts.listing_codes import ListingState, PictureProblem
from shared.runtime.inputs import Output

Sha256 = Annotated[str, Field(max_length=64, pattern="^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0, le=2**53)]


class PriceOut(Output):
    """The price of an offer."""

    amount: Annotated[int, Field(ge=0, le=2**53, description="In minor units: 1999 is 19.99 EUR")]
    currency: Annotated[str, Field(max_length=3, description="ISO 4217")]


class SellerOut(Output):
    """The seller, as the marketplace knows it."""

    seller_id: Annotated[str, Field(max_length=200)]
    name: Annotated[str, Field(max_length=300)] | None
    country: Annotated[str, Field(max_length=2)] | None
    since: date | None


class ImageOut(Output):
    """A picture of an offer."""

    url: Annotated[str, Field(max_length=2048)] | None
    evidence_id: EvidenceId | None
    pdq: Annotated[str, Field(max_length=64)] | None


class ListingFactsOut(Output):
    """The facts of a listing that are the same wherever it is shown."""

    version: Annotated[int, Field(ge=1, le=2**53)] | None
    updated_at: datetime | None = Field(description="When the marketplace changed it last, where it said so")
    listed_at: datetime | None
    url: Annotated[str, Field(max_length=2048)] | None
    title: Annotated[str, Field(max_length=1000)]
    description: Annotated[str, Field(max_length=20_000)]
    brand: Annotated[str, Field(max_length=200)] | None
    category: Annotated[str, Field(max_length=200)] | None
    price: PriceOut | None
    markets: Annotated[list[Annotated[str, Field(max_length=2)]], Field(max_length=250)]
    seller: SellerOut | None
    state: ListingState
    parent_id: Annotated[str, Field(max_length=200)] | None
    variants: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=200)]


class CapturedImageOut(ImageOut):
    """A picture of the listing: its file, by hash, or why it could not be had."""

    sha256: Sha256 | None = Field(description="Of the file")
    media_type: Annotated[str, Field(max_length=100)] | None
    size: _Count | None = Field(description="Bytes")
    width: _Count | None = Field(description="Pixels")
    height: _Count | None
    problem: PictureProblem | None = Field(description="Why it could not be had")
