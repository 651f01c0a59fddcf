"""The SQL of limits: what an account may use, and what it uses."""

from typing import NamedTuple

from shared.runtime.statements import Query, Statement


class UseOfLimit(NamedTuple):
    """How much of a quantity an account uses, and its own limit, where the operator has set one."""

    what: str
    used: int
    own_limit: int | None


KEEP_LIMITS = Statement(
    "keep_limits",
    """
INSERT INTO account_limits AS l (account_id, version, limits, state)
VALUES (:account_id, :version, :limits::text::jsonb, :state)
ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, limits = excluded.limits, state = excluded.state
WHERE l.version < excluded.version
""",
)

USE_OF_LIMITS = Query(
    "use_of_limits",
    """
SELECT w.what,
       coalesce((to_jsonb(u) ->> w.what)::bigint, 0) + coalesce((to_jsonb(c) ->> w.what)::bigint, 0) AS used,
       (l.limits ->> w.what)::bigint AS own_limit
FROM unnest(:what::text[]) AS w(what)
LEFT JOIN account_use u ON u.account_id = :account_id
LEFT JOIN account_limits l ON l.account_id = :account_id
LEFT JOIN LATERAL (
    SELECT sum(open_reports) AS open_reports, sum(rights) AS rights, sum(evidence_bytes) AS evidence_bytes
    FROM account_use_changes WHERE account_id = :account_id
) c ON true
""",
    UseOfLimit,
)

CHANGE_USE = Statement(
    "change_use",
    """
INSERT INTO account_use_changes (account_id, open_reports, rights, evidence_bytes)
SELECT :account_id, CASE :what WHEN 'open_reports' THEN :by::bigint ELSE 0 END,
       CASE :what WHEN 'rights' THEN :by ELSE 0 END, CASE :what WHEN 'evidence_bytes' THEN :by ELSE 0 END
""",
)

CHANGE_OPEN_REPORTS = Statement(
    "change_open_reports",
    """
INSERT INTO account_use_changes (account_id, open_reports)
SELECT a, n FROM unnest(:accounts::text[], :by::bigint[]) AS c(a, n)
""",
)

ADD_UP_USE = Query(
    "add_up_use",
    """
WITH gone AS (
    DELETE FROM account_use_changes WHERE id = ANY(ARRAY(
        SELECT id FROM account_use_changes ORDER BY id LIMIT 10000 FOR UPDATE SKIP LOCKED
    )) RETURNING *
)
INSERT INTO account_use AS u (account_id, open_reports, rights, evidence_bytes)
SELECT account_id, sum(open_reports), sum(rights), sum(evidence_bytes) FROM gone GROUP BY account_id ORDER BY account_id
ON CONFLICT (account_id) DO UPDATE SET open_reports = u.open_reports + excluded.open_reports,
    rights = u.rights + excluded.rights, evidence_bytes = u.evidence_bytes + excluded.evidence_bytes
RETURNING account_id
""",
    str,
)
