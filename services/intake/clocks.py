"""What the intake service does when time has passed."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain import rights
from services.intake.domain.authorities import records as authorities
from services.intake.domain.standing import counting, misuse
from shared.runtime.ticker import Ticker
from shared.runtime.timers import Timer

ticker = Ticker()


@ticker.on(rights.TIMERS.end)
async def end_right(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await rights.expire(session, timer.subject, now=now)


async def announce_right(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await rights.announce_expiry(session, timer.subject, now=now)


@ticker.on(authorities.TIMERS.end)
async def end_authority(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await authorities.expire(session, timer.subject, now=now)


async def announce_authority(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await authorities.announce_expiry(session, timer.subject, now=now)


for kind in rights.TIMERS.reminders:
    ticker.on(kind)(announce_right)
for kind in authorities.TIMERS.reminders:
    ticker.on(kind)(announce_authority)


@ticker.on(misuse.SUSPENSION_ENDS)
async def end_suspension(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await misuse.end_suspension(session, timer.subject, now=now)


@ticker.every(seconds=3600)
async def forget_old_counts(session: AsyncSession, now: datetime) -> None:
    await counting.forget(session, now)
