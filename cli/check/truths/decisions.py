"""Truth 4: one decision for a task and round; every decision cites clauses that were in force at its time."""

import json
from datetime import datetime
from typing import Any

from cli.check.evidence import Evidence
from cli.check.findings import Findings
from cli.check.reading import Along, Row

_DOUBLE = """
SELECT task_id, round, array_agg(id ORDER BY id) AS ids FROM decisions GROUP BY task_id, round HAVING count(*) > 1
"""
_VERSIONS = """
SELECT v.policy_id, v.number, v.effective_from, v.clauses::text AS clauses, p.right_type
FROM policy_versions v JOIN policies p ON p.id = v.policy_id
WHERE v.state = 'published' ORDER BY v.effective_from, v.number
"""
_DECISIONS = """
SELECT d.id, d.task_id, d.round, d.right_type, d.decided_at, d.clauses::text AS clauses,
    d.judgement_ids::text AS judgement_ids, t.id IS NOT NULL AS there
FROM decisions d LEFT JOIN tasks t ON t.id = d.task_id ORDER BY d.task_id, d.round
"""
_JUDGEMENTS = "SELECT task_id, id, round FROM judgements ORDER BY task_id"


class PublishedVersions:
    """The published versions of every policy, oldest first."""

    def __init__(self, versions: list[Row]) -> None:
        self._versions = [
            (row["right_type"], row["policy_id"], row["number"], row["effective_from"], _codes(row["clauses"]))
            for row in versions
        ]

    def in_force(self, right_type: str, at: datetime) -> tuple[str, int, frozenset[str]] | None:
        """The version of a right type's policy that was in force: its policy, its number, its clauses' codes."""
        found = None
        for kind, policy_id, number, since, codes in self._versions:
            if kind == right_type and since <= at:
                found = (policy_id, number, codes)
        return found


def _codes(clauses: str) -> frozenset[str]:
    return frozenset(clause["code"] for clause in json.loads(clauses))


async def one_decision_a_round_by_clauses_in_force(evidence: Evidence) -> Findings:
    """Hold every decision against the policies as they stood, and against its judgements."""
    findings = Findings(4, "one decision per task and round, by clauses in force at its time")
    async for double in evidence.read("review", _DOUBLE):
        findings.offend(" ".join(double["ids"]), f"all decide round {double['round']} of {double['task_id']}")
    versions = PublishedVersions(await evidence.connections["review"].fetch(_VERSIONS))
    judgements = Along(evidence.read("review", _JUDGEMENTS), "task_id")
    task_id, of_task = "", list[Row]()
    async for decision in evidence.read("review", _DECISIONS):
        findings.checked += 1
        if decision["task_id"] != task_id:
            task_id = decision["task_id"]
            of_task = await judgements.at(task_id)
        for why in _faults(decision, of_task, versions):
            findings.offend(decision["id"], why)
    return findings


def _faults(decision: Row, judgements: list[Row], versions: PublishedVersions) -> list[str]:
    faults = []
    if not decision["there"]:
        faults.append(f"decides {decision['task_id']}, which is not there")
    named = json.loads(decision["judgement_ids"])
    made = {row["id"] for row in judgements if row["round"] == decision["round"]}
    if not named or not made.issuperset(named):
        faults.append("rests on judgements that were not made on its task in its round")
    citations: list[dict[str, Any]] = json.loads(decision["clauses"])
    if not citations:
        faults.append("cites no clause")
    version = versions.in_force(decision["right_type"], decision["decided_at"])
    for citation in citations:
        cited = (citation["policy_id"], citation["version"])
        if version is None or cited != version[:2] or citation["code"] not in version[2]:
            faults.append(f"cites {citation['code']} of {cited[0]} version {cited[1]}, which was not in force then")
    return faults
