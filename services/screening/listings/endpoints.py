"""The store of listings over the API: the marketplace puts them in, and reads what is known."""

from typing import Annotated

import orjson
from fastapi import Query

from libraries.notices.address import normal_id
from services.screening.listings import statements, storing
from services.screening.listings.listing_body import Key, ListingIn
from services.screening.listings.schemas import (
    MOST_READ,
    ListingResultOut,
    ListingResultsOut,
    ListingsIn,
    ListingsOut,
    StoredListingOut,
)
from services.screening.listings.statements import StoredListing
from services.screening.listings.states import ListingStatus
from services.screening.listings.storing import Outcome
from shared.contracts.codes import Scope
from shared.runtime.bulk import Unsound, named, not_sound, refused
from shared.runtime.context import Now
from shared.runtime.identity import operator
from shared.runtime.routes import Session, router

routes = router(tags=["listings"])


@routes.post(
    "/v1/listings",
    summary="Put listings into the store",
    operation_id="put_listings",
    dependencies=[operator(Scope.LISTINGS_WRITE)],
)
async def put_listings(body: ListingsIn, session: Session, now: Now) -> ListingResultsOut:
    """Tell of up to 1,000 listings as they are now, in 2 MiB. One that is wrong refuses none of the others.

    The answer is 200, and says of each in the same order how it went. A listing is replaced whole: what is left out is
    empty from then on. The newest stands, in whatever order they come: by `version` where this and the known one have
    one, else by `updated_at`; a marketplace keeps to one of the two, or gives both. So a listing can be sent again at
    any time. What is no JSON is refused as a whole, half a character in a large body with it.
    """
    given: list[ListingIn | Unsound] = [*body.listings]
    sound = [listing for listing in given if isinstance(listing, ListingIn)]
    outcomes = iter(await storing.store(session, sound, now=now))
    return ListingResultsOut(
        results=[
            _result(listing, next(outcomes)) if isinstance(listing, ListingIn) else _unsound(listing)
            for listing in given
        ]
    )


@routes.get(
    "/v1/listings",
    summary="Read listings",
    operation_id="read_listings",
    dependencies=[operator(Scope.LISTINGS_READ)],
)
async def read_listings(
    session: Session,
    marketplace: Annotated[Key, Query(description="Of this marketplace")],
    listing_id: Annotated[list[Key], Query(min_length=1, max_length=MOST_READ, description="These listings")],
) -> ListingsOut:
    """Those of these listings that are known, as they are now, in the order of their ids."""
    ids = [normal_id(one) for one in listing_id]
    rows = await statements.LISTINGS_NOW.all(session, marketplace=marketplace, listing_ids=ids)
    return ListingsOut(data=[_out(row) for row in rows])


def _out(row: StoredListing) -> StoredListingOut:
    told = {"version": row.version, "updated_at": row.changed_at}
    listing = ListingIn.model_validate({**orjson.loads(row.content), **told})
    return StoredListingOut.model_validate(
        {**listing.model_dump(), "received_at": row.received_at, "content_hash": row.content_hash.hex()}
    )


def _result(listing: ListingIn, outcome: Outcome) -> ListingResultOut:
    problem = None if outcome.refusal is None else refused(outcome.refusal())
    return ListingResultOut(listing_id=listing.listing_id, status=outcome.status, problem=problem)


def _unsound(listing: Unsound) -> ListingResultOut:
    return ListingResultOut(
        listing_id=named(listing, "listing_id"), status=ListingStatus.REFUSED, problem=not_sound(listing)
    )
