"""Inbound events of a task: its items are triaged or explained, and the desk answers a reviewer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from services.review.tasks import queues
from services.review.tasks.tasks import ADD_FINDINGS, lock_report
from shared.contracts.codes import EscalationKind
from shared.contracts.events import (
    EscalationResolved,
    ReportInformationProvided,
    ReportReopened,
    ReportRescheduled,
    ReportSuspected,
    ReportTriaged,
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
# In the order of ids, as whoever locks several tasks must.
LOCK_OPEN_TASKS = """
SELECT t.id, t.state FROM tasks t
WHERE t.id IN (SELECT task_id FROM task_items WHERE item_id = ANY($1) AND withdrawn_at IS NULL)
  AND t.state IN ('pending', 'needs_information', 'escalated')
ORDER BY t.id FOR UPDATE
"""
_TRIAGE_ITEMS = """
UPDATE task_items i SET severity = n.severity, due_at = n.due_at
FROM item_news n WHERE n.item_id = ANY($1) AND i.item_id = n.item_id AND i.task_id = ANY($2)
"""
_REPRIORITISE = """
UPDATE tasks t SET severity = w.severity, due_at = w.due_at, version = t.version + 2, updated_at = $2
FROM (SELECT task_id, min(severity) AS severity, min(due_at) AS due_at
      FROM task_items WHERE task_id = ANY($1) AND withdrawn_at IS NULL GROUP BY task_id) w
WHERE t.id = w.task_id AND (t.severity <> w.severity OR t.due_at <> w.due_at)
"""
# The answer is kept whatever the task's state is by now; only a task that waited for it comes back.
_BRING_BACK = """
UPDATE tasks SET state = CASE state WHEN $2 THEN 'pending' ELSE state END,
                 round = round + (state IS NOT DISTINCT FROM $2)::int,
                 version = version + 2, updated_at = $3, notes = notes || $4::text::jsonb
WHERE id = ANY($1) AND state IN ('pending', 'needs_information', 'escalated')
RETURNING id, old.state IS NOT DISTINCT FROM $2 AS returned
"""


async def triage(connection: Any, triaged: ReportTriaged | ReportRescheduled, *, now: datetime) -> None:
    """Take over severities and clocks, as the rules gave them or as they run on after a pause.

    Their events may come before the report's own.
    """
    await lock_report(connection, triaged.report_id)
    changed = await connection.fetch(
        _HEAR_TRIAGE,
        [item.item_id for item in triaged.items],
        [item.severity.value for item in triaged.items],
        [item.decide_due_at for item in triaged.items],
        triaged.version,
    )
    item_ids = [row["item_id"] for row in changed]
    task_ids = [row["id"] for row in await connection.fetch(LOCK_OPEN_TASKS, item_ids)]
    if task_ids:
        await connection.execute(_TRIAGE_ITEMS, item_ids, task_ids)
        await reprioritise(connection, task_ids, now)


async def suspect(connection: Any, suspected: ReportSuspected, *, now: datetime) -> None:
    """Put what looks like misuse among the findings of the tasks to which these items are attached.

    It may come before the report's own event; then the items wait for their report.
    """
    await lock_report(connection, suspected.report_id)
    findings = orjson.dumps([finding.model_dump(mode="json") for finding in suspected.findings]).decode()
    await connection.execute(_HEAR_SUSPICION, list(suspected.item_ids), findings)
    task_ids = [row["id"] for row in await connection.fetch(LOCK_OPEN_TASKS, list(suspected.item_ids))]
    if task_ids:
        await connection.execute(ADD_FINDINGS, task_ids, findings, now)


async def inform(connection: Any, provided: ReportInformationProvided | ReportReopened, *, now: datetime) -> None:
    """Bring tasks back whose reporter has answered; the answer is in the packet of the next round."""
    await lock_report(connection, provided.report_id)
    locked = await connection.fetch(LOCK_OPEN_TASKS, list(provided.item_ids))
    note = {
        "kind": "information",
        "text": provided.explanation,
        "evidence": [str(evidence) for evidence in provided.evidence_ids],
        "report_id": str(provided.report_id),
        "at": now,
    }
    await _bring_back(connection, [row["id"] for row in locked], "needs_information", note, now)


async def answer_escalation(connection: Any, resolved: EscalationResolved, *, now: datetime) -> None:
    """Bring a task back that a reviewer had escalated, with the desk's answer.

    Only the reviewer's question brings it back. Another escalation of the same task, such as a missed clock, may be
    resolved while that question is open: its answer, where it has one, is a note.
    """
    asked = resolved.kind is EscalationKind.REVIEWER_QUESTION
    if resolved.task_id is None or not (asked or resolved.answer):
        return
    await connection.execute("SELECT FROM tasks WHERE id = $1 FOR UPDATE", resolved.task_id)
    note = {
        "kind": "escalation",
        "text": resolved.answer or resolved.reason,
        "escalation_id": str(resolved.escalation_id),
        "at": now,
    }
    await _bring_back(connection, [resolved.task_id], "escalated" if asked else None, note, now)


async def _bring_back(
    connection: Any, task_ids: Sequence[str], state: str | None, note: dict[str, Any], now: datetime
) -> None:
    rows = await connection.fetch(
        _BRING_BACK, list(task_ids), state, now, orjson.dumps([note], option=orjson.OPT_UTC_Z).decode()
    )
    await queues.place(connection, [row["id"] for row in rows if row["returned"]], fresh=True)


async def reprioritise(connection: Any, task_ids: Sequence[str], now: datetime) -> None:
    """A task is as pressing as the most pressing of its items."""
    await connection.execute(_REPRIORITISE, task_ids, now)
    await queues.move(connection, task_ids)
