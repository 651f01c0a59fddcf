"""Facts about listings from the marketplace: when each appeared."""

from sqlmodel.ext.asyncio.session import AsyncSession

from libraries.notices.address import normal_id
from services.intake.reports import statements
from shared.contracts.events import ListingUpserted


async def keep_listing(session: AsyncSession, listing: ListingUpserted) -> None:
    """Keep the newest of what was told of a listing."""
    values = listing.model_dump(include={"marketplace", "listing_id", "listed_at", "category", "version"})
    values["listing_id"] = normal_id(listing.listing_id)  # as reports name it
    await statements.KEEP_LISTING.run(session, **values)
