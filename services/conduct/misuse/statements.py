"""The SQL of misuse: traces that reports leave, and suspicions raised."""

from decimal import Decimal
from typing import NamedTuple

from shared.runtime.statements import Query, Statement


class SeenTrace(NamedTuple):
    """Where a trace was seen: by whom, under how many rights, on how many items."""

    kind: str
    trace: str
    accounts: list[str]
    rights: int
    items: Decimal


class FilingHour(NamedTuple):
    """Items that an account filed in an hour and before it, and since how many hours it files."""

    account_id: str
    hour: str
    now: Decimal
    before: Decimal
    hours: Decimal


RAISE_SUSPICION = Query(
    "raise_suspicion",
    """
INSERT INTO suspicions AS s (signal, subject, raised_at) VALUES (:signal, :subject, :now)
ON CONFLICT (signal, subject) DO UPDATE SET raised_at = excluded.raised_at WHERE s.raised_at < :again
RETURNING signal
""",
    str,
)

KEEP_TRACES = Statement(
    "keep_traces",
    """
INSERT INTO traces AS t (kind, trace, account_id, right_id, items, first_at, last_at)
SELECT kind, trace, account_id, right_id, sum(items), :now, :now
FROM unnest(
    :kinds::text[], :traces::text[], :accounts::text[], :rights::text[],
    :items::int[]
) AS n(kind, trace, account_id, right_id, items)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (kind, trace, account_id, right_id) DO UPDATE
SET items = t.items + excluded.items, last_at = greatest(t.last_at, excluded.last_at)
""",
)

SEEN_TRACES = Query(
    "seen_traces",
    """
SELECT kind, trace, array_agg(DISTINCT account_id ORDER BY account_id) AS accounts,
       count(DISTINCT (account_id, right_id)) AS rights, sum(items) AS items
FROM traces WHERE (kind, trace) IN (
    SELECT * FROM unnest(:kinds::text[], :traces::text[])
) AND last_at > :since GROUP BY kind, trace
""",
    SeenTrace,
)

FILING_HOURS = Query(
    "filing_hours",
    """
SELECT n.account_id, n.hour, h.now, h.before, h.hours
FROM unnest(:accounts::text[], :hours::text[]) AS n(account_id, hour) CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.items) FILTER (WHERE t.trace = n.hour), 0) AS now,
           coalesce(sum(t.items) FILTER (WHERE t.trace <> n.hour), 0) AS before,
           extract(epoch FROM :now::timestamptz - min(t.first_at)) / 3600 AS hours
    FROM traces t WHERE t.kind = 'hour' AND t.account_id = n.account_id
) h
""",
    FilingHour,
)

FORGET_TRACES = Statement("forget_traces", "DELETE FROM traces WHERE last_at < :before")
