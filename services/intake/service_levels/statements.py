"""The SQL of service levels: how long decisions take, and whether what was expected came true."""

from typing import NamedTuple

from services.intake.open_items import OPEN_IN_SQL
from shared.runtime.statements import Query, Statement


class TrackRecord(NamedTuple):
    """How many expected dates have passed, and how many of them were kept."""

    right_type: str
    severity: str
    due: int
    kept: int


# A promise is kept when its item is decided by then, and known to be so at that moment. It is missed when its time
# passes; an item that is decided later still was counted then. Paused items are judged once they go on.
CORRECT_ESTIMATES = Statement(
    "correct_estimates",
    f"""
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
        WHERE i.state IN ({OPEN_IN_SQL}) AND i.paused_at IS NULL
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
        (coalesce(d.missed, 0) - (1 - :quantile::float8) * coalesce(d.due, 0)) / (l.waiting + 100)
    ))))),
    told_since = coalesce(l.told_since, CASE WHEN l.decided >= :least THEN :now::timestamptz END),
    heard_until = :until
FROM (SELECT right_type, severity, d.due, d.missed FROM service_levels LEFT JOIN due d USING (right_type, severity)) d
WHERE d.right_type = l.right_type AND d.severity = l.severity
""",
)

FORGET_ESTIMATE_DAYS = Statement("forget_estimate_days", "DELETE FROM promise_days WHERE day < :before")

TRACK_RECORD = Query(
    "track_record",
    """
SELECT right_type, severity, sum(due) AS due, sum(kept) AS kept FROM promise_days WHERE day > :since GROUP BY 1, 2
""",
    TrackRecord,
)

KEEP_WAITING_TIMES = Statement(
    "keep_waiting_times",
    f"""
WITH kinds AS (
    SELECT t AS right_type, s AS severity
    FROM unnest(:right_types::text[]) t CROSS JOIN unnest(:severities::text[]) s
), waiting AS MATERIALIZED (
    SELECT right_type, severity, paused_at IS NOT NULL AS paused, ahead,
           extract(epoch FROM coalesce(paused_at, :now) - created_at)::float8 - paused_seconds AS seconds
    FROM report_items WHERE state IN ({OPEN_IN_SQL})
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
           min(age) FILTER (WHERE left_over <= 1 - :quantile::float8 + 1e-9) AS promised
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
""",
)
