"""The SQL of tasks and of the items that are attached to them. That of queues and leases is in `lease_statements`."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.review.captures.statements import CAPTURES
from services.review.policies.statements import IN_FORCE
from services.review.tasks.earlier import EARLIER
from services.review.tasks.states import OPEN
from shared.contracts.codes import TaskState
from shared.runtime.statements import Query, Statement, sql_list

OPEN_IN_SQL = sql_list(OPEN - {TaskState.LEASED})
"""For `state IN (...)`: that a task is leased its hold says, and it is stored as pending."""

ITEMS = """
LEFT JOIN LATERAL (
    SELECT json_agg(i.thing ORDER BY i.item_id)::text AS things
    FROM task_items i WHERE i.task_id = t.id AND i.withdrawn_at IS NULL
) n ON true
"""
"""To be joined to tasks `t`: the items attached to each as events carry them, without those that were taken back."""

PACKET_COLUMNS = """t.id, t.right_type, t.language, t.severity, t.due_at, t.round, t.listing::text,
       t.right_snapshot::text, t.findings::text, t.notes::text, t.searched_right_type, n.things, f.policy_id,
       f.policy_version, e.judgements AS earlier, hl.found AS of_listing, hs.found AS of_seller, hr.found AS of_right,
       cap.captures, cap.listing_state"""
"""The columns of a packet: of tasks `t`, joined to `ITEMS`, `EARLIER`, `CAPTURES` and to what is in force."""

_STATE = """
CASE WHEN t.state = 'pending' AND EXISTS (SELECT FROM holds h WHERE h.task_id = t.id AND h.expires_at > :now)
     THEN 'leased' ELSE t.state END AS state
"""


class AnsweredTask(NamedTuple):
    """A task that has got its answer; whether it waits for a reviewer again."""

    id: str
    returned: bool


class KnownItem(NamedTuple):
    """Facts about an item that came before its report, or after it."""

    item_id: str
    severity: str | None
    due_at: datetime | None
    withdrawn: bool
    findings: str | None
    seller_id: str | None


class OpenedTask(NamedTuple):
    """The open task of a listing and right; the state that it had before, None where it is new."""

    id: str
    marketplace: str
    listing_id: str
    right_key: str
    right_id: str
    right_type: str
    language: str
    severity: str
    due_at: datetime
    round: int
    version: int
    was: str | None


class CancelledTask(NamedTuple):
    """A task that was left without items."""

    id: str
    round: int
    version: int


class TaskJudgement(NamedTuple):
    """A judgement on a task, its clauses as JSON."""

    id: str
    task_id: str
    round: int
    reviewer: str
    outcome: str
    code: str | None
    clauses: str
    note: str | None
    public_reason: str | None
    seconds_spent: int
    right_type: str
    judged_at: datetime


class OwnTask(NamedTuple):
    """A task that an account has claimed at some time."""

    id: str
    right_type: str
    language: str
    severity: str
    round: int
    due_at: datetime
    created_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class PacketRow:
    """A task as its packet has it, most of it as JSON: the columns of `PACKET_COLUMNS`."""

    id: str
    right_type: str
    language: str
    severity: str
    due_at: datetime
    round: int
    listing: str
    right_snapshot: str
    findings: str
    notes: str
    searched_right_type: str | None
    things: str | None
    policy_id: str | None
    policy_version: int | None
    earlier: str | None
    of_listing: str | None
    of_seller: str | None
    of_right: str | None
    captures: list[str] | None
    listing_state: str | None


@dataclass(frozen=True, slots=True)
class TaskInFull(PacketRow):
    """A task with its state, and the account that holds it."""

    marketplace: str
    state: str
    held_by: str | None


# The task before its hold, and tasks in the order of their ids, as whoever locks several must.
LOCK_TASKS = Query("lock_tasks", "SELECT id FROM tasks WHERE id = ANY(:ids) ORDER BY id FOR UPDATE", str, hot=True)

KEEP_TRIAGE = Query(
    "keep_triage",
    """
INSERT INTO item_news AS n (item_id, triage_version, severity, due_at)
SELECT * FROM unnest(:item_ids::text[], :versions::bigint[], :severities::text[], :due_at::timestamptz[])
ON CONFLICT (item_id) DO UPDATE SET triage_version = excluded.triage_version, severity = excluded.severity,
                                    due_at = excluded.due_at
WHERE n.triage_version IS NULL OR n.triage_version < excluded.triage_version
RETURNING item_id
""",
    str,
)

KEEP_SUSPICION = Statement(
    "keep_suspicion",
    """
INSERT INTO item_news AS n (item_id, findings) SELECT unnest(:item_ids::text[]), :findings::text::jsonb
ON CONFLICT (item_id) DO UPDATE SET findings = excluded.findings
""",
)

# Whose a listing is said first, is kept.
KEEP_SELLERS = Statement(
    "keep_sellers",
    """
INSERT INTO item_news AS n (item_id, seller_id) SELECT unnest(:item_ids::text[]), unnest(:seller_ids::text[])
ON CONFLICT (item_id) DO UPDATE SET seller_id = coalesce(n.seller_id, excluded.seller_id)
""",
)

_SELLERS = """
SELECT DISTINCT ON (i.task_id) i.task_id, n.seller_id FROM task_items i JOIN item_news n USING (item_id)
WHERE n.item_id = ANY(:item_ids::text[]) AND n.seller_id IS NOT NULL
ORDER BY i.task_id, array_position(:item_ids::text[], n.item_id) -- the one told first
"""

NAME_SELLERS = Statement(
    "name_sellers",
    f"""
UPDATE tasks t SET seller_id = s.seller_id, version = version + 2, updated_at = :now
FROM ({_SELLERS}) s WHERE t.id = s.task_id AND t.id = ANY(:ids::text[]) AND t.seller_id IS NULL
""",
)

# What was decided before it was known whose listing that is.
NAME_SELLERS_OF_DECISIONS = Statement(
    "name_sellers_of_decisions",
    f"""
UPDATE decisions d SET seller_id = s.seller_id FROM ({_SELLERS}) s
WHERE d.task_id = s.task_id AND d.seller_id IS NULL
""",
)

# In the order of ids, as whoever locks several tasks must.
LOCK_OPEN_TASKS = Query(
    "lock_open_tasks",
    f"""
SELECT t.id FROM tasks t
WHERE t.id IN (SELECT task_id FROM task_items WHERE item_id = ANY(:item_ids) AND withdrawn_at IS NULL)
  AND t.state IN ({OPEN_IN_SQL})
ORDER BY t.id FOR UPDATE
""",
    str,
    hot=True,
)

TRIAGE_ITEMS = Statement(
    "triage_items",
    """
UPDATE task_items i SET severity = n.severity, due_at = n.due_at
FROM item_news n WHERE n.item_id = ANY(:item_ids) AND i.item_id = n.item_id AND i.task_id = ANY(:task_ids)
""",
)

REPRIORITISE = Statement(
    "reprioritise",
    """
UPDATE tasks t SET severity = w.severity, due_at = w.due_at, version = t.version + 2, updated_at = :now
FROM (SELECT task_id, min(severity) AS severity, min(due_at) AS due_at
      FROM task_items WHERE task_id = ANY(:ids) AND withdrawn_at IS NULL GROUP BY task_id) w
WHERE t.id = w.task_id AND (t.severity <> w.severity OR t.due_at <> w.due_at)
""",
    hot=True,
)

# The answer is kept whatever the task's state is by now; only a task that waited for it comes back.
BRING_BACK = Query(
    "bring_back",
    f"""
UPDATE tasks SET state = CASE state WHEN :state THEN 'pending' ELSE state END,
                 round = round + (state IS NOT DISTINCT FROM :state)::int,
                 version = version + 2, updated_at = :now,
                 notes = notes || jsonb_build_array(:note::text::jsonb || jsonb_build_object('round', (
                     SELECT max(j.round) FROM judgements j WHERE j.task_id = tasks.id AND j.outcome = :asked)))
WHERE id = ANY(:ids) AND state IN ({OPEN_IN_SQL})
RETURNING id, old.state IS NOT DISTINCT FROM :state AS returned
""",
    AnsweredTask,
)

KNOWN_ITEMS = Query(
    "known_items",
    """
SELECT item_id, severity, due_at, withdrawn_at IS NOT NULL AS withdrawn, findings::text, seller_id
FROM item_news WHERE item_id = ANY(:ids)
""",
    KnownItem,
)

# The conflict is with the one open task of this listing and right. Two reports at once meet here: the second waits for
# the first one's commit. When a judgement decides the task meanwhile, it has left the index and a new task is made.
FIND_OR_MAKE = Query(
    "find_or_make",
    f"""
INSERT INTO tasks AS t (id, marketplace, listing_id, right_id, right_key, right_type, language, severity, due_at, state,
                        round, version, listing, seller_id, right_snapshot, findings, notes, created_at, updated_at)
SELECT n.id, n.marketplace, n.listing_id, r.right_id, r.right_key, r.right_type, r.language, n.severity, n.due_at,
       'pending', 1, 2, n.listing::json, n.seller_id, r.right_snapshot::json, r.findings::jsonb, '[]', :now, :now
FROM unnest(
    :ids::text[], :marketplaces::text[], :listing_ids::text[], :severities::text[], :due_at::timestamptz[],
    :listings::text[], :seller_ids::text[], :reports::int[]
) AS n (id, marketplace, listing_id, severity, due_at, listing, seller_id, report)
JOIN unnest(
    :right_ids::text[], :right_keys::text[], :right_types::text[], :languages::text[], :right_snapshots::text[],
    :findings::text[]
) WITH ORDINALITY AS r (right_id, right_key, right_type, language, right_snapshot, findings, report) USING (report)
ORDER BY n.marketplace, n.listing_id, r.right_key
ON CONFLICT (marketplace, listing_id, right_key) WHERE state IN ({OPEN_IN_SQL})
DO UPDATE SET version = t.version + 2, updated_at = excluded.updated_at, findings = t.findings || excluded.findings,
              seller_id = coalesce(t.seller_id, excluded.seller_id), searched_right_type = NULL,
              severity = least(t.severity, excluded.severity), due_at = least(t.due_at, excluded.due_at),
              round = t.round + (t.state = 'needs_information')::int,
              state = CASE t.state WHEN 'needs_information' THEN 'pending' ELSE t.state END
RETURNING id, marketplace, listing_id, right_key, right_id, right_type, language, severity, due_at, round, version,
          old.state AS was
""",
    OpenedTask,
    hot=True,
)

MARK_SEARCHED = Query(
    "mark_searched",
    f"""
UPDATE tasks SET searched_right_type = :right_type, version = version + 2, updated_at = :now
WHERE id = :id AND right_type = :right_type AND state IN ({OPEN_IN_SQL}) RETURNING id
""",
    str,
)

KEEP_FITTING_RIGHTS = Statement(
    "keep_fitting_rights",
    """
UPDATE task_items i SET thing = (i.thing::jsonb || jsonb_build_object('fitting_right', r.value))::json
FROM jsonb_to_recordset(:items::text::jsonb) AS f (item_id text, right_id text)
JOIN jsonb_array_elements(:rights::text::jsonb) AS r ON r.value ->> 'id' = f.right_id
WHERE i.item_id = f.item_id AND i.task_id = :task_id
""",
)

ADD_FINDINGS = Statement(
    "add_findings",
    """
UPDATE tasks SET findings = findings || :findings::text::jsonb, version = version + 2, updated_at = :now
WHERE id = ANY(:ids)
""",
)

ATTACH = Statement(
    "attach",
    """
INSERT INTO task_items (item_id, task_id, report_id, account_id, thing, severity, due_at)
SELECT item_id, task_id, report_id, account_id, thing::json, severity, due_at
FROM unnest(
    :item_ids::text[], :task_ids::text[], :report_ids::text[], :account_ids::text[], :things::text[],
    :severities::text[], :due_at::timestamptz[]
) AS i (item_id, task_id, report_id, account_id, thing, severity, due_at)
""",
)

REMEMBER_WITHDRAWAL = Statement(
    "remember_withdrawal",
    """
INSERT INTO item_news AS n (item_id, withdrawn_at) SELECT unnest(:item_ids::text[]), :now
ON CONFLICT (item_id) DO UPDATE SET withdrawn_at = coalesce(n.withdrawn_at, excluded.withdrawn_at)
""",
)

DETACH = Statement(
    "detach",
    """
UPDATE task_items SET withdrawn_at = :now
WHERE item_id = ANY(:item_ids) AND task_id = ANY(:task_ids) AND withdrawn_at IS NULL
""",
)

CANCEL_TASKS = Query(
    "cancel_tasks",
    """
UPDATE tasks t SET state = 'cancelled', version = t.version + 2, updated_at = :now
WHERE t.id = ANY(:ids) AND NOT EXISTS (SELECT FROM task_items i WHERE i.task_id = t.id AND i.withdrawn_at IS NULL)
RETURNING t.id, t.round, t.version
""",
    CancelledTask,
    hot=True,
)

# What is on no task, or has left it. An item that is not here yet never comes to a task: its withdrawal is remembered.
FREE_ITEMS = Query(
    "free_items",
    """
SELECT a.item_id FROM unnest(:item_ids::text[]) AS a(item_id)
WHERE NOT EXISTS (SELECT FROM task_items i WHERE i.item_id = a.item_id AND i.withdrawn_at IS NULL)
""",
    str,
    hot=True,
)

OWN_TASKS = Query(
    "own_tasks",
    f"""
SELECT t.id, t.right_type, t.language, t.severity, t.round, t.due_at, t.created_at, {_STATE}
FROM (
    SELECT DISTINCT task_id FROM leases
    WHERE change = 'claimed' AND account_id = :account_id AND (:after::text IS NULL OR task_id < :after)
        AND (:own::text[] IS NULL OR EXISTS (SELECT FROM tasks o WHERE o.id = task_id AND o.marketplace = ANY(:own)))
    ORDER BY task_id DESC LIMIT :limit
) own JOIN tasks t ON t.id = own.task_id ORDER BY t.id DESC
""",
    OwnTask,
    hot=True,
)

READ_TASK = Query(
    "read_task",
    f"""
SELECT {PACKET_COLUMNS}, t.marketplace, {_STATE}, h.account_id AS held_by
FROM tasks t {ITEMS} {EARLIER} {CAPTURES} {IN_FORCE} LEFT JOIN holds h ON h.task_id = t.id AND h.expires_at > :now
WHERE t.id = :id
""",
    TaskInFull,
    hot=True,
)

JUDGEMENTS_OF = Query(
    "judgements_of",
    """
SELECT id, task_id, round, reviewer, outcome, code, clauses::text, note, public_reason, seconds_spent,
       right_type, judged_at
FROM judgements WHERE task_id = :task_id AND (:account_id::text IS NULL OR account_id = :account_id) ORDER BY id
""",
    TaskJudgement,
    hot=True,
)
