"""The background work of the notify service: letters, and what is old."""

import asyncio

from services.notify.feed import feed
from services.notify.mail.sending import MAIL, send_mail
from services.notify.webhooks import deliveries
from shared.runtime.context import Service
from shared.runtime.jobs import Jobs, Priority, Work
from shared.runtime.loops import forever

_PURGE_SECONDS = 600

background = Jobs()


@background.outside(MAIL, priority=Priority.URGENT, lease_seconds=60)
async def mail(work: Work) -> None:
    resources = work.service.resources
    await send_mail(work, resources.mail_server, resources.mail_opener, work.service.settings)


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
