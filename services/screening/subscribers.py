"""Inbound events of the screening service, one function each."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.screening.listings import storing
from shared.contracts.events import ListingRemoved, ListingUpserted
from shared.runtime.subscribers import Received, Subscribers

subscribers = Subscribers()


@subscribers.on(ListingUpserted)
async def keep_listing(session: AsyncSession, event: ListingUpserted, received: Received) -> None:
    await storing.keep(session, storing.told_by(event), now=received.now)


@subscribers.on(ListingRemoved)
async def remove_listing(session: AsyncSession, event: ListingRemoved, received: Received) -> None:
    await storing.remove(session, event, now=received.now)
