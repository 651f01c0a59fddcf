"""Sweeps of the notify service."""

import asyncio

from services.notify.feed import feed
from services.notify.webhooks import deliveries
from shared.runtime.context import Service
from shared.runtime.loops import forever

_PURGE_SECONDS = 600


async def purge(service: Service) -> None:
    """Drop what is older than the settings say, some at a time, until cancelled."""

    async def step() -> bool:
        now = service.clock.now()
        async with service.database.transaction() as session:
            await deliveries.forget_old_deliveries(session, now, service.settings.delivery_days)
            await feed.forget_old_events(session, now, service.settings.feed_days)
        return False

    async def pause() -> None:
        await asyncio.sleep(_PURGE_SECONDS)

    await forever("purge", step, pause=pause)
