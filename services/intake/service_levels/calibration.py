"""Promises that learn from how earlier ones were kept, so that four of five hold whatever the load does.

A measure of the past is wrong about a load that changes. So each promise that is kept or missed moves a factor on all
that follow, up for a miss, down by a quarter as much for one kept, as adaptive conformal inference does (Gibbs and
Candès, 2021). The steps are the smaller the more items wait, because their promises are made and not yet known of.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

QUANTILE = 0.8
"""The share of items that are decided by the time that is promised."""

TRACK_DAYS = 28
"""The days over which it is published how promises were kept."""

_LATE_SECONDS = 10
"""A decision's event comes in this late at most; what came due since is left for the next time."""

# A promise is kept when its item is decided by then, and known to be so at that moment. It is missed when its time
# passes; an item that is decided later still was counted then. Paused items are judged once they go on.
_LEARN = text("""
WITH due AS (
    SELECT right_type, severity, sum(due)::int AS due, sum(missed)::int AS missed
    FROM (
        SELECT l.right_type, l.severity, count(*) AS due, count(*) FILTER (WHERE i.decided_at > i.promised_at) AS missed
        FROM service_levels l JOIN report_items i
            ON i.right_type = l.right_type AND i.severity = l.severity
            AND i.decided_at > l.heard_until AND i.decided_at <= :until
        WHERE i.created_at >= l.told_since AND (i.decided_at <= i.promised_at OR i.promised_at > l.heard_until)
        GROUP BY 1, 2
        UNION ALL
        SELECT l.right_type, l.severity, count(*), count(*)
        FROM service_levels l JOIN report_items i ON i.right_type = l.right_type AND i.severity = l.severity
        WHERE i.state IN ('received', 'queued', 'in_review', 'needs_information') AND i.paused_at IS NULL
            AND i.expected_decision_at > l.heard_until AND i.expected_decision_at <= :until
            AND i.created_at >= l.told_since
        GROUP BY 1, 2
    ) parts GROUP BY 1, 2
), track AS (
    INSERT INTO promise_days AS d (right_type, severity, day, due, kept)
    SELECT right_type, severity, :day, due, due - missed FROM due
    ON CONFLICT (right_type, severity, day) DO UPDATE SET due = d.due + excluded.due, kept = d.kept + excluded.kept
)
UPDATE service_levels l
SET correction = least(4, greatest(0.25, l.correction * exp(least(0.5, greatest(-0.5,
        (coalesce(d.missed, 0) - (1 - CAST(:quantile AS float8)) * coalesce(d.due, 0)) / (l.waiting + 100)
    ))))),
    told_since = coalesce(l.told_since, CASE WHEN l.decided >= :least THEN CAST(:now AS timestamptz) END),
    heard_until = :until
FROM (SELECT right_type, severity, d.due, d.missed FROM service_levels LEFT JOIN due d USING (right_type, severity)) d
WHERE d.right_type = l.right_type AND d.severity = l.severity
""")
_FORGET = text("DELETE FROM promise_days WHERE day < :before")


async def learn(session: AsyncSession, *, least: int, now: datetime) -> None:
    """Take in the promises that came due since the last time."""
    until, today = now - timedelta(seconds=_LATE_SECONDS), now.astimezone(UTC).date()
    values = {"until": until, "day": today, "quantile": QUANTILE, "least": least, "now": now}
    connection = await session.connection()
    await connection.execute(_LEARN, values)
    await connection.execute(_FORGET, {"before": today - timedelta(days=2 * TRACK_DAYS)})
