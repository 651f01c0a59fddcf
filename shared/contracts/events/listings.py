"""Events of listings, which the marketplace publishes."""

from ..dates import Instant
from ..event import Event
from ..ids import SellerId


class ListingUpserted(Event, name="marque.listing.upserted.v1", producer="catalogue"):
    """A listing appeared or changed. `version` is the marketplace's own count of its changes."""

    marketplace: str
    listing_id: str
    listed_at: Instant
    category: str | None = None
    seller_id: SellerId | None = None

    @property
    def subject_id(self) -> str:
        return f"{self.marketplace}/{self.listing_id}"
