"""Facts about listings that filing goes by: when each appeared."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.reports import statements
from shared.contracts.events import ListingsKept


async def keep_listings(session: AsyncSession, event: ListingsKept) -> None:
    """Keep the newest of what was told of each listing of which it is known when it appeared."""
    known = [(listing, listing.listed_at) for listing in event.listings if listing.listed_at is not None]
    await statements.KEEP_LISTINGS.run(
        session,
        marketplaces=[listing.marketplace for listing, _ in known],
        listing_ids=[listing.listing_id for listing, _ in known],
        listed_at=[listed_at for _, listed_at in known],
        categories=[listing.category for listing, _ in known],
        numbers=[listing.version for listing, _ in known],
    )
