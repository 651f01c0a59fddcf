"""Facts about listings: when each appeared, by which filing goes, and that a reported one is gone."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.evidence import references
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


async def follow_captures(session: AsyncSession, events: Sequence[ListingCaptured], *, now: datetime) -> None:
    """Keep the evidence that captures show, and tell reporters of open items whose listing is seen to be gone.

    Also that one has come back is kept.
    """
    shown = [image.evidence_id for captured in events for image in captured.images if image.evidence_id is not None]
    if shown:
        await references.keep_captured(session, shown)
    items = [(place, captured, item.item_id) for place, captured in enumerate(events) for item in captured.items]
    seen = await statements.SEEN_OTHERWISE.all(
        session,
        places=[place for place, _, _ in items],
        item_ids=[item_id for _, _, item_id in items],
        states=[captured.listing.state.value for _, captured, _ in items],
        numbers=[captured.version for _, captured, _ in items],
        are_later=[captured.changed_from is not None for _, captured, _ in items],
    )
    named: defaultdict[int, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in seen:
        named[one.place][one.report_id].add(one.item_id)
    for place in sorted(named):
        await _follow(session, events[place], named[place], now)


async def _follow(
    session: AsyncSession, captured: ListingCaptured, named: Mapping[str, Collection[str]], now: datetime
) -> None:
    state, number = captured.listing.state, captured.version
    for locked in (await lock_reports(session, named, now=now)).values():
        gone = []
        for item in locked.items.values():
            if ItemState(item.state) not in OPEN or (item.listing_number or 0) >= number:
                continue
            before = item.listing_state or ListingState.LIVE
            item.listing_number = number
            item.listing_state = None if item.listing_state is None and state is ListingState.LIVE else state.value
            session.add(item)
            if state is not ListingState.LIVE and before != state:
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
