"""Facts about listings from the marketplace: when each appeared."""

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.notices.address import normal_id
from shared.contracts.events import ListingUpserted

_KEEP = text("""
INSERT INTO known_listings AS k (marketplace, listing_id, listed_at, category, version)
VALUES (:marketplace, :listing_id, :listed_at, :category, :version)
ON CONFLICT (marketplace, listing_id) DO UPDATE
SET listed_at = excluded.listed_at, category = excluded.category, version = excluded.version
WHERE k.version < excluded.version
""")


async def keep_listing(session: AsyncSession, listing: ListingUpserted) -> None:
    """Keep the newest of what was told of a listing."""
    values = listing.model_dump(include={"marketplace", "listing_id", "listed_at", "category", "version"})
    values["listing_id"] = normal_id(listing.listing_id)  # as reports name it
    await (await session.connection()).execute(_KEEP, values)
