"""Promises that learn from how earlier ones were kept, so that four of five hold whatever the load does.

A measure of the past is wrong about a load that changes. So each promise that is kept or missed moves a factor on all
that follow, up for a miss, down by a quarter as much for one kept, as adaptive conformal inference does (Gibbs and
Candès, 2021). The steps are the smaller the more items wait, because their promises are made and not yet known of.
"""

from datetime import UTC, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.service_levels import statements

QUANTILE = 0.8
"""The share of items that are decided by the time that is promised."""

TRACK_DAYS = 28
"""The days over which it is published how promises were kept."""

_LATE_SECONDS = 10
"""A decision's event comes in this late at most; what came due since is left for the next time."""


async def learn(session: AsyncSession, *, least: int, now: datetime) -> None:
    """Take in the promises that came due since the last time."""
    until, today = now - timedelta(seconds=_LATE_SECONDS), now.astimezone(UTC).date()
    values = {"until": until, "day": today, "quantile": QUANTILE, "least": least, "now": now}
    connection = await session.connection()
    await statements.CORRECT_ESTIMATES.run(connection, **values)
    await statements.FORGET_ESTIMATE_DAYS.run(connection, before=today - timedelta(days=2 * TRACK_DAYS))
