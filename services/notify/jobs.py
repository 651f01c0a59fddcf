"""The background work of the notify service: letters, and what is old."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify.feed import feed
from services.notify.mail.sending import MAIL, forget_letters, send_mail
from services.notify.webhooks import deliveries, measures
from shared.runtime.jobs import Again, Jobs, Priority, Work
from shared.runtime.ticker import Ticker

_PURGE_SECONDS = 600

background = Jobs()
ticker = Ticker()


@ticker.every(seconds=10.0)
async def measure_webhooks(session: AsyncSession, now: datetime) -> None:
    """Bring the gauges of waiting deliveries up to date."""
    await measures.measure_backlog(session, now=now)


@background.outside(MAIL, priority=Priority.URGENT, lease_seconds=60)
async def mail(work: Work) -> None:
    resources = work.service.resources
    await send_mail(work, resources.mail_server, resources.mail_opener, work.service.settings)


@background.step("forget_deliveries", priority=Priority.BULK, every_seconds=_PURGE_SECONDS)
async def forget_deliveries(session: AsyncSession, work: Work) -> Again | None:
    """Drop deliveries that were settled longer ago than the settings say, some at a time."""
    more = await deliveries.forget_old_deliveries(session, work.clock.now(), work.service.settings.delivery_days)
    return Again() if more else None


@background.step("forget_events", priority=Priority.BULK, every_seconds=_PURGE_SECONDS)
async def forget_events(session: AsyncSession, work: Work) -> Again | None:
    """Drop what is in the feed longer than the settings say, some at a time."""
    more = await feed.forget_old_events(session, work.clock.now(), work.service.settings.feed_days)
    return Again() if more else None


@background.step("forget_called_off_letters", priority=Priority.BULK, every_seconds=_PURGE_SECONDS)
async def forget_called_off_letters(session: AsyncSession, work: Work) -> None:
    await forget_letters(session, work.clock.now())
