"""The SQL of work: queues, claims, and the leases on tasks."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.review.captures.statements import CAPTURES
from services.review.policies.statements import IN_FORCE
from services.review.tables import SOURCE
from services.review.tasks.earlier import EARLIER
from services.review.tasks.statements import ITEMS, PACKET_COLUMNS, PacketRow
from shared.runtime.outbox import INSERT_EVENTS
from shared.runtime.statements import Query, Statement


@dataclass(frozen=True, slots=True)
class ClaimedRow(PacketRow):
    """A task that was claimed, and the lease on it; `slot` says for which caller, from 1."""

    slot: int
    fence: int
    expires_at: datetime


class QueueCounts(NamedTuple):
    """The tasks of a queue that wait, counted up to a bound."""

    queue: str
    depth: int
    oldest: datetime | None
    due_soon: int


class HeldTask(NamedTuple):
    """A task that somebody holds."""

    task_id: str
    account_id: str
    reviewer: str
    expires_at: datetime
    right_type: str
    language: str
    severity: str
    round: int
    due_at: datetime
    claimed_at: datetime


class BrokenLease(NamedTuple):
    """A lease that was broken; the version of its task before."""

    task_id: str
    round: int
    account_id: str
    reviewer: str
    version: int


class WhyBroken(NamedTuple):
    """The reason for which a lease was broken."""

    reason: str


class ShutAccount(NamedTuple):
    """An account that was shut out, and why."""

    account_id: str
    reason: str


class MaySee(NamedTuple):
    """Three conditions: the reviewer holds the task, it shows the evidence, its marketplace is the account's."""

    held: bool
    shown: bool
    own: bool


class LockedTask(NamedTuple):
    """A task that is locked."""

    round: int
    marketplace: str


class Placed(NamedTuple):
    """Where a task waits now."""

    severity: str
    due_at: datetime
    task_id: str


# Rows are deleted by their place, which the planner takes for few whatever the limit; a join with what was picked it
# takes for a tenth of the table, and reads all of it.
_CLAIM = """
WITH gone AS (
    DELETE FROM waiting w WHERE w.ctid = ANY(ARRAY(
        SELECT ctid FROM waiting WHERE {bounds} ORDER BY {order} LIMIT :most FOR UPDATE SKIP LOCKED
    ))
    RETURNING w.task_id, w.severity, w.due_at, w.fresh
), numbered AS (
    SELECT g.*, row_number() OVER (ORDER BY g.severity, g.due_at, g.task_id) AS slot FROM gone g
), taken AS MATERIALIZED (
    SELECT n.task_id, n.slot, n.fresh, nextval('fences') AS fence, s.account_id, s.reviewer, s.expires_at,
           s.event_id, s.trace
    FROM numbered n
    JOIN json_to_recordset(:slots::text::json) AS s(
        slot bigint, account_id text, reviewer text, expires_at timestamptz, event_id text, trace text
    ) USING (slot)
), held AS (
    INSERT INTO holds (task_id, fence, account_id, reviewer, expires_at)
    SELECT task_id, fence, account_id, reviewer, expires_at FROM taken
), audited AS (
    INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at)
    SELECT k.fence, 'claimed', k.task_id, t.round, k.account_id, k.reviewer, :now, k.expires_at
    FROM taken k JOIN tasks t ON t.id = k.task_id
), told AS (
    {insert_events}
    SELECT k.event_id, :type::text, event_envelope(
        k.event_id, '{source}', :type::text, :now_text::text, k.task_id, k.account_id, k.trace, json_build_object(
            'version', t.version + 1, 'task_id', k.task_id, 'round', t.round, 'items', n.things::json,
            'account_id', k.account_id, 'reviewer', k.reviewer, 'claimed_at', :now_text::text
        )), k.trace, :now
    FROM taken k JOIN tasks t ON t.id = k.task_id {items} WHERE k.fresh
)
SELECT {columns}, k.slot, k.fence, k.expires_at
FROM taken k JOIN tasks t ON t.id = k.task_id {items} {earlier} {captures} {in_force}
ORDER BY k.slot
"""
_PARTS = {
    "insert_events": INSERT_EVENTS, "source": SOURCE, "items": ITEMS, "earlier": EARLIER, "captures": CAPTURES,
    "in_force": IN_FORCE, "columns": PACKET_COLUMNS,
}  # fmt: skip
_ALL = {"bounds": "(severity, due_at, task_id) > (:severity, :due_at, :task_id)", "order": "severity, due_at, task_id"}
_QUEUE = {"bounds": "queue = :queue AND (due_at, task_id) > (:due_at, :task_id)", "order": "due_at, task_id"}


def _of_marketplaces(part: dict[str, str]) -> dict[str, str]:
    return part | {"bounds": part["bounds"] + " AND marketplace = ANY(:marketplaces)"}


CLAIM = Query("claim", _CLAIM.format(**_ALL, **_PARTS), ClaimedRow, hot=True)
CLAIM_OF_QUEUE = Query("claim_of_queue", _CLAIM.format(**_QUEUE, **_PARTS), ClaimedRow, hot=True)
CLAIM_OF_MARKETPLACES = Query(
    "claim_of_marketplaces", _CLAIM.format(**_of_marketplaces(_ALL), **_PARTS), ClaimedRow, hot=True
)
CLAIM_OF_QUEUE_OF_MARKETPLACES = Query(
    "claim_of_queue_of_marketplaces", _CLAIM.format(**_of_marketplaces(_QUEUE), **_PARTS), ClaimedRow, hot=True
)

# Each step of the recursion finds the next queue's name in the index; each queue is then counted up to a bound.
_QUEUES = """
WITH RECURSIVE names AS (
    (SELECT queue FROM waiting ORDER BY queue LIMIT 1)
    UNION ALL
    SELECT (SELECT w.queue FROM waiting w WHERE w.queue > n.queue ORDER BY w.queue LIMIT 1)
    FROM names n WHERE n.queue IS NOT NULL
)
SELECT n.queue,
       (SELECT count(*) FROM (SELECT FROM waiting w WHERE w.queue = n.queue {own} LIMIT :most) counted) AS depth,
       (SELECT w.since FROM waiting w WHERE w.queue = n.queue {own} ORDER BY w.since LIMIT 1) AS oldest,
       (SELECT count(*) FROM (
           SELECT FROM waiting w WHERE w.queue = n.queue AND w.due_at <= :due_before {own} LIMIT :most
       ) s) AS due_soon
FROM names n WHERE n.queue IS NOT NULL ORDER BY n.queue
"""
QUEUES = Query("queues", _QUEUES.format(own=""), QueueCounts, hot=True)
QUEUES_OF_MARKETPLACES = Query(
    "queues_of_marketplaces", _QUEUES.format(own="AND w.marketplace = ANY(:marketplaces)"), QueueCounts, hot=True
)

LIST_LEASES = Query(
    "list_leases",
    """
SELECT h.task_id, h.account_id, h.reviewer, h.expires_at, t.right_type, t.language, t.severity, t.round, t.due_at,
       c.at AS claimed_at
FROM (
    SELECT * FROM holds
    WHERE expires_at > :now AND (:account_id::text IS NULL OR account_id = :account_id)
      AND (:reviewer::text IS NULL OR reviewer = :reviewer)
      AND (:after::text IS NULL OR task_id > :after)
    ORDER BY task_id LIMIT :limit
) h
JOIN tasks t ON t.id = h.task_id
CROSS JOIN LATERAL (
    SELECT at FROM leases l
    WHERE l.account_id = h.account_id AND l.task_id = h.task_id AND l.change = 'claimed' AND l.fence = h.fence LIMIT 1
) c
ORDER BY h.task_id
""",
    HeldTask,
    hot=True,
)

LOCK_TASK = Query("lock_task", "SELECT round, marketplace FROM tasks WHERE id = :id FOR UPDATE", LockedTask, hot=True)

RENEW = Query(
    "renew",
    """
WITH renewed AS (
    UPDATE holds SET expires_at = :expires_at
    WHERE task_id = :task_id AND fence = :fence AND account_id = :account_id AND expires_at > :now
    RETURNING *
), audited AS (
    INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at)
    SELECT fence, 'renewed', task_id, :round, account_id, reviewer, :now, expires_at FROM renewed
)
SELECT expires_at FROM renewed
""",
    datetime,
    hot=True,
)

RELEASE = Query(
    "release",
    """
WITH released AS (
    DELETE FROM holds WHERE task_id = :task_id AND fence = :fence AND account_id = :account_id AND expires_at > :now
    RETURNING *
)
INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at)
SELECT fence, 'released', task_id, :round, account_id, reviewer, :now, expires_at FROM released
RETURNING fence
""",
    int,
    hot=True,
)

HAS_HELD = Query(
    "has_held",
    "SELECT EXISTS (SELECT FROM leases WHERE account_id = :account_id AND task_id = :task_id AND change = 'claimed')",
    bool,
    hot=True,
)

LOCK_EXPIRED = Query(
    "lock_expired",
    """
SELECT t.id FROM tasks t
WHERE t.id = ANY(ARRAY(SELECT task_id FROM holds WHERE expires_at <= :now ORDER BY expires_at LIMIT :most))
ORDER BY t.id FOR UPDATE SKIP LOCKED
""",
    str,
    hot=True,
)

FREE_EXPIRED = Query(
    "free_expired",
    """
WITH ended AS (
    DELETE FROM holds WHERE task_id = ANY(:ids) AND expires_at <= :now RETURNING *
)
INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at)
SELECT e.fence, 'expired', e.task_id, t.round, e.account_id, e.reviewer, :now, e.expires_at
FROM ended e JOIN tasks t ON t.id = e.task_id
RETURNING task_id
""",
    str,
    hot=True,
)

COUNT_HELD = Query(
    "count_held",
    "SELECT count(*) FROM (SELECT FROM holds WHERE expires_at > :now LIMIT :most) AS held",
    int,
)

HELD_BY = Query("held_by", "SELECT task_id FROM holds WHERE account_id = ANY(:account_ids)", str)

WHY_BROKEN = Query(
    "why_broken",
    """
SELECT reason FROM leases
WHERE fence = :fence AND change = 'broken' AND account_id = :account_id AND task_id = :task_id
""",
    WhyBroken,
)

HAND_OVER = Query(
    "hand_over",
    """
WITH held AS (
    INSERT INTO holds (task_id, fence, account_id, reviewer, expires_at)
    VALUES (:task_id, nextval('fences'), :account_id, :reviewer, :expires_at)
    RETURNING *
)
INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at)
SELECT fence, 'claimed', task_id, :round, account_id, reviewer, :now, expires_at FROM held
RETURNING fence
""",
    int,
)

BREAK_LEASES = Query(
    "break_leases",
    """
WITH broken AS (
    DELETE FROM holds
    WHERE task_id = ANY(:task_ids) AND expires_at > :now
      AND (:account_ids::text[] IS NULL OR account_id = ANY(:account_ids))
    RETURNING *
)
INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at, reason, broken_by)
SELECT b.fence, 'broken', b.task_id, t.round, b.account_id, b.reviewer, :now, b.expires_at, :reason, :broken_by
FROM broken b JOIN tasks t ON t.id = b.task_id
RETURNING task_id, round, account_id, reviewer, (SELECT version FROM tasks WHERE id = task_id) AS version
""",
    BrokenLease,
)

KEEP_STANDING = Query(
    "keep_standing",
    """
INSERT INTO account_standings AS s (account_id, version, reason, shut_at)
VALUES (:account_id, :version, :reason, :shut_at)
ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, reason = excluded.reason, shut_at = excluded.shut_at
WHERE s.version < excluded.version RETURNING account_id
""",
    str,
)

LATELY_SHUT = Query(
    "lately_shut", "SELECT account_id, reason FROM account_standings WHERE shut_at > :since", ShutAccount
)

END_HOLDS = Statement(
    "end_holds",
    """
WITH ended AS (DELETE FROM holds WHERE task_id = ANY(:ids) RETURNING *)
INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at)
SELECT e.fence, 'cancelled', e.task_id, t.round, e.account_id, e.reviewer, :now, e.expires_at
FROM ended e JOIN tasks t ON t.id = e.task_id
""",
    hot=True,
)

MAY_SEE_EVIDENCE = Query(
    "may_see_evidence",
    """
SELECT EXISTS (
    SELECT FROM holds WHERE task_id = :task_id AND fence = :fence AND account_id = :account_id AND expires_at > :now
) AS held, EXISTS (
    SELECT FROM task_items i CROSS JOIN LATERAL json_array_elements_text(i.thing -> 'evidence') AS e(id)
    WHERE i.task_id = :task_id AND i.withdrawn_at IS NULL AND e.id = :evidence_id
) OR EXISTS (
    SELECT FROM tasks t CROSS JOIN LATERAL jsonb_array_elements(t.notes::jsonb) AS n(note)
    WHERE t.id = :task_id AND n.note -> 'evidence' ? :evidence_id
) OR EXISTS (
    SELECT FROM (
        SELECT right_snapshot::jsonb -> 'details' FROM tasks WHERE id = :task_id UNION ALL
        SELECT thing::jsonb #> '{right,details}' FROM task_items WHERE task_id = :task_id AND withdrawn_at IS NULL
        UNION ALL
        SELECT thing::jsonb #> '{fitting_right,details}' FROM task_items
        WHERE task_id = :task_id AND withdrawn_at IS NULL
    ) AS r(details)
    WHERE :evidence_id IN (details ->> 'mark_image', details ->> 'original_url') OR details -> 'views' ? :evidence_id
) AS shown, EXISTS (
    SELECT FROM tasks WHERE id = :task_id AND (:own::text[] IS NULL OR marketplace = ANY(:own))
) AS own
""",
    MaySee,
)

PLACE = Query(
    "place",
    """
INSERT INTO waiting (task_id, queue, severity, due_at, since, fresh, marketplace)
SELECT t.id, t.right_type || '.' || t.language || '.' || t.severity, t.severity, t.due_at,
       CASE WHEN t.round = 1 THEN t.created_at ELSE t.updated_at END, :fresh, t.marketplace
FROM tasks t
WHERE t.id = ANY(:ids) AND t.state = 'pending' AND NOT EXISTS (SELECT FROM holds h WHERE h.task_id = t.id)
RETURNING severity, due_at, task_id
""",
    Placed,
    hot=True,
)

MOVE = Query(
    "move",
    """
UPDATE waiting w
SET queue = t.right_type || '.' || t.language || '.' || t.severity, severity = t.severity, due_at = t.due_at
FROM tasks t
WHERE w.task_id = ANY(:ids) AND t.id = w.task_id AND (w.severity <> t.severity OR w.due_at <> t.due_at)
RETURNING w.severity, w.due_at, w.task_id
""",
    Placed,
    hot=True,
)

LEAVE_QUEUE = Statement("leave_queue", "DELETE FROM waiting WHERE task_id = ANY(:ids)")
