"""Timers of the escalation service: clocks of report items, and those of the desk."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.escalation.escalations import desk
from services.escalation.triage import consequences, measures
from shared.runtime.ticker import Ticker
from shared.runtime.timers import Timer

ticker = Ticker()


@ticker.on(consequences.TIMER)
async def act_on_due_clocks(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await consequences.act_on_due(session, timer.subject, now)


@ticker.every(seconds=10.0)
async def measure_work(session: AsyncSession, now: datetime) -> None:
    """Bring the gauges of clocks and of the desk up to date."""
    await measures.measure_work(session, now=now)


@ticker.on(desk.TIMER, of="escalations.id")
async def keep_desk_clocks(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await desk.keep_desk_clocks(session, timer.subject, now)
