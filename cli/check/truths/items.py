"""Truth 9: all services say the same of one report item: whether it is decided, and how, or withdrawn, or open."""

from collections.abc import Iterable
from typing import Any

from cli.check.evidence import Evidence
from cli.check.findings import Findings
from cli.check.reading import Along, Row

_ITEMS = """
SELECT id, report_id, state, decision_id, withdrawal_requested_at IS NOT NULL AS asked FROM report_items ORDER BY id
"""
_ON_TASKS = """
SELECT i.item_id AS id, t.state, i.withdrawn_at IS NOT NULL AS withdrawn, d.id AS decision_id, e.id AS enforcement_id,
    e.applied_at
FROM task_items i JOIN tasks t ON t.id = i.task_id
LEFT JOIN decisions d ON d.task_id = i.task_id LEFT JOIN enforcements e ON e.decision_id = d.id
ORDER BY i.item_id, d.round DESC
"""
_CLOCKS = "SELECT item_id AS id, ended_at IS NOT NULL AS ended FROM item_clocks WHERE severity IS NOT NULL ORDER BY id"
_DECISIONS_TOLD = """
SELECT item ->> 'item_id' AS id, d.decision_id, e.applied_at
FROM decisions_told d CROSS JOIN LATERAL jsonb_array_elements(d.event -> 'items') AS item
LEFT JOIN decision_enforcements e ON e.decision_id = d.decision_id
ORDER BY (item ->> 'item_id') COLLATE "C"
"""
_WITHDRAWALS_TOLD = """
SELECT item_id AS id FROM feed CROSS JOIN LATERAL jsonb_array_elements_text(envelope #> '{data,item_ids}') AS item_id
WHERE type = 'marque.report.withdrawn.v1' ORDER BY item_id COLLATE "C"
"""
_QUESTIONS = """
SELECT id, task_id, item_id FROM escalations WHERE kind = 'reviewer_question' AND state <> 'resolved'
AND task_id IS NOT NULL ORDER BY task_id COLLATE "C"
"""
_ENDED_TASKS = "SELECT id, state FROM tasks WHERE state IN ('decided', 'cancelled') ORDER BY id"
_DECIDED = frozenset({"accepted", "actioned", "appealed", "restored", "rejected"})


async def the_services_say_the_same_of_one_item(evidence: Evidence) -> Findings:
    """Lay beside each item of intake what review, escalation and notify hold of it, and the desk's questions."""
    findings = Findings(9, "all services say the same of one item: open, decided and how, or withdrawn")
    on_tasks = Along(evidence.read("review", _ON_TASKS), "id")
    clocks = Along(evidence.read("escalation", _CLOCKS), "id")
    decisions = Along(evidence.read("notify", _DECISIONS_TOLD), "id")
    withdrawals = Along(evidence.read("notify", _WITHDRAWALS_TOLD), "id")
    async for item in evidence.read("intake", _ITEMS):
        findings.checked += 1
        key = item["id"]
        attached, clock = await on_tasks.at(key), await clocks.at(key)
        told, gone = await decisions.at(key), await withdrawals.at(key)
        faults = [
            *_review_faults(item, attached),
            *_clock_faults(item, clock),
            *_notify_faults(item, told, withdrawn=bool(gone)),
            *_effect_faults(item, attached, told),
        ]
        if item["asked"] and _end_of(item) == "open" and evidence.asked.quiet:
            faults.append("was asked to be withdrawn, and review has not said whether that came in time")
        ids = [key, item["report_id"], item["decision_id"], *_named(attached), *_named(told)]
        _report(evidence, findings, key, faults, ids)
    await _questions_have_their_task(evidence, findings)
    return findings


def _end_of(item: Row) -> str:
    """Return how an item ended as intake says: decided, withdrawn, or open still."""
    if item["state"] in _DECIDED:
        return "decided"
    return "withdrawn" if item["state"] == "withdrawn" else "open"


def _review_faults(item: Row, attached: list[Row]) -> list[str]:
    said, end = f"is {item['state']} in intake", _end_of(item)
    if not attached:
        return [f"{said}, and review has no task of it"] if end == "decided" else []
    row = attached[0]
    decided = not row["withdrawn"] and row["decision_id"] is not None
    if end == "withdrawn" and not row["withdrawn"]:
        return [f"{said}, and on a task that is {row['state']} in review"]
    if end != "withdrawn" and row["withdrawn"]:
        return [f"{said}, and withdrawn in review"]
    if end == "decided" and item["decision_id"] not in {each["decision_id"] for each in attached}:
        return [f"{said} by {item['decision_id']}, and review decided it by {row['decision_id']}"]
    return [f"{said}, and decided by {row['decision_id']} in review"] if end == "open" and decided else []


def _clock_faults(item: Row, clocks: list[Row]) -> list[str]:
    if not clocks or clocks[0]["ended"] == (_end_of(item) != "open"):
        return []
    runs = "has ended" if clocks[0]["ended"] else "runs on"
    return [f"is {item['state']} in intake, and its clock {runs} in escalation"]


def _notify_faults(item: Row, told: list[Row], *, withdrawn: bool) -> list[str]:
    said, end, decisions = f"is {item['state']} in intake", _end_of(item), {row["decision_id"] for row in told}
    faults = []
    if end == "decided" and item["decision_id"] not in decisions:
        faults.append(f"{said}, and notify knows no {item['decision_id']} of it")
    if end != "decided" and decisions:
        faults.append(f"{said}, and notify told of {', '.join(sorted(decisions))}")
    if withdrawn and end != "withdrawn":
        faults.append(f"{said}, and its reporter was told that it is withdrawn")
    return faults


def _effect_faults(item: Row, attached: list[Row], told: list[Row]) -> list[str]:
    """Return where services disagree on whether the marketplace has acted, or since when."""
    made = next((row for row in attached if row["decision_id"] == item["decision_id"] is not None), None)
    known = next((row for row in told if row["decision_id"] == item["decision_id"] is not None), None)
    if made is None or made["enforcement_id"] is None:
        return []
    faults = []
    if (made["applied_at"] is not None) != (item["state"] == "actioned"):
        faults.append(f"is {item['state']} in intake, and applied at {made['applied_at']} in review")
    if known is not None and known["applied_at"] != made["applied_at"]:
        faults.append(f"was applied at {made['applied_at']} in review, and at {known['applied_at']} in notify")
    return faults


async def _questions_have_their_task(evidence: Evidence, findings: Findings) -> None:
    """A reviewer's question that stands at the desk is about a task that somebody still can judge."""
    ended = Along(evidence.read("review", _ENDED_TASKS), "id")
    async for question in evidence.read("escalation", _QUESTIONS):
        findings.checked += 1
        if tasks := await ended.at(question["task_id"]):
            why = f"asks about {question['task_id']}, which is {tasks[0]['state']} in review"
            _report(evidence, findings, question["id"], [why], [question["task_id"], question["item_id"]])


def _report(evidence: Evidence, findings: Findings, row: str, faults: Iterable[str], ids: Iterable[str | None]) -> None:
    named = [row, *ids]
    for why in faults:
        if evidence.is_moving(*named):
            findings.in_flight += 1
            return
        findings.offend(row, why)


def _named(rows: list[Row]) -> list[Any]:
    return [row[name] for row in rows for name in ("decision_id", "enforcement_id") if name in row.keys()]  # noqa: SIM118 - a record has no containment by key
