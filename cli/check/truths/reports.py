"""Truth 1: every report that was answered with success exists, and each of its items ends in exactly one outcome."""

import re

from cli.check.evidence import Evidence
from cli.check.findings import Findings
from cli.check.reading import Along, Row
from cli.check.stored import evidence_is_kept

_REPORTS = """
SELECT r.id, r.state, r.completed_at IS NOT NULL AS completed, count(i.id) AS items,
    count(*) FILTER (WHERE i.state IN ('received', 'queued', 'in_review', 'needs_information')) AS open
FROM reports r LEFT JOIN report_items i ON i.report_id = r.id
GROUP BY r.id ORDER BY r.id
"""
_ITEMS = """
SELECT i.id, i.report_id, i.state, i.decision_id, i.code, coalesce(t.outcomes, '{}') AS outcomes
FROM report_items i LEFT JOIN (
    SELECT item_id, array_agg(state ORDER BY seq) AS outcomes FROM timeline
    WHERE item_id IS NOT NULL AND state IN ('accepted', 'rejected', 'withdrawn') GROUP BY item_id
) t ON t.item_id = i.id
ORDER BY i.id
"""
_DECIDED = """
SELECT i.item_id AS id, d.id AS decision_id, d.verdict, i.withdrawn_at IS NOT NULL AS withdrawn
FROM task_items i JOIN decisions d ON d.task_id = i.task_id ORDER BY i.item_id, d.round DESC
"""
_ANSWERS = """
SELECT convert_from(body, 'UTF8') AS body FROM idempotency_keys WHERE status = 201
AND position('"rep_'::bytea in body) > 0
"""
_EXISTS = (
    "SELECT id FROM unnest($1::text[]) AS asked(id) WHERE NOT EXISTS (SELECT FROM reports r WHERE r.id = asked.id)"
)
_ANSWERED = re.compile(r'"id":\s*"(rep_[0-9a-z]{26})"')
_UNDECIDED = frozenset({"received", "queued", "in_review", "needs_information", "closed"})
"""Closed for want of an answer is an end that the answer can undo: no outcome, and none may have been made."""
_OUTCOME = {
    "accepted": "accepted",
    "actioned": "accepted",
    "appealed": "accepted",
    "restored": "accepted",
    "rejected": "rejected",
    "withdrawn": "withdrawn",
}
_LOT = 500


async def every_report_ends_once(evidence: Evidence) -> Findings:
    """Compare reports with the answers given and with their files, items with their timeline and review's decisions."""
    findings = Findings(1, "every report that got a 2xx exists, and each item ends in exactly one outcome")
    await _answered_reports_exist(evidence, findings)
    await _reports_agree_with_their_items(evidence, findings)
    await _items_end_once(evidence, findings)
    await evidence_is_kept(evidence, findings)
    return findings


async def _answered_reports_exist(evidence: Evidence, findings: Findings) -> None:
    """Check that everything a client was told is stored: by the kept answers, and by a list of what was filed."""
    lot: list[str] = []

    async def look_up() -> None:
        for row in await evidence.connections["intake"].fetch(_EXISTS, lot):
            findings.offend(row["id"], "was answered with success, and is not there")
        lot.clear()

    async for answer in evidence.read("intake", _ANSWERS):
        if (found := _ANSWERED.search(answer["body"])) is not None:
            lot.append(found[1])
            if len(lot) >= _LOT:
                await look_up()
    if evidence.asked.filed is not None:
        with evidence.asked.filed.open() as lines:
            for line in filter(None, map(str.strip, lines)):
                lot.append(line)
                if len(lot) >= _LOT:
                    await look_up()
    await look_up()


async def _reports_agree_with_their_items(evidence: Evidence, findings: Findings) -> None:
    async for report in evidence.read("intake", _REPORTS):
        findings.checked += 1
        if report["items"] == 0:
            findings.offend(report["id"], "has no items")
        elif report["completed"] != (report["open"] == 0):
            findings.offend(report["id"], f"is {report['state']} while {report['open']} of its items are open")
        elif report["open"]:
            findings.in_flight += 1
            if evidence.asked.finished:
                findings.offend(report["id"], f"has {report['open']} items without an outcome")


async def _items_end_once(evidence: Evidence, findings: Findings) -> None:
    decided = Along(evidence.read("review", _DECIDED), "id")
    async for item in evidence.read("intake", _ITEMS):
        findings.checked += 1
        why = _outcome_fault(item) or _decision_fault(item, await decided.at(item["id"]))
        if why is None:
            continue
        if evidence.is_moving(item["id"], item["report_id"], item["decision_id"]):
            findings.in_flight += 1
        else:
            findings.offend(item["id"], why)


def _outcome_fault(item: Row) -> str | None:
    """Yield what is wrong with an item by itself."""
    outcomes = list(item["outcomes"])
    if item["state"] in _UNDECIDED:
        return f"is {item['state']} and had the outcome {', '.join(outcomes)}" if outcomes else None
    if outcomes != [_OUTCOME[item["state"]]]:
        return f"is {item['state']}, and its timeline tells of {', '.join(outcomes) or 'no outcome'}"
    decided = _OUTCOME[item["state"]] != "withdrawn"
    if decided != (item["decision_id"] is not None and item["code"] is not None):
        return f"is {item['state']} {'without' if decided else 'with'} a decision"
    return None


def _decision_fault(item: Row, decisions: list[Row]) -> str | None:
    """Return where an item and review's decision on it disagree. An item that was taken back needs none."""
    if item["decision_id"] is not None:
        made = next((row for row in decisions if row["decision_id"] == item["decision_id"]), None)
        if made is None:
            return f"names the decision {item['decision_id']}, which review did not make on its task"
        if made["verdict"] != _OUTCOME[item["state"]]:
            return f"is {item['state']}, and {made['decision_id']} is {made['verdict']}"
        return None
    if item["state"] in _UNDECIDED and any(not row["withdrawn"] for row in decisions):
        return f"is {item['state']}, though {decisions[0]['decision_id']} decides it"
    return None
