"""The bodies of the store of listings."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from services.screening.listings.listing_body import EXAMPLE, ListingIn
from services.screening.listings.states import ListingStatus
from shared.runtime.bulk import BY_ITSELF, ResultProblemOut
from shared.runtime.inputs import Input, Output
from shared.runtime.listing_outputs import ImageOut, ListingFactsOut

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
