"""The tables that were intake's until it handed over standing and misuse (see shared/runtime/moves.py)."""

from shared.runtime.moves import Move, Rows

_TERMS = "SELECT version, terms, account_id, created_at, NULL::timestamptz AS published_at FROM standing_terms"
_DECIDED = """
SELECT i.id AS item_id, i.decision_id, i.account_id, r.claim, i.code, i.decided_at
FROM report_items i JOIN reports r ON r.id = i.report_id
WHERE i.decision_id IS NOT NULL AND i.decided_at > now() - interval '366 days' AND i.code IS NOT NULL
"""
# Everyone is rated anew as soon as the service runs: intake goes by what it can see until then.
_REPORTERS = """
SELECT a.account_id, coalesce(c.version, 0) AS version, c.warning_id, c.warned_at, c.warning_ends_at,
       coalesce(c.repeats, 0) AS repeats, c.suspension_id, c.suspended_until, now() AS rate_at
FROM (
    SELECT account_id FROM reports UNION SELECT account_id FROM rights UNION SELECT account_id FROM standing_days
    UNION SELECT account_id FROM reporter_conduct
) a LEFT JOIN reporter_conduct c USING (account_id)
"""
# As `services/intake/tracing/keyed_hashes.py` makes them, out of the plain hashes of before.
_TRACES = """
SELECT kind, account_id, right_id, items, first_at, last_at,
       CASE kind WHEN 'hour' THEN trace ELSE encode(sha256(k.key || convert_to(trace, 'UTF8')), 'hex') END AS trace
FROM traces CROSS JOIN (SELECT key FROM traced_until) k
"""
_SUSPICIONS = """
SELECT signal, CASE WHEN signal IN ('cloned_explanation', 'shared_signature', 'shared_contact')
    THEN encode(sha256(k.key || convert_to(subject, 'UTF8')), 'hex') ELSE subject END AS subject, raised_at
FROM suspicions CROSS JOIN (SELECT key FROM traced_until) k
"""

MOVES = (
    Move("standing", source="intake", inbox=True, rows=(
        Rows("standing_terms", _TERMS),
        Rows("standing_days"),
        Rows("decided_items", _DECIDED),
        Rows("reversals"),
        Rows("reporters", _REPORTERS),
        Rows("reporter_sanctions"),
        Rows("traces", _TRACES),
        Rows("suspicions", _SUSPICIONS),
        Rows("timers", "SELECT * FROM timers WHERE kind = 'suspension_ends'"),
    )),
)  # fmt: skip
