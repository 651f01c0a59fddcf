"""The background work of the conduct service: suspensions that end, ratings that are due, what is old."""

from datetime import datetime
from functools import cache

from sqlmodel.ext.asyncio.session import AsyncSession

from services.conduct.misuse import traces
from services.conduct.settings import ConductSettings
from services.conduct.standing import counts, ratings, sanctions
from services.conduct.standing.credibility import Prior
from shared.runtime.jobs import Jobs, Priority, Work
from shared.runtime.ticker import Ticker
from shared.runtime.timers import Timer

background = Jobs()
ticker = Ticker()


@cache
def prior() -> Prior:
    """Return the settings, read once; the app reads them anew when it starts."""
    settings = ConductSettings()
    return Prior(settings.standing_prior_accepted, settings.standing_prior_rejected)


@ticker.on(sanctions.SUSPENSION_ENDS, of="reporters.account_id")
async def end_suspension(session: AsyncSession, timer: Timer, now: datetime) -> None:
    await sanctions.end_suspension(session, timer.subject, now=now)


@ticker.every(seconds=0.25)
async def publish_terms(session: AsyncSession, now: datetime) -> None:
    await ratings.publish_terms(session, now=now)


@ticker.every(seconds=0.25)
async def rate_reporters(session: AsyncSession, now: datetime) -> None:
    await ratings.rate_due(session, prior=prior(), now=now)


@background.step("forget_old_traces", priority=Priority.BULK, every_seconds=3600)
async def forget_old_traces(session: AsyncSession, work: Work) -> None:
    await traces.forget(session, work.clock.now(), work.service.settings.abuse_days)


@background.step("forget_old_counts", priority=Priority.BULK, every_seconds=3600)
async def forget_old_counts(session: AsyncSession, work: Work) -> None:
    await counts.forget(session, work.clock.now())
