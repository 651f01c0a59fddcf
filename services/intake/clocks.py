"""What the intake service does when time has passed."""

from datetime import datetime
from functools import cache

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain import rights
from services.intake.domain.public_notices import following
from services.intake.domain.standing import counting, misuse
from services.intake.settings import Settings
from shared.runtime.ticker import Ticker
from shared.runtime.timers import Timer

ticker = Ticker()


@ticker.on(rights.EXPIRES)
async def end_right(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await rights.expire(session, timer.subject, now=now)


async def announce(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await rights.announce_expiry(session, timer.subject, now=now)


for kind in rights.ANNOUNCED_DAYS:
    ticker.on(kind)(announce)


@ticker.on(misuse.SUSPENSION_ENDS)
async def end_suspension(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await misuse.end_suspension(session, timer.subject, now=now)


@ticker.every(seconds=3600)
async def forget_old_counts(session: AsyncSession, now: datetime) -> None:
    await counting.forget(session, now)


@cache
def notice_days() -> int:
    """What the operator has set; the app forgets it when it starts."""
    return Settings().notice_days


@ticker.every(seconds=60)
async def forget_notifiers(session: AsyncSession, now: datetime) -> None:
    await following.forget(session, keep_days=notice_days(), now=now)
