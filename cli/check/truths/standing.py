"""Truth 10: a reporter's standing counts what was decided, each item once, and filing goes by its suspensions."""

from cli.check.evidence import Evidence
from cli.check.findings import Findings
from cli.check.reading import Along, Row, together

# Counts of items that were decided longer ago are dropped in the end.
_DECIDED = """
SELECT id, account_id, decision_id FROM report_items
WHERE decision_id IS NOT NULL AND state <> 'withdrawn' AND decided_at > now() - interval '300 days' ORDER BY id
"""
_COUNTED = """
SELECT item_id AS id, account_id, decision_id FROM decided_items WHERE decided_at > now() - interval '366 days'
ORDER BY item_id
"""
_SUMS = """
SELECT account_id AS id, sum(items)::bigint AS items, sum(counted)::bigint AS counted FROM (
    SELECT account_id, count(*) AS items, 0 AS counted FROM decided_items
    WHERE (decided_at AT TIME ZONE 'UTC')::date > current_date - 300 GROUP BY account_id
    UNION ALL
    SELECT account_id, 0, sum(decided) FROM standing_days WHERE day > current_date - 300 GROUP BY account_id
) both_sides GROUP BY account_id ORDER BY account_id
"""
_SUSPENDED = """
SELECT account_id AS id, suspended_until FROM reporters
WHERE suspended_until > now() AND applied >= suspended_in ORDER BY account_id
"""
_FILED_BY = "SELECT account_id AS id, suspended_until FROM reporter_ratings ORDER BY account_id"


async def standing_is_what_was_decided(evidence: Evidence) -> Findings:
    """Lay the decided items of intake beside those that conduct counted, and the suspensions of both."""
    findings = Findings(10, "standing counts each decided item once, and filing goes by suspensions")
    sides = {"intake": evidence.read("intake", _DECIDED), "conduct": evidence.read("conduct", _COUNTED)}
    async for item_id, met in together("id", **sides):
        findings.checked += 1
        row = met.get("intake") or met["conduct"]
        _report(evidence, findings, item_id, _count_fault(met), item_id, row["account_id"], row["decision_id"])
    async for account in evidence.read("conduct", _SUMS):
        findings.checked += 1
        if account["items"] != account["counted"]:
            why = f"has {account['items']} items decided, and {account['counted']} of them are counted by day"
            _report(evidence, findings, account["id"], why, account["id"])
    await _suspensions(evidence, findings)
    return findings


def _count_fault(met: dict[str, Row]) -> str | None:
    if "intake" not in met:
        return None  # a report that was closed meanwhile: its reporter was told of the decision all the same
    decision_id = met["intake"]["decision_id"]
    if "conduct" not in met:
        return f"was decided by {decision_id}, and no standing counts it"
    counted = met["conduct"]["decision_id"]
    return None if counted == decision_id else f"was decided by {decision_id}, and is counted as decided by {counted}"


async def _suspensions(evidence: Evidence, findings: Findings) -> None:
    filed_by = Along(evidence.read("intake", _FILED_BY), "id")
    async for reporter in evidence.read("conduct", _SUSPENDED):
        findings.checked += 1
        rows = await filed_by.at(reporter["id"])
        if not rows or rows[0]["suspended_until"] != reporter["suspended_until"]:
            until = f"{reporter['suspended_until']:%Y-%m-%dT%H:%M:%SZ}"
            why = (
                f"is suspended until {until} in conduct, and {'not so' if rows else 'unknown'} where reports are filed"
            )
            _report(evidence, findings, reporter["id"], why, reporter["id"])


def _report(evidence: Evidence, findings: Findings, row: str, why: str | None, *ids: str | None) -> None:
    if why is None:
        return
    if evidence.is_moving(*ids):
        findings.in_flight += 1
    else:
        findings.offend(row, why)
