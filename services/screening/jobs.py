"""The background work of the screening service: pictures of captures, and what is old."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.captures import erasing, lookups
from services.screening.captures.capturing import COMPLETE_CAPTURE
from services.screening.captures.lookups import LOOK_UP_LISTING
from services.screening.captures.pictures import completing
from services.screening.listings import storing
from shared.runtime.jobs import Again, Jobs, Priority, Work

_CAPTURES_AT_ONCE = 8
"""Of one process: where a marketplace's pictures hang, look-ups and sweeps go on, and memory is bounded."""

background = Jobs(at_once={COMPLETE_CAPTURE: _CAPTURES_AT_ONCE})
_TRIES_OF_CAPTURES = 100
"""Half a day: a picture that cannot be had is no failure, an object store that is away is one."""


@background.outside(COMPLETE_CAPTURE, tries=_TRIES_OF_CAPTURES)
async def complete_capture(work: Work) -> None:
    await completing.complete(work, work.service.resources.pictures)


@background.outside(LOOK_UP_LISTING, tries=lookups.TRIES)
async def look_up_listing(work: Work) -> None:
    await lookups.look_up(work, work.service.resources.lookup)


@background.step("forget_unknown_listings", priority=Priority.BULK, every_seconds=600)
async def forget_unknown_listings(session: AsyncSession, work: Work) -> Again | None:
    return Again() if await lookups.forget_unknown(session, now=work.clock.now()) else None


@background.step("erase_sellers_of_captures", priority=Priority.BULK, every_seconds=3600)
async def erase_sellers(session: AsyncSession, work: Work) -> Again | None:
    keep_days = work.service.settings.capture_seller_days
    return Again() if await erasing.erase_sellers(session, keep_days=keep_days, now=work.clock.now()) else None


@background.step("erase_pictures_of_captures", priority=Priority.BULK, every_seconds=3600)
async def erase_pictures(session: AsyncSession, work: Work) -> Again | None:
    keep_days = work.service.settings.capture_picture_days
    return Again() if await erasing.erase_pictures(session, keep_days=keep_days, now=work.clock.now()) else None


@background.outside("delete_capture_files", priority=Priority.BULK, lease_seconds=120, every_seconds=600)
async def delete_capture_files(work: Work) -> None:
    objects = work.service.resources.pictures.objects
    while await erasing.delete_files(work.database, objects, now=work.clock.now()):
        pass


@background.step("forget_listing_versions", priority=Priority.BULK, every_seconds=600)
async def forget_listing_versions(session: AsyncSession, work: Work) -> Again | None:
    keep_days = work.service.settings.listing_version_days
    more = await storing.forget_versions(session, keep_days=keep_days, now=work.clock.now())
    return Again() if more else None
