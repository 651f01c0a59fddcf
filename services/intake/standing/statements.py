"""The statements of what filing knows of reporters' standing."""

from sqlalchemy import text

RATING = """
SELECT r.tier, r.accuracy::text AS accuracy, r.suspended_until,
       CASE WHEN r.account_id IS NULL THEN n.max_open_items ELSE r.max_open_items END AS max_open_items,
       CASE WHEN r.account_id IS NULL THEN n.max_filings_a_day ELSE r.max_filings_a_day END AS max_filings_a_day
FROM (SELECT) one LEFT JOIN reporter_ratings r ON r.account_id = $1 LEFT JOIN newcomer_limits n ON true
"""
# As many of the newest reports as the limit allows: whether they are all of today. And no more items than the limit.
IN_USE = """
SELECT (SELECT count(*) FROM (SELECT created_at FROM reports WHERE account_id = $1 ORDER BY id DESC LIMIT $2) newest
        WHERE created_at >= $3) AS filings,
       (SELECT count(*) FROM (SELECT FROM report_items WHERE account_id = $1
            AND state IN ('received', 'queued', 'in_review', 'needs_information') LIMIT $4) waiting) AS items
"""
KEEP_RATING = text("""
INSERT INTO reporter_ratings AS r
    (account_id, version, tier, max_open_items, max_filings_a_day, accuracy, suspended_until, suspended_version)
VALUES (:account_id, :version, :tier, :max_open_items, :max_filings_a_day, CAST(:accuracy AS jsonb), :suspended_until,
        CASE WHEN CAST(:suspended_until AS timestamptz) IS NOT NULL THEN CAST(:version AS integer) END)
ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, tier = excluded.tier,
    max_open_items = excluded.max_open_items, max_filings_a_day = excluded.max_filings_a_day,
    accuracy = excluded.accuracy, suspended_until = excluded.suspended_until,
    suspended_version = CASE WHEN r.suspended_until = excluded.suspended_until
        THEN coalesce(r.suspended_version, excluded.suspended_version) ELSE excluded.suspended_version END
WHERE r.version < excluded.version
RETURNING suspended_version
""")
SUSPENDED_VERSION = text("SELECT suspended_version FROM reporter_ratings WHERE account_id = :account_id")
KEEP_NEWCOMERS = text("""
INSERT INTO newcomer_limits AS n (version, max_open_items, max_filings_a_day)
VALUES (:version, :max_open_items, :max_filings_a_day)
ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, max_open_items = excluded.max_open_items,
    max_filings_a_day = excluded.max_filings_a_day
WHERE n.version < excluded.version
RETURNING version
""")
LIMITED = text("""
SELECT a.account_id, l.max_open_items, l.max_filings_a_day
FROM unnest(CAST(:accounts AS text[])) AS a(account_id)
LEFT JOIN reporter_ratings r USING (account_id) LEFT JOIN newcomer_limits n ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.account_id IS NULL THEN n.max_open_items ELSE r.max_open_items END AS max_open_items,
           CASE WHEN r.account_id IS NULL THEN n.max_filings_a_day ELSE r.max_filings_a_day END AS max_filings_a_day
) l
WHERE coalesce(l.max_open_items, l.max_filings_a_day) IS NOT NULL ORDER BY a.account_id
""")
UNRATED = text("""
SELECT u.account_id FROM account_use u
WHERE u.open_reports > 0 AND NOT EXISTS (SELECT FROM reporter_ratings r WHERE r.account_id = u.account_id)
ORDER BY u.account_id LIMIT :most
""")
