"""Sweeps of the review service."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from services.review.decisions import decided
from services.review.tasks import broken_leases, measures
from services.review.tasks.leases import free_expired
from shared.runtime.ticker import Ticker

ticker = Ticker()


@ticker.every(seconds=1.0)
async def return_expired_tasks(session: AsyncSession, now: datetime) -> None:
    """Put tasks back whose reviewer let the lease end."""
    await free_expired(session, now=now)


@ticker.every(seconds=10.0)
async def measure_work(session: AsyncSession, now: datetime) -> None:
    """Bring the gauges of queues and leases up to date."""
    await measures.measure_work(session, now=now)


@ticker.every(seconds=1.0)
async def fill_subjects(session: AsyncSession, _: datetime) -> None:
    """Note of some decisions of earlier releases what they are about."""
    await decided.fill_subjects(session)


@ticker.every(seconds=1.0)
async def break_late_leases(session: AsyncSession, now: datetime) -> None:
    """Take leases away that accounts took as they were being shut out."""
    await broken_leases.break_late_leases(session, now=now)
