"""Events of listings: those that the marketplace publishes, and what the store of listings made of them."""

from datetime import datetime

from pydantic import field_validator

from ..dates import Instant
from ..event import Event
from ..listing_codes import ListingState
from ..things import ListingImage, Price, Seller, Thing


class _OfListing(Event):
    marketplace: str
    listing_id: str

    @property
    def subject_id(self) -> str:
        return f"{self.marketplace}/{self.listing_id}"


class ListingUpserted(_OfListing, name="marque.listing.upserted.v1", producer="catalogue"):
    """A listing appeared or changed: the whole of it as it is now, within the limits of `ListingIn` of the API.

    `version` is the marketplace's own count of its changes; where it has none, 0, and `updated_at` says what is newer.
    `seller` goes before `seller_id`, which is all that events named at first.
    """

    version: int = 0
    listed_at: Instant
    category: str | None = None
    seller_id: str | None = None
    updated_at: Instant | None = None
    url: str | None = None
    title: str = ""
    description: str = ""
    brand: str | None = None
    price: Price | None = None
    markets: list[str] = []
    images: list[ListingImage] = []
    seller: Seller | None = None
    state: ListingState = ListingState.LIVE
    parent_id: str | None = None
    variants: list[str] = []


class ListingRemoved(_OfListing, name="marque.listing.removed.v1", producer="catalogue"):
    """A listing was taken down, or is gone (`state`). What else is known of it stays.

    `version` and `updated_at` as in `marque.listing.upserted.v1`, and higher or later than those known.
    """

    version: int = 0
    updated_at: Instant | None = None
    state: ListingState = ListingState.REMOVED

    @field_validator("state")
    @classmethod
    def _is_not_live(cls, state: ListingState) -> ListingState:
        if state is ListingState.LIVE:
            raise ValueError("a listing that is live was not removed")
        return state


class KeptListing(Thing):
    """The facts of a listing that other services go by. `version` is the store's own, and grows with each change."""

    marketplace: str
    listing_id: str
    version: int
    state: ListingState
    listed_at: datetime | None = None
    category: str | None = None
    seller_id: str | None = None


class ListingsKept(Event, name="marque.internal.listings.kept.v1", producer="screening", audience="internal"):
    """Listings appeared or changed in the store, up to 150 at once. `version` is the newest of theirs."""

    listings: list[KeptListing]

    @property
    def subject_id(self) -> str:
        return "listings"
