"""The deadlines that a report item gets: of its severity, or of the rule that promises one which is over sooner.

How pauses move them afterwards is `clocks/item_clocks.py`; how time is counted, `libraries/clocks`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from libraries.clocks.business_days import Calendar
from libraries.clocks.spans import Span, over
from services.escalation.severities.expressions import facts_of
from services.escalation.severities.rules import Match, match
from services.escalation.severities.tables import SeverityClocks, SeverityRule
from shared.contracts.codes import Severity
from shared.contracts.events import ReportSubmitted


@dataclass(frozen=True)
class Deadlines:
    """The severity and the time that one report item was given."""

    found: Match
    acknowledge: Span
    decide: Span
    acknowledge_due_at: datetime
    decide_due_at: datetime


def deadlines_of(found: Match, clocks: SeverityClocks, start: datetime, calendar: Calendar) -> Deadlines:
    """Of the severity's clock and those that rules promise, the one that is over first."""

    def soonest(own: dict[str, int], promised: tuple[Span, ...]) -> tuple[datetime, Span]:
        spans = (Span.of(own), *promised)
        return min(((over(start, span, calendar), span) for span in spans), key=lambda pair: pair[0])

    acknowledge_due_at, acknowledge = soonest(clocks.acknowledge, found.acknowledge)
    decide_due_at, decide = soonest(clocks.decide, found.decide)
    return Deadlines(found, acknowledge, decide, acknowledge_due_at, decide_due_at)


def deadlines_of_report(
    report: ReportSubmitted,
    rules: Sequence[SeverityRule],
    by_severity: dict[Severity, SeverityClocks],
    fallback: Severity,
    calendar: Calendar,
) -> dict[str, Deadlines]:
    """Each item's deadlines. Items that the rules cannot tell apart, most of a long report, are judged once."""
    known: dict[tuple[object, ...], Deadlines] = {}
    deadlines = {}
    for item in report.items:
        facts = facts_of(report, item)
        alike = tuple(facts[name] for name in facts if name.startswith(("listing.", "item.")))
        if alike not in known:
            found = match(facts, rules, fallback)
            known[alike] = deadlines_of(found, by_severity[found.severity], report.submitted_at, calendar)
        deadlines[str(item.item_id)] = known[alike]
    return deadlines
