"""Facts about listings: when each appeared, by which filing goes, and that a reported one is gone."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.reports import statements
from services.intake.reports.progress import LockedReport, lock_reports, note_listing_gone
from services.intake.reports.states import OPEN
from services.intake.reports.tables import ReportItem
from shared.contracts.codes import ItemState
from shared.contracts.events import ListingCaptured, ListingsKept, ReportListingGone
from shared.contracts.events.reports import GoneListing
from shared.contracts.ids import ItemId
from shared.contracts.listing_codes import ListingState
from shared.runtime.outbox import record


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


async def follow_capture(session: AsyncSession, captured: ListingCaptured, *, now: datetime) -> None:
    """Tell reporters of open items whose listing is seen to be gone; also keep that one has come back."""
    state, seen_at = captured.listing.state, captured.captured_at
    ids = [item.item_id for item in captured.items]
    seen = await statements.SEEN_OTHERWISE.all(session, item_ids=ids, state=state.value, seen_at=seen_at)
    named: dict[str, set[str]] = {}
    for one in seen:
        named.setdefault(one.report_id, set()).add(one.item_id)
    if not named:
        return
    for locked in (await lock_reports(session, named, now=now)).values():
        gone = []
        for item in locked.items.values():
            if ItemState(item.state) not in OPEN or (item.listing_state_at or seen_at) > seen_at:
                continue
            item.listing_state, item.listing_state_at = state.value, seen_at
            session.add(item)
            if state is not ListingState.LIVE:
                gone.append(item)
                note_listing_gone(session, locked, item)
        if gone:
            _tell(session, locked, gone, state)


def _tell(session: AsyncSession, locked: LockedReport, gone: Sequence[ReportItem], state: ListingState) -> None:
    items = [
        GoneListing(
            item_id=ItemId(item.id),
            listing_id=item.listing_id,
            listing_state=state,
            known_at=locked.now,
        )
        for item in gone
    ]
    event = ReportListingGone(
        version=locked.next_version(), report_id=locked.report_id, account_id=locked.account_id, items=items
    )
    record(session, event, now=locked.now)
    session.add(locked.report)
