"""The background work of the screening service: what is old."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.listings import storing
from shared.runtime.jobs import Again, Jobs, Priority, Work

background = Jobs()


@background.step("forget_listing_versions", priority=Priority.BULK, every_seconds=600)
async def forget_listing_versions(session: AsyncSession, work: Work) -> Again | None:
    keep_days = work.service.settings.listing_version_days
    more = await storing.forget_versions(session, keep_days=keep_days, now=work.clock.now())
    return Again() if more else None
