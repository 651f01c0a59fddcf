"""A listing as a marketplace writes it: over the API and on the stream the same."""

from functools import cache
from typing import Annotated, Any, Self

from babel.numbers import list_currencies
from pydantic import AfterValidator, ConfigDict, FailFast, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.contracts.countries import Country
from shared.contracts.ids import EvidenceId
from shared.contracts.listing_codes import ListingState
from shared.runtime.inputs import Day, Harmless, Input, Instant, Line, Whole

EXAMPLE: dict[str, Any] = {
    "marketplace": "shop.example", "listing_id": "9001", "version": 7, "url": "https://shop.example/item/9001",
    "title": "Trail shoe, blue", "description": "New, in its box.", "brand": "ACME", "category": "shoes",
    "price": {"amount": 1999, "currency": "EUR"}, "markets": ["DE", "FR"],
    "images": [{"url": "https://cdn.shop.example/9001/1.jpg"}],
    "seller": {"seller_id": "seller/77", "name": "Best Shoes Ltd", "country": "CN", "since": "2025-11-03"},
    "state": "live", "listed_at": "2026-09-14T08:30:00Z", "updated_at": "2026-10-02T11:05:00Z",
}  # fmt: skip

LONGEST_KEY = 200
Key = Annotated[Line, Field(min_length=1, max_length=LONGEST_KEY)]
"""An id of the marketplace's own: any text of one line."""

HttpUrl = Annotated[Line, Field(min_length=8, max_length=2048, pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[^/?#\s]")]
_MOST_VERSION = 2**53 - 1
_Hash = Annotated[str, Field(max_length=64, pattern=r"^[0-9a-f]{64}$", description="A PDQ hash, 64 hexadecimal digits")]


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def _currency(code: str) -> str:
    if code not in _currencies():
        raise PydanticCustomError("currency_unknown", "Not a currency of ISO 4217, as three capital letters")
    return code


class PriceIn(Input):
    """The price of the offer."""

    amount: Annotated[Whole, Field(ge=0, le=_MOST_VERSION, description="In minor units: 1999 is 19.99 EUR")]
    currency: Annotated[
        str, Field(max_length=3, pattern="^[A-Z]{3}$", description="ISO 4217"), AfterValidator(_currency)
    ]


class SellerIn(Input):
    """The seller, as the marketplace knows it."""

    seller_id: Key = Field(description="The marketplace's own id")
    name: Annotated[Harmless, Field(max_length=300)] | None = None
    country: Country | None = None
    since: Day | None = Field(None, description="When the seller came to the marketplace")


class ImageIn(Input):
    """A picture of the offer: its address, or the evidence that holds it."""

    url: HttpUrl | None = None
    evidence_id: EvidenceId | None = None
    pdq: _Hash | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if (self.url is None) is (self.evidence_id is None):
            raise PydanticCustomError("image_not_one", "Give an image's url or its evidence_id, and not both")
        return self


class ListingIn(Input):
    """The whole of a listing as it is now. What it shows is kept whatever its characters."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]}, hide_input_in_errors=True)

    marketplace: Key
    listing_id: Key = Field(description="The marketplace's own id; escapes that mean the same are one id")
    version: Annotated[Whole, Field(ge=1, le=_MOST_VERSION)] | None = Field(
        None, description="The marketplace's count of the listing's changes; without one, `updated_at` is needed"
    )
    updated_at: Instant | None = Field(None, description="When it was changed last; the higher `version` is the newer")
    listed_at: Instant | None = Field(
        None, description="When it appeared; without it no right is seen to be younger than the listing"
    )
    url: HttpUrl | None = None
    title: Annotated[Harmless, Field(max_length=1000)] = ""
    description: Annotated[Harmless, Field(max_length=20_000)] = ""
    brand: Annotated[Harmless, Field(max_length=200)] | None = None
    category: Annotated[Harmless, Field(max_length=200)] | None = Field(None, description="As the marketplace names it")
    price: PriceIn | None = None
    markets: Annotated[list[Country], Field(max_length=250), FailFast()] = []
    images: Annotated[list[ImageIn], Field(max_length=20), FailFast()] = []
    seller: SellerIn | None = None
    state: ListingState = ListingState.LIVE
    parent_id: Key | None = Field(None, description="The listing of which this is a variant")
    variants: Annotated[
        list[Key], Field(max_length=200, description="Listings that are variants of this one"), FailFast()
    ] = []

    @model_validator(mode="after")
    def _has_an_order(self) -> Self:
        if self.version is None and self.updated_at is None:
            raise PydanticCustomError("listing_order_missing", "Give version, or updated_at where there are none")
        return self
