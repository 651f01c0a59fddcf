"""Inbound events of the screening service, one function each."""

from collections.abc import Sequence
from functools import cache
from typing import cast

from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.captures import items, occasions
from services.screening.captures.pictures import evidence
from services.screening.listings import storing
from services.screening.settings import ScreeningSettings
from shared.contracts.events import (
    EvidenceDeleted,
    EvidenceKept,
    ListingRemoved,
    ListingsKept,
    ListingUpserted,
    ReportReopened,
    ReportSubmitted,
)
from shared.runtime.locks import Lock
from shared.runtime.subscribers import Received, Subscribers

subscribers = Subscribers(answers_for=frozenset({ListingRemoved, ListingUpserted}))


@cache
def looks_up() -> bool:
    """Return whether the operator has named a look-up; read once, and anew when the app starts."""
    return ScreeningSettings().listing_lookup is not None


@subscribers.on_many(ListingUpserted)
async def keep_listings(session: AsyncSession, batch: Sequence[Received]) -> None:
    told = [storing.told_by(cast("ListingUpserted", received.envelope.data)) for received in batch]
    await storing.keep(session, told, now=batch[0].now)


@subscribers.on(ListingRemoved)
async def remove_listing(session: AsyncSession, event: ListingRemoved, received: Received) -> None:
    await storing.remove(session, event, now=received.now)


@subscribers.on_many(ReportSubmitted, ListingsKept)
async def capture_listings(session: AsyncSession, batch: Sequence[Received]) -> None:
    events = [received.envelope.data for received in batch]
    reports = [event for event in events if isinstance(event, ReportSubmitted)]
    kept = [event for event in events if isinstance(event, ListingsKept)]
    await occasions.capture(session, reports, kept, looks_up=looks_up(), now=batch[0].now)


@subscribers.on_many(EvidenceKept, EvidenceDeleted)
async def keep_evidence(session: AsyncSession, batch: Sequence[Received]) -> None:
    events = [cast("EvidenceKept | EvidenceDeleted", received.envelope.data) for received in batch]
    await evidence.keep_evidence(session, events)


@subscribers.on_many(*items.MOVES)
async def move_items(session: AsyncSession, batch: Sequence[Received]) -> None:
    moved = [(cast("items.Moving", received.envelope.data), received.envelope.time) for received in batch]
    reopened = [item_id for event, _ in moved if isinstance(event, ReportReopened) for item_id in event.item_ids]
    if reopened:
        await Lock.OPEN_ITEMS.share(session)
    await items.move_items(session, moved)
    if reopened:
        await occasions.catch_up(session, reopened, now=batch[0].now)
