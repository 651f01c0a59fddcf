"""Truth 2: one open task for a listing and a right; every report item is attached on exactly one task."""

from cli.check.evidence import Evidence
from cli.check.findings import Findings
from cli.check.reading import Row, together

_DOUBLE = """
SELECT marketplace, listing_id, right_key, array_agg(id ORDER BY id) AS ids FROM tasks
WHERE state IN ('pending', 'needs_information', 'escalated')
GROUP BY marketplace, listing_id, right_key HAVING count(*) > 1
"""
_PLACES = """
SELECT t.id, t.state, (w.task_id IS NOT NULL)::int + (h.task_id IS NOT NULL)::int AS places,
    d.task_id IS NOT NULL AS decided
FROM tasks t LEFT JOIN waiting w ON w.task_id = t.id LEFT JOIN holds h ON h.task_id = t.id
LEFT JOIN (SELECT DISTINCT task_id FROM decisions) d ON d.task_id = t.id
ORDER BY t.id
"""
_FILED = "SELECT id, report_id, marketplace, listing_id, right_id, state FROM report_items ORDER BY id"
_ATTACHED = """
SELECT i.item_id AS id, i.task_id, i.report_id, t.id IS NOT NULL AS there, t.marketplace, t.listing_id,
    coalesce(i.thing #>> '{right,id}', t.right_id) AS right_id
FROM task_items i LEFT JOIN tasks t ON t.id = i.task_id ORDER BY i.item_id
"""


async def one_open_task_for_each_question(evidence: Evidence) -> Findings:
    """Look for doubled and lost tasks, then lay intake's items beside review's."""
    findings = Findings(2, "one open task for a listing and right; every report item is attached on exactly one task")
    async for double in evidence.read("review", _DOUBLE):
        findings.offend(" ".join(double["ids"]), f"are all open for {double['listing_id']} under {double['right_key']}")
    async for task in evidence.read("review", _PLACES):
        findings.checked += 1
        if why := _place_fault(task):
            findings.offend(task["id"], why)
    sides = {"filed": evidence.read("intake", _FILED), "attached": evidence.read("review", _ATTACHED)}
    async for item_id, met in together("id", **sides):
        findings.checked += 1
        why = _item_fault(met.get("filed"), met.get("attached"))
        if why is None:
            continue
        if evidence.is_moving(item_id, *(row["report_id"] for row in met.values())):
            findings.in_flight += 1
        else:
            findings.offend(item_id, why)
    return findings


def _place_fault(task: Row) -> str | None:
    """A pending task waits in its queue or is held by a reviewer; any other is in neither place."""
    wanted = 1 if task["state"] == "pending" else 0
    if task["places"] != wanted:
        where = ("neither in its queue nor held", "in its queue or held", "in its queue and held")[task["places"]]
        return f"is {task['state']} and {where}"
    if (task["state"] == "decided") != task["decided"]:
        return f"is {task['state']} {'with' if task['decided'] else 'without'} a decision"
    return None


def _item_fault(filed: Row | None, attached: Row | None) -> str | None:
    if filed is None:
        return "is attached on a task, and was never filed"
    if attached is None:
        return None if filed["state"] == "withdrawn" else "was filed, and is attached on no task"
    if not attached["there"]:
        return f"is attached on {attached['task_id']}, which is not there"
    question = ("marketplace", "listing_id", "right_id")
    if any(filed[name] != attached[name] for name in question):
        return f"is attached on {attached['task_id']}, which is about another listing or right"
    return None
