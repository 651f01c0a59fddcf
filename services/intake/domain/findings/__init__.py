"""Findings: what a check of a report says before a person has to.

One small function for each rule, the same for preflight, filing and imports; review has what they found in its packets.
"""

from services.intake.domain.findings import of_authority, of_items, of_notice, of_reporter, of_right
from services.intake.domain.findings.model import PUBLISHED, Case, Published, Rule
from shared.contracts.codes import FindingSeverity
from shared.contracts.things import Finding

RULES: tuple[Rule, ...] = (
    *of_reporter.RULES,
    *of_right.RULES,
    *of_authority.RULES,
    *of_items.RULES,
    *of_notice.RULES,
)


def examine(case: Case) -> list[Finding]:
    """Everything that the rules find in a report, in their order."""
    return [finding for rule in RULES for finding in rule(case)]


def blocking(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is FindingSeverity.BLOCKS]


__all__ = ["PUBLISHED", "RULES", "Case", "Published", "blocking", "examine"]
