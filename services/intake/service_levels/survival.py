"""How long decisions take, for each right type and severity, with the items that still wait taken into account.

Percentiles of decided items alone are too good while work piles up: those that wait longest are not in them yet. So the
share that still waits at each age is estimated as Kaplan and Meier do, over all that was open at any time since the
first of the latest decisions: an item counts from the age that it had by then, to its decision or to now. At each
decision one more is taken to be waiting than there is; where nothing waits, this gives the (n + 1)-quantile of
conformal prediction, and a lone early decision does not end the estimate.

An item that came when twice as many waited is expected to have waited twice as long. What new items are told comes from
the same estimate over times that are scaled so to the number that waits now. The time that a reporter took to answer a
question counts nowhere. Items that were withdrawn are left out. A clock that was set back, so that decisions lie in
its future, makes an estimate worse and never fails it.
"""

from datetime import datetime

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.service_levels.calibration import QUANTILE
from shared.contracts.codes import RightType, Severity

_IDLE = 10
"""Up to about so many waiting items make no queue."""

_MOST_EXACTLY = 5000
"""Where more items wait, those that are alike within 1% of their age are taken together."""

_MEASURE = text("""
WITH kinds AS (
    SELECT t AS right_type, s AS severity
    FROM unnest(CAST(:right_types AS text[])) t CROSS JOIN unnest(CAST(:severities AS text[])) s
), waiting AS MATERIALIZED (
    SELECT right_type, severity, paused_at IS NOT NULL AS paused, ahead,
           extract(epoch FROM coalesce(paused_at, :now) - created_at)::float8 - paused_seconds AS seconds
    FROM report_items WHERE state IN ('received', 'queued', 'in_review', 'needs_information')
), latest AS MATERIALIZED (
    SELECT kinds.*, l.* FROM kinds CROSS JOIN LATERAL (
        SELECT decided_at, ahead, extract(epoch FROM decided_at - created_at)::float8 - paused_seconds AS seconds
        FROM report_items i
        WHERE i.right_type = kinds.right_type AND i.severity = kinds.severity AND i.decided_at IS NOT NULL
        ORDER BY decided_at DESC LIMIT :sample
    ) l
), spans AS (
    SELECT l.*, coalesce(w.waiting, 0) AS waiting
    FROM (SELECT right_type, severity, min(decided_at) AS since, count(*) AS decided FROM latest GROUP BY 1, 2) l
    LEFT JOIN (
        SELECT right_type, severity, count(*) FILTER (WHERE NOT paused) AS waiting FROM waiting GROUP BY 1, 2
    ) w USING (right_type, severity)
), ages AS (
    SELECT right_type, severity, ahead, greatest(seconds, 0) AS left_at,
           greatest(seconds - greatest(extract(epoch FROM :now - since)::float8, 0), 0) AS joined_at,
           s.waiting > :most AS many
    FROM waiting JOIN spans s USING (right_type, severity)
), seen AS (
    SELECT right_type, severity, ahead, greatest(seconds, 0) AS left_at,
           greatest(seconds - extract(epoch FROM decided_at - since)::float8, 0) AS joined_at, 1 AS items, 1 AS decided
    FROM latest JOIN spans USING (right_type, severity)
    UNION ALL
    SELECT right_type, severity, ahead, max(left_at), min(joined_at), count(*), 0 FROM ages
    GROUP BY right_type, severity, ahead, CASE WHEN many THEN round(100 * ln(1 + left_at)) ELSE left_at END,
             CASE WHEN many THEN round(100 * ln(1 + joined_at)) ELSE joined_at END
), scaled AS (
    SELECT right_type, severity, told, items, seen.decided, left_at * scale AS left_at, joined_at * scale AS joined_at
    FROM seen JOIN spans USING (right_type, severity) CROSS JOIN (VALUES (false), (true)) v (told)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN told AND ahead IS NOT NULL THEN (waiting + :idle)::float8 / (ahead + :idle) ELSE 1 END AS scale
    ) x
), steps AS (
    SELECT right_type, severity, told, age, sum(joined) AS joined, sum(gone) AS gone, sum(decided) AS decided
    FROM (
        SELECT right_type, severity, told, joined_at AS age, items AS joined, 0 AS gone, 0 AS decided FROM scaled
        UNION ALL SELECT right_type, severity, told, left_at, 0, items, decided FROM scaled
    ) changes GROUP BY 1, 2, 3, 4
), at_risk AS (
    SELECT *, sum(joined - gone) OVER by_age + gone AS waiting FROM steps
    WINDOW by_age AS (PARTITION BY right_type, severity, told ORDER BY age)
), survival AS (
    SELECT right_type, severity, told, age, exp(
        sum(ln(1 - decided::float8 / (waiting + 1))) OVER (PARTITION BY right_type, severity, told ORDER BY age)
    ) AS left_over
    FROM at_risk
), percentiles AS (
    SELECT right_type, severity, told, max(age) AS longest,
           min(age) FILTER (WHERE left_over <= 0.5 + 1e-9) AS p50,
           min(age) FILTER (WHERE left_over <= 0.2 + 1e-9) AS p80,
           min(age) FILTER (WHERE left_over <= 0.05 + 1e-9) AS p95,
           min(age) FILTER (WHERE left_over <= 1 - CAST(:quantile AS float8) + 1e-9) AS promised
    FROM survival GROUP BY 1, 2, 3
)
INSERT INTO service_levels AS l (right_type, severity, decided, p50, p80, p95, measured_at, waiting, told_seconds)
SELECT s.right_type, s.severity, s.decided, coalesce(p.p50, p.longest), coalesce(p.p80, p.longest),
       coalesce(p.p95, p.longest), :now, s.waiting, coalesce(t.promised, t.longest)
FROM spans s
JOIN percentiles p ON (p.right_type, p.severity) = (s.right_type, s.severity) AND NOT p.told
JOIN percentiles t ON (t.right_type, t.severity) = (s.right_type, s.severity) AND t.told
ON CONFLICT (right_type, severity) DO UPDATE
SET decided = excluded.decided, p50 = excluded.p50, p80 = excluded.p80, p95 = excluded.p95,
    measured_at = excluded.measured_at, waiting = excluded.waiting,
    told_seconds = excluded.told_seconds * l.correction
""")


async def measure_times(session: AsyncSession, *, sample: int, now: datetime) -> None:
    """Measure anew, on so many of the latest decisions of each kind at most and on all that waits."""
    values = {
        "now": now,
        "sample": sample,
        "idle": _IDLE,
        "most": _MOST_EXACTLY,
        "quantile": QUANTILE,
        "right_types": [right_type.value for right_type in RightType],
        "severities": [severity.value for severity in Severity],
    }
    await (await session.connection()).execute(_MEASURE, values)
