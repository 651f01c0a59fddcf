"""The SQL of what filing knows of reporters' standing."""

from datetime import datetime
from typing import NamedTuple

from services.intake.open_items import OPEN_IN_SQL
from shared.runtime.statements import Query


class Rating(NamedTuple):
    """A reporter's rating, its accuracy as JSON; without a tier, the limits of newcomers."""

    tier: str | None
    accuracy: str | None
    suspended_until: datetime | None
    max_open_items: int | None
    max_filings_a_day: int | None


class KeptRating(NamedTuple):
    """The version of a rating that a suspension in force came with; None where there is none."""

    suspended_version: int | None


class InUse(NamedTuple):
    """Reports filed today and items open, each counted up to its limit."""

    filings: int
    items: int


class LimitedReporter(NamedTuple):
    """A reporter that has limits."""

    account_id: str
    max_open_items: int | None
    max_filings_a_day: int | None


RATING = Query(
    "rating",
    """
SELECT r.tier, r.accuracy::text AS accuracy, r.suspended_until,
       CASE WHEN r.account_id IS NULL THEN n.max_open_items ELSE r.max_open_items END AS max_open_items,
       CASE WHEN r.account_id IS NULL THEN n.max_filings_a_day ELSE r.max_filings_a_day END AS max_filings_a_day
FROM (SELECT) one LEFT JOIN reporter_ratings r ON r.account_id = :account_id LEFT JOIN newcomer_limits n ON true
""",
    Rating,
    hot=True,
)

# As many of the newest reports as the limit allows: whether they are all of today. And no more items than the limit.
IN_USE = Query(
    "in_use",
    f"""
SELECT (SELECT count(*) FROM (
            SELECT created_at FROM reports WHERE account_id = :account_id ORDER BY id DESC LIMIT :most_filings
        ) newest WHERE created_at >= :since) AS filings,
       (SELECT count(*) FROM (
            SELECT FROM report_items WHERE account_id = :account_id AND state IN ({OPEN_IN_SQL}) LIMIT :most_items
        ) waiting) AS items
""",
    InUse,
    hot=True,
)

KEEP_RATING = Query(
    "keep_rating",
    """
INSERT INTO reporter_ratings AS r
    (account_id, version, tier, max_open_items, max_filings_a_day, accuracy, suspended_until, suspended_version)
VALUES (:account_id, :version, :tier, :max_open_items, :max_filings_a_day, :accuracy::text::jsonb, :suspended_until,
        CASE WHEN :suspended_until::timestamptz IS NOT NULL THEN :version::integer END)
ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, tier = excluded.tier,
    max_open_items = excluded.max_open_items, max_filings_a_day = excluded.max_filings_a_day,
    accuracy = excluded.accuracy, suspended_until = excluded.suspended_until,
    suspended_version = CASE WHEN r.suspended_until = excluded.suspended_until
        THEN coalesce(r.suspended_version, excluded.suspended_version) ELSE excluded.suspended_version END
WHERE r.version < excluded.version
RETURNING suspended_version
""",
    KeptRating,
)

SUSPENDED_VERSION = Query(
    "suspended_version", "SELECT suspended_version FROM reporter_ratings WHERE account_id = :account_id", KeptRating
)

KEEP_NEWCOMERS = Query(
    "keep_newcomers",
    """
INSERT INTO newcomer_limits AS n (version, max_open_items, max_filings_a_day)
VALUES (:version, :max_open_items, :max_filings_a_day)
ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, max_open_items = excluded.max_open_items,
    max_filings_a_day = excluded.max_filings_a_day
WHERE n.version < excluded.version
RETURNING version
""",
    int,
)

LIMITED = Query(
    "limited",
    """
SELECT a.account_id, l.max_open_items, l.max_filings_a_day
FROM unnest(:accounts::text[]) AS a(account_id)
LEFT JOIN reporter_ratings r USING (account_id) LEFT JOIN newcomer_limits n ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.account_id IS NULL THEN n.max_open_items ELSE r.max_open_items END AS max_open_items,
           CASE WHEN r.account_id IS NULL THEN n.max_filings_a_day ELSE r.max_filings_a_day END AS max_filings_a_day
) l
WHERE coalesce(l.max_open_items, l.max_filings_a_day) IS NOT NULL ORDER BY a.account_id
""",
    LimitedReporter,
)

UNRATED = Query(
    "unrated",
    """
SELECT u.account_id FROM account_use u
WHERE u.open_reports > 0 AND NOT EXISTS (SELECT FROM reporter_ratings r WHERE r.account_id = u.account_id)
ORDER BY u.account_id LIMIT :most
""",
    str,
)
