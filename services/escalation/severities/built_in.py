"""The severities and rules that a new platform starts with. From then on they are the operator's data."""

from dataclasses import dataclass

from shared.contracts.codes import Severity

CLOCKS: dict[Severity, dict[str, dict[str, int]]] = {
    Severity.P0: {"acknowledge": {"seconds": 900}, "decide": {"seconds": 7_200}, "resolve": {"seconds": 7_200}},
    Severity.P1: {"acknowledge": {"seconds": 3_600}, "decide": {"seconds": 28_800}, "resolve": {"seconds": 28_800}},
    Severity.P2: {"acknowledge": {"seconds": 14_400}, "decide": {"seconds": 86_400}, "resolve": {"seconds": 86_400}},
    Severity.P3: {
        "acknowledge": {"business_days": 1},
        "decide": {"business_days": 5},
        "resolve": {"business_days": 5},
    },
}


@dataclass(frozen=True)
class FirstRule:
    """A rule of the first set."""

    name: str
    expression: str
    severity: Severity
    priority: int


RULES = (
    FirstRule("A regulator reports", 'reporter.kind == "regulator"', Severity.P0, 10),
    # Counterfeits that can hurt: cosmetics (3), medicines and infant food (5), medical devices (10), parts of vehicles
    # (12) and toys (28), the goods that the OECD and EUIPO study "Dangerous Fakes" (2022) finds first. Class 9 is left
    # out although it holds chargers: nearly every brand is registered there for software, and all would be P0.
    FirstRule(
        "Safety-critical counterfeit",
        'report.claim == "counterfeit" && right.nice_classes.exists(c, c in [3, 5, 10, 12, 28])',
        Severity.P0,
        20,
    ),
    FirstRule("A trusted flagger reports (DSA Art. 22)", "reporter.trusted_flagger", Severity.P1, 30),
    FirstRule("Live item", 'listing.media_type == "livestream"', Severity.P1, 40),
    FirstRule("An express reporter reports", 'reporter.tier == "express"', Severity.P1, 45),
    FirstRule("A trusted reporter reports", 'reporter.tier == "trusted"', Severity.P2, 55),
    FirstRule("Counterfeit or trademark", 'report.claim in ["counterfeit", "trademark"]', Severity.P2, 50),
)
