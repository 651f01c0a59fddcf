"""The SQL of judging."""

from datetime import datetime
from typing import NamedTuple

from services.review.captures.statements import CAPTURE_REFERENCES
from services.review.policies.statements import IN_FORCE
from services.review.tasks.statements import ITEMS
from shared.runtime.outbox import INSERT_EVENTS
from shared.runtime.statements import Query, Statement


class TaskToJudge(NamedTuple):
    """A task that somebody holds, locked, and the policy in force for it."""

    id: str
    marketplace: str
    right_type: str
    language: str
    severity: str
    round: int
    version: int
    listing: str
    right_snapshot: str
    fence: int
    account_id: str
    reviewer: str
    expires_at: datetime
    policy_id: str | None
    policy_version: int | None


class TakenHold(NamedTuple):
    """A task whose lease was live to the last, its items and the captures of them as JSON."""

    id: str
    things: str | None
    captures: str | None


# Of decisions made by a release that did not keep what they are about. Those that somebody else fills are passed over.
FILL_SUBJECTS = Query(
    "fill_subjects",
    """
UPDATE decisions d SET (marketplace, listing_id, seller_id, right_key)
    = (t.marketplace, t.listing_id, t.seller_id, t.right_key)
FROM tasks t WHERE t.id = d.task_id AND d.id = ANY(ARRAY(
    SELECT id FROM decisions WHERE marketplace IS NULL ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
))
RETURNING d.id
""",
    str,
    hot=True,
)

# The rows come as JSON, which costs a third of what as many arrays cost to send.
KEEP_JUDGEMENTS = Statement(
    "keep_judgements",
    f"""
WITH made AS MATERIALIZED (
    SELECT * FROM json_to_recordset(:rows::text::json) AS m(
        id text, task_id text, round int, fence bigint, account_id text, reviewer text, outcome text, code text,
        clauses json, note text, public_reason text, seconds_spent int, right_type text, next_state text,
        next_round int, next_version bigint, next_right_type text,
        decision_id text, verdict text, judgement_ids json, enforcement_id text, action text,
        listing json, markets jsonb, readers json, captures json)
), judged AS (
    INSERT INTO judgements (id, task_id, round, fence, account_id, reviewer, outcome, code, clauses, note,
                            public_reason, seconds_spent, right_type, next_right_type, judged_at)
    SELECT id, task_id, round, fence, account_id, reviewer, outcome, code, clauses, note,
           public_reason, seconds_spent, right_type, nullif(next_right_type, right_type), :now
    FROM made
), moved AS (
    UPDATE tasks t SET state = m.next_state, round = m.next_round, version = m.next_version,
                       right_type = m.next_right_type, updated_at = :now
    FROM made m WHERE t.id = m.task_id
), decided AS (
    INSERT INTO decisions (id, task_id, round, version, verdict, code, clauses, public_reason, right_type,
                           judgement_ids, enforcement_id, decided_at, marketplace, listing_id, seller_id, right_key,
                           captures)
    SELECT m.decision_id, m.task_id, m.round, 1, m.verdict, m.code, m.clauses, m.public_reason, m.right_type,
           m.judgement_ids, m.enforcement_id, :now, t.marketplace, t.listing_id, t.seller_id, t.right_key,
           coalesce(m.captures, '[]')
    FROM made m JOIN tasks t ON t.id = m.task_id WHERE m.decision_id IS NOT NULL
), readable AS (
    INSERT INTO decision_readers (account_id, decision_id)
    SELECT r.value, m.decision_id FROM made m CROSS JOIN json_array_elements_text(m.readers) AS r(value)
    WHERE m.decision_id IS NOT NULL
), asked AS (
    INSERT INTO enforcements (id, decision_id, version, action, listing, code, markets, requested_at)
    SELECT enforcement_id, decision_id, 1, action, listing, code, markets, :now
    FROM made WHERE enforcement_id IS NOT NULL
)
{INSERT_EVENTS}
SELECT event_id, type, payload::text, traceparent, :now
FROM json_to_recordset(:others::text::json) AS e(event_id text, type text, payload json, traceparent text)
""",
)

_LOCK = f"""
SELECT t.id, t.marketplace, t.right_type, t.language, t.severity, t.round, t.version, t.listing::text,
       t.right_snapshot::text, h.fence, h.account_id, h.reviewer, h.expires_at, f.policy_id, f.policy_version
FROM tasks t JOIN holds h ON h.task_id = t.id {IN_FORCE}
WHERE t.id = ANY(:ids) AND t.state = 'pending'
ORDER BY t.id FOR UPDATE OF t
"""
LOCK_TO_JUDGE = Query("lock_to_judge", _LOCK, TaskToJudge, hot=True)
LOCK_FREE_TO_JUDGE = Query("lock_free_to_judge", f"{_LOCK} SKIP LOCKED", TaskToJudge, hot=True)

HELD_NOW = Query("held_now", "SELECT task_id FROM holds WHERE task_id = ANY(:ids) AND expires_at > :now", str, hot=True)

# The tasks are locked by then: their items stay as they are read here.
TAKE_HOLDS = Query(
    "take_holds",
    f"""
WITH taken AS (
    DELETE FROM holds h USING unnest(:task_ids::text[], :fences::bigint[]) AS j(task_id, fence)
    WHERE h.task_id = j.task_id AND h.fence = j.fence AND h.expires_at > :now
    RETURNING h.task_id AS id
)
SELECT t.id, n.things, cap.captures FROM taken t {ITEMS} {CAPTURE_REFERENCES}
""",
    TakenHold,
    hot=True,
)
