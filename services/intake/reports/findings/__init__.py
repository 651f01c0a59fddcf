"""Findings: what a check of a report says before a person has to.

One small function for each rule, the same for preflight, filing and imports; review has what they found in its packets.
"""

from services.intake.reports.findings import authority, items, notice, reporter, right
from services.intake.reports.findings.case import PUBLISHED, Case, Published, Rule
from shared.contracts.codes import FindingSeverity
from shared.contracts.things import Finding

RULES: tuple[Rule, ...] = (
    *reporter.RULES,
    *right.RULES,
    *authority.RULES,
    *items.RULES,
    *notice.RULES,
)


def examine(case: Case) -> list[Finding]:
    """Everything that the rules find in a report, in their order."""
    return [finding for rule in RULES for finding in rule(case)]


def blocking(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is FindingSeverity.BLOCKS]


__all__ = ["PUBLISHED", "RULES", "Case", "Published", "blocking", "examine"]
