"""Inbound events of the screening service, one function each."""

from collections.abc import Sequence
from typing import cast

from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.captures import capturing, items
from services.screening.listings import storing
from shared.contracts.events import ListingRemoved, ListingUpserted, ReportSubmitted
from shared.runtime.subscribers import Received, Subscribers

subscribers = Subscribers()


@subscribers.on_many(ListingUpserted)
async def keep_listings(session: AsyncSession, batch: Sequence[Received]) -> None:
    told = [storing.told_by(cast("ListingUpserted", received.envelope.data)) for received in batch]
    await storing.keep(session, told, now=batch[0].now)


@subscribers.on(ListingRemoved)
async def remove_listing(session: AsyncSession, event: ListingRemoved, received: Received) -> None:
    await storing.remove(session, event, now=received.now)


@subscribers.on_many(ReportSubmitted)
async def capture_reports(session: AsyncSession, batch: Sequence[Received]) -> None:
    reports = [cast("ReportSubmitted", received.envelope.data) for received in batch]
    await capturing.capture_reports(session, reports, now=batch[0].now)


@subscribers.on_many(*items.MOVES)
async def move_items(session: AsyncSession, batch: Sequence[Received]) -> None:
    moved = [(cast("items.Moving", received.envelope.data), received.envelope.time) for received in batch]
    await items.move_items(session, moved)
