"""What else is heard of a task: its items are triaged, taken back or explained, and the desk answers a reviewer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from services.review.domain import queues
from services.review.domain.tasks import ADD_FINDINGS, lock_report
from shared.contracts.events import (
    EscalationResolved,
    ReportInformationProvided,
    ReportReopened,
    ReportRescheduled,
    ReportSuspected,
    ReportTriaged,
    ReportWithdrawn,
)

_HEAR_TRIAGE = """
INSERT INTO item_news AS n (item_id, triage_version, severity, due_at)
SELECT unnest($1::text[]), $4, unnest($2::text[]), unnest($3::timestamptz[])
ON CONFLICT (item_id) DO UPDATE SET triage_version = excluded.triage_version, severity = excluded.severity,
                                    due_at = excluded.due_at
WHERE n.triage_version IS NULL OR n.triage_version < excluded.triage_version
RETURNING item_id
"""
_HEAR_SUSPICION = """
INSERT INTO item_news AS n (item_id, findings) SELECT unnest($1::text[]), $2::text::jsonb
ON CONFLICT (item_id) DO UPDATE SET findings = excluded.findings
"""
_HEAR_WITHDRAWAL = """
INSERT INTO item_news AS n (item_id, withdrawn_at) SELECT unnest($1::text[]), $2
ON CONFLICT (item_id) DO UPDATE SET withdrawn_at = coalesce(n.withdrawn_at, excluded.withdrawn_at)
"""
# In the order of ids, as whoever locks several tasks must.
_LOCK_TASKS = """
SELECT t.id, t.state FROM tasks t
WHERE t.id IN (SELECT task_id FROM task_items WHERE item_id = ANY($1) AND withdrawn_at IS NULL)
  AND t.state IN ('pending', 'needs_information', 'escalated')
ORDER BY t.id FOR UPDATE
"""
_TRIAGE_ITEMS = """
UPDATE task_items i SET severity = n.severity, due_at = n.due_at
FROM item_news n WHERE n.item_id = ANY($1) AND i.item_id = n.item_id AND i.task_id = ANY($2)
"""
_DETACH = """
UPDATE task_items SET withdrawn_at = $3
WHERE item_id = ANY($1) AND task_id = ANY($2) AND withdrawn_at IS NULL
"""
_WEIGH = """
UPDATE tasks t SET severity = w.severity, due_at = w.due_at, version = t.version + 2, updated_at = $2
FROM (SELECT task_id, min(severity) AS severity, min(due_at) AS due_at
      FROM task_items WHERE task_id = ANY($1) AND withdrawn_at IS NULL GROUP BY task_id) w
WHERE t.id = w.task_id AND (t.severity <> w.severity OR t.due_at <> w.due_at)
"""
_CANCEL = """
UPDATE tasks t SET state = 'cancelled', version = t.version + 2, updated_at = $2
WHERE t.id = ANY($1) AND NOT EXISTS (SELECT FROM task_items i WHERE i.task_id = t.id AND i.withdrawn_at IS NULL)
RETURNING t.id
"""
_LEAVE_QUEUE = "DELETE FROM waiting WHERE task_id = ANY($1)"
_END_HOLDS = """
WITH ended AS (DELETE FROM holds WHERE task_id = ANY($1) RETURNING *)
INSERT INTO leases (fence, change, task_id, round, account_id, reviewer, at, expires_at)
SELECT e.fence, 'cancelled', e.task_id, t.round, e.account_id, e.reviewer, $2, e.expires_at
FROM ended e JOIN tasks t ON t.id = e.task_id
"""
# The answer is kept whatever the task's state is by now; only a task that waited for it comes back.
_BRING_BACK = """
UPDATE tasks SET state = CASE state WHEN $2 THEN 'pending' ELSE state END, round = round + (state = $2)::int,
                 version = version + 2, updated_at = $3, notes = notes || $4::text::jsonb
WHERE id = ANY($1) AND state IN ('pending', 'needs_information', 'escalated')
RETURNING id, old.state = $2 AS returned
"""


async def triage(connection: Any, triaged: ReportTriaged | ReportRescheduled, *, now: datetime) -> None:
    """Take over severities and clocks, as the rules gave them or as they run on after a pause.

    They may be heard of before the report itself.
    """
    await lock_report(connection, triaged.report_id)
    heard = await connection.fetch(
        _HEAR_TRIAGE,
        [item.item_id for item in triaged.items],
        [item.severity.value for item in triaged.items],
        [item.decide_due_at for item in triaged.items],
        triaged.version,
    )
    item_ids = [row["item_id"] for row in heard]
    task_ids = [row["id"] for row in await connection.fetch(_LOCK_TASKS, item_ids)]
    if task_ids:
        await connection.execute(_TRIAGE_ITEMS, item_ids, task_ids)
        await _weigh(connection, task_ids, now)


async def suspect(connection: Any, suspected: ReportSuspected, *, now: datetime) -> None:
    """Put what looks like misuse among the findings of the tasks on which these items hang.

    It may be heard of before the report itself; then the items wait for their report.
    """
    await lock_report(connection, suspected.report_id)
    findings = orjson.dumps([finding.model_dump(mode="json") for finding in suspected.findings]).decode()
    await connection.execute(_HEAR_SUSPICION, list(suspected.item_ids), findings)
    task_ids = [row["id"] for row in await connection.fetch(_LOCK_TASKS, list(suspected.item_ids))]
    if task_ids:
        await connection.execute(ADD_FINDINGS, task_ids, findings, now)


async def detach(connection: Any, withdrawn: ReportWithdrawn, *, now: datetime) -> None:
    """Take withdrawn items off their tasks; a task with none left is cancelled, and its lease with it.

    An item whose task is decided by then stays decided: the withdrawal came too late.
    """
    await lock_report(connection, withdrawn.report_id)
    item_ids = list(withdrawn.item_ids)
    await connection.execute(_HEAR_WITHDRAWAL, item_ids, now)
    task_ids = [row["id"] for row in await connection.fetch(_LOCK_TASKS, item_ids)]
    if not task_ids:
        return
    await connection.execute(_DETACH, item_ids, task_ids, now)
    cancelled = [row["id"] for row in await connection.fetch(_CANCEL, task_ids, now)]
    if cancelled:
        await connection.execute(_LEAVE_QUEUE, cancelled)
        await connection.execute(_END_HOLDS, cancelled, now)
    await _weigh(connection, task_ids, now)


async def inform(connection: Any, provided: ReportInformationProvided | ReportReopened, *, now: datetime) -> None:
    """Bring tasks back whose reporter has answered; the answer is in the packet of the next round."""
    await lock_report(connection, provided.report_id)
    locked = await connection.fetch(_LOCK_TASKS, list(provided.item_ids))
    note = {
        "kind": "information",
        "text": provided.explanation,
        "evidence": [str(evidence) for evidence in provided.evidence_ids],
        "report_id": str(provided.report_id),
        "at": now,
    }
    await _bring_back(connection, [row["id"] for row in locked], "needs_information", note, now)


async def answer_escalation(connection: Any, resolved: EscalationResolved, *, now: datetime) -> None:
    """Bring a task back that a reviewer had escalated, with the desk's answer."""
    if resolved.task_id is None:
        return
    await connection.execute("SELECT FROM tasks WHERE id = $1 FOR UPDATE", resolved.task_id)
    note = {
        "kind": "escalation",
        "text": resolved.answer or resolved.reason,
        "escalation_id": str(resolved.escalation_id),
        "at": now,
    }
    await _bring_back(connection, [resolved.task_id], "escalated", note, now)


async def _bring_back(
    connection: Any, task_ids: Sequence[str], state: str, note: dict[str, Any], now: datetime
) -> None:
    rows = await connection.fetch(
        _BRING_BACK, list(task_ids), state, now, orjson.dumps([note], option=orjson.OPT_UTC_Z).decode()
    )
    await queues.place(connection, [row["id"] for row in rows if row["returned"]], fresh=True)


async def _weigh(connection: Any, task_ids: Sequence[str], now: datetime) -> None:
    """A task is as pressing as the most pressing of its items."""
    await connection.execute(_WEIGH, task_ids, now)
    await queues.move(connection, task_ids)
