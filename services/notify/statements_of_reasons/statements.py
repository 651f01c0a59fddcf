"""The SQL of statements of reasons: what is kept of decisions and of what was done about them."""

from shared.runtime.statements import Statement

KEEP_DECISION = Statement(
    "keep_decision",
    """
INSERT INTO decisions_told (decision_id, account_id, version, event)
VALUES (:decision_id, :account_id, :version, :event::text::jsonb)
ON CONFLICT (decision_id, account_id) DO UPDATE SET version = excluded.version, event = excluded.event
WHERE decisions_told.version < excluded.version
""",
)

KEEP_REQUEST = Statement(
    "keep_request",
    """
INSERT INTO decision_enforcements (decision_id, action, markets) VALUES (:decision_id, :action, :markets)
ON CONFLICT (decision_id) DO UPDATE SET action = excluded.action, markets = excluded.markets
""",
)

KEEP_APPLIED = Statement(
    "keep_applied",
    """
INSERT INTO decision_enforcements (decision_id, applied_at) VALUES (:decision_id, :applied_at)
ON CONFLICT (decision_id) DO UPDATE
SET applied_at = least(decision_enforcements.applied_at, excluded.applied_at)
""",
)

KEEP_TRUSTED_REPORT = Statement(
    "keep_trusted_report", "INSERT INTO trusted_reports VALUES (:report_id) ON CONFLICT DO NOTHING"
)
