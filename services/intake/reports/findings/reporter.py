"""Rules about who files: whether the reporter may, and how much."""

from collections.abc import Iterator

from services.intake.finding import blocks
from services.intake.reports.findings.case import Case, finds
from shared.contracts.codes import ReasonCode
from shared.contracts.things import Finding


@finds("", blocking=[ReasonCode.R_REPORTER_SUSPENDED])
def reporter_may_file(case: Case) -> Iterator[Finding]:
    """A reporter that went on misusing notices after a warning is suspended for a time (DSA Art. 23(2))."""
    until = case.reporter.suspended_until if case.reporter else None
    if until is not None:
        yield blocks(
            ReasonCode.R_REPORTER_SUSPENDED,
            f"Your reports are suspended until {until:%Y-%m-%dT%H:%M:%SZ}.",
            "",
            "Read the reason and the time at /v1/standing; what you have open goes on.",
        )


@finds("/items", blocking=[ReasonCode.R_REPORTER_LIMIT])
def within_limits(case: Case) -> Iterator[Finding]:
    """Limits of a reporter's tier, so that it cannot flood review."""
    if case.reporter is None:
        return
    standing, limits = case.reporter, case.reporter.limits
    fix = "Your tier and what would change it are at /v1/standing."
    if limits.max_filings_a_day is not None and standing.filings_today >= limits.max_filings_a_day:
        message = f"Your tier ({standing.tier}) may file {limits.max_filings_a_day} reports a day."
        yield blocks(ReasonCode.R_REPORTER_LIMIT, message, "", fix)
    if limits.max_open_items is not None and standing.open_items + len(case.body.items) > limits.max_open_items:
        message = f"Your tier ({standing.tier}) may have {limits.max_open_items} items open at once."
        yield blocks(ReasonCode.R_REPORTER_LIMIT, message, "/items", fix)


RULES = (reporter_may_file, within_limits)
