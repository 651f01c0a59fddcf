"""Truth 8: the counts of notices and items equal what was filed: work is merged, counts never."""

from cli.check.evidence import Evidence
from cli.check.findings import Findings
from cli.check.reading import Row, together

_FILED = """
SELECT r.id, count(i.id) AS items, count(*) FILTER (WHERE i.state = 'withdrawn') AS withdrawn
FROM reports r LEFT JOIN report_items i ON i.report_id = r.id GROUP BY r.id ORDER BY r.id
"""
_IN_REVIEW = "SELECT report_id AS id, count(*) AS items FROM task_items GROUP BY report_id ORDER BY report_id"
_ON_CLOCKS = """
SELECT report_id AS id, count(*) AS items FROM item_clocks WHERE severity IS NOT NULL
GROUP BY report_id ORDER BY report_id
"""
_TOLD = """
SELECT subject AS id, jsonb_array_length(envelope #> '{data,items}') AS items FROM feed
WHERE type = 'marque.report.submitted.v1' ORDER BY subject COLLATE "C"
"""
_WHERE = {"review": "on tasks", "escalation": "on clocks", "notify": "in the feed"}


async def counts_are_what_was_filed(evidence: Evidence) -> Findings:
    """Lay every report's number of items in intake beside that in every service that works with them."""
    findings = Findings(8, "counts of notices and items equal what was filed")
    filed = 0
    sides = {
        "intake": evidence.read("intake", _FILED),
        "review": evidence.read("review", _IN_REVIEW),
        "escalation": evidence.read("escalation", _ON_CLOCKS),
        "notify": evidence.read("notify", _TOLD),
    }
    async for report_id, met in together("id", **sides):
        findings.checked += 1
        filed += "intake" in met
        why = _fault(met)
        if why is None:
            continue
        if evidence.is_moving(report_id):
            findings.in_flight += 1
        else:
            findings.offend(report_id, why)
    _compare_with_list(evidence, findings, filed)
    return findings


def _fault(met: dict[str, Row]) -> str | None:
    if "intake" not in met:
        return f"is known to {', '.join(met)}, and was never filed"
    items = met["intake"]["items"]
    for service, where in _WHERE.items():
        counted = met[service]["items"] if service in met else 0
        # What is taken back before review hears of the report never is attached on a task.
        least = items - (met["intake"]["withdrawn"] if service == "review" else 0)
        if not least <= counted <= items:
            return f"was filed with {items} items, and {counted} of them are {where}"
    return None


def _compare_with_list(evidence: Evidence, findings: Findings, filed: int) -> None:
    if evidence.asked.filed is None:
        return
    with evidence.asked.filed.open() as lines:
        listed = len({line.strip() for line in lines if line.strip()})
    if listed > filed:
        findings.offend(evidence.asked.filed.name, f"lists {listed} reports, and {filed} are there")
