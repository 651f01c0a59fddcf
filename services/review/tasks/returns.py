"""Inbound events of a task: its items are triaged or explained, and the desk answers a reviewer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from services.review.captures.captures import keep_captures
from services.review.tasks import queues, statements
from services.review.tasks.tasks import lock_report
from shared.contracts.codes import EscalationKind, Outcome
from shared.contracts.events import (
    EscalationResolved,
    ListingCaptured,
    ReportInformationProvided,
    ReportReopened,
    ReportRescheduled,
    ReportSuspected,
    ReportTriaged,
    RightSearched,
)
from shared.contracts.events.reports import TriagedItem
from shared.runtime.locks import Lock
from shared.runtime.statements import Executor


async def triage(connection: Executor, events: Sequence[ReportTriaged | ReportRescheduled], *, now: datetime) -> None:
    """Take over severities and clocks, as the rules gave them or as they run on after a pause.

    Their events may come before the reports' own.
    """
    await Lock.REPORT.take_all(connection, {event.report_id for event in events})
    newest: dict[str, tuple[int, TriagedItem]] = {}
    for event in events:
        for item in event.items:
            if item.item_id not in newest or newest[item.item_id][0] < event.version:
                newest[item.item_id] = (event.version, item)
    changed = await statements.KEEP_TRIAGE.all(
        connection,
        item_ids=list(newest),
        versions=[version for version, _ in newest.values()],
        severities=[item.severity.value for _, item in newest.values()],
        due_at=[item.decide_due_at for _, item in newest.values()],
    )
    task_ids = await statements.LOCK_OPEN_TASKS.all(connection, item_ids=changed)
    if task_ids:
        await statements.TRIAGE_ITEMS.run(connection, item_ids=changed, task_ids=task_ids)
        await reprioritise(connection, task_ids, now)


async def suspect(connection: Executor, suspected: ReportSuspected, *, now: datetime) -> None:
    """Put what looks like misuse among the findings of the tasks to which these items are attached.

    It may come before the report's own event; then the items wait for their report.
    """
    await lock_report(connection, suspected.report_id)
    findings = orjson.dumps([finding.model_dump(mode="json") for finding in suspected.findings]).decode()
    await statements.KEEP_SUSPICION.run(connection, item_ids=list(suspected.item_ids), findings=findings)
    locked = await statements.LOCK_OPEN_TASKS.all(connection, item_ids=list(suspected.item_ids))
    if locked:
        await statements.ADD_FINDINGS.run(connection, ids=locked, findings=findings, now=now)


async def capture(connection: Executor, events: Sequence[ListingCaptured], *, now: datetime) -> None:
    """Take in what listings looked like, and whose they are. It may come before the reports' own events."""
    await Lock.REPORT.take_all(connection, {item.report_id for captured in events for item in captured.items})
    await keep_captures(connection, events)
    sellers: dict[str, str] = {}
    for captured in events:
        if captured.listing.seller is not None:
            for item in captured.items:
                sellers.setdefault(item.item_id, captured.listing.seller.seller_id)
    if not sellers:
        return
    item_ids = list(sellers)
    await statements.KEEP_SELLERS.run(connection, item_ids=item_ids, seller_ids=list(sellers.values()))
    locked = await statements.LOCK_OPEN_TASKS.all(connection, item_ids=item_ids)
    if locked:
        await statements.NAME_SELLERS.run(connection, item_ids=item_ids, ids=locked, now=now)
    await statements.NAME_SELLERS_OF_DECISIONS.run(connection, item_ids=item_ids)


async def inform(connection: Executor, provided: ReportInformationProvided | ReportReopened, *, now: datetime) -> None:
    """Bring tasks back whose reporter has answered; the answer is in the packet of the next round."""
    await lock_report(connection, provided.report_id)
    locked = await statements.LOCK_OPEN_TASKS.all(connection, item_ids=list(provided.item_ids))
    note = {
        "kind": "information",
        "text": provided.explanation,
        "evidence": [str(evidence) for evidence in provided.evidence_ids],
        "report_id": str(provided.report_id),
        "at": now,
    }
    await _bring_back(connection, locked, "needs_information", Outcome.NEEDS_INFORMATION, note, now)


async def answer_escalation(connection: Executor, resolved: EscalationResolved, *, now: datetime) -> None:
    """Bring a task back that a reviewer had escalated, with the desk's answer.

    Only the reviewer's question brings it back. Another escalation of the same task, such as a missed clock, may be
    resolved while that question is open: its answer, where it has one, is a note.
    """
    asked = resolved.kind is EscalationKind.REVIEWER_QUESTION
    if resolved.task_id is None or not (asked or resolved.answer):
        return
    await statements.LOCK_TASKS.all(connection, ids=[resolved.task_id])
    note = {
        "kind": "escalation",
        "text": resolved.answer or resolved.reason,
        "escalation_id": str(resolved.escalation_id),
        "at": now,
    }
    state, outcome = ("escalated", Outcome.ESCALATE) if asked else (None, None)
    await _bring_back(connection, [resolved.task_id], state, outcome, note, now)


async def _bring_back(
    connection: Executor,
    task_ids: Sequence[str],
    state: str | None,
    asked: Outcome | None,
    note: dict[str, Any],
    now: datetime,
) -> None:
    """Keep an answer, with the round of the question that it answers, and bring back what waits in this state."""
    rows = await statements.BRING_BACK.all(
        connection,
        ids=list(task_ids),
        state=state,
        asked=asked,
        now=now,
        note=orjson.dumps(note, option=orjson.OPT_UTC_Z).decode(),
    )
    await queues.place(connection, [task.id for task in rows if task.returned], fresh=True)


async def keep_fitting_rights(connection: Executor, searched: RightSearched, *, now: datetime) -> None:
    """Show the rights of the reporters' vaults that fit the type to which a task was re-routed, if it still has it."""
    right_type = searched.right_type.value
    if await statements.MARK_SEARCHED.all(connection, id=searched.task_id, right_type=right_type, now=now):
        found = searched.model_dump(mode="json", include={"rights", "items"})
        await statements.KEEP_FITTING_RIGHTS.run(
            connection,
            task_id=searched.task_id,
            rights=orjson.dumps(found["rights"]).decode(),
            items=orjson.dumps(found["items"]).decode(),
        )


async def reprioritise(connection: Executor, task_ids: Sequence[str], now: datetime) -> None:
    """A task is as pressing as the most pressing of its items."""
    await statements.REPRIORITISE.run(connection, ids=task_ids, now=now)
    await queues.move(connection, task_ids)
