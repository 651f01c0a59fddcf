"""The bodies of the store of listings."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from services.screening.listings.listing_body import EXAMPLE, ListingIn
from services.screening.listings.states import ListingStatus
from shared.contracts.ids import EvidenceId
from shared.contracts.listing_codes import ListingState
from shared.runtime.bulk import BY_ITSELF, ResultProblemOut
from shared.runtime.inputs import Input, Output

MOST = 1000
"""Listings of one request."""

MOST_READ = 50
"""Listings of one answer: with descriptions and images they are long."""


class ListingsIn(Input):
    """Listings to be put into the store. One that is wrong refuses none of the others: it is `Unsound` here."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"listings": [EXAMPLE]}]})

    listings: Annotated[list[Annotated[ListingIn, BY_ITSELF]], Field(min_length=1, max_length=MOST)]


class ListingResultOut(Output):
    """The outcome of one listing."""

    listing_id: Annotated[str, Field(max_length=200)] | None = Field(description="As given; null where there is none")
    status: ListingStatus = Field(
        description="`unchanged`: known so; `outdated`: a newer version is known and stays; `refused`: see `problem`"
    )
    problem: ResultProblemOut | None = None


class ListingResultsOut(Output):
    """The outcome of each listing, in the order in which they were given."""

    results: Annotated[list[ListingResultOut], Field(max_length=MOST)]


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


class StoredListingOut(ListingFactsOut):
    """A listing as it is now, by what the marketplace told last."""

    marketplace: Annotated[str, Field(max_length=200)]
    listing_id: Annotated[str, Field(max_length=200)]
    received_at: datetime
    content_hash: Annotated[
        str,
        Field(
            max_length=64,
            pattern="^[0-9a-f]{64}$",
            description="SHA-256 of its content as JSON, with sorted names and without what was left out",
        ),
    ]
    images: Annotated[list[ImageOut], Field(max_length=20)]


class ListingsOut(Output):
    """Those of the listings asked for that are known."""

    data: Annotated[list[StoredListingOut], Field(max_length=MOST_READ)]
