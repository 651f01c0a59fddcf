"""The expressions of severity rules: CEL over the facts of one report item.

CEL (the Common Expression Language) has no loops without bound and no side effects; this implementation adds budgets
for iterations and depth, so that a rule an operator wrote cannot hold the service up. Every fact is declared with its
type: a rule with a misspelt fact is refused when it is written, not silently false when it matters.
"""

from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from shared.contracts.events import ReportSubmitted
from shared.contracts.things import ReportedItem

_TEXTS = cel.Type.List(cel.Type.STRING)

FACTS: dict[str, tuple[Any, str]] = {
    "report.claim": (cel.Type.STRING, "counterfeit, trademark, copyright, ..."),
    "report.legal_basis": (cel.Type.STRING, "dmca, dsa, china_ecommerce, terms"),
    "report.reference": (cel.Type.STRING, "The reporter's own number; empty without one"),
    "report.language": (cel.Type.STRING, "BCP 47"),
    "report.markets": (_TEXTS, "Countries named in the report"),
    "report.items": (cel.Type.INT, "How many listings the report names"),
    "reporter.account_id": (cel.Type.STRING, "Who reports"),
    "reporter.kind": (cel.Type.STRING, "brand, vendor, marketplace, regulator"),
    "reporter.trusted_flagger": (cel.Type.BOOL, "DSA Art. 22"),
    "reporter.tier": (cel.Type.STRING, "new, standard, trusted, express, restricted: its standing when it filed"),
    "right.id": (cel.Type.STRING, "The right in the vault"),
    "right.type": (cel.Type.STRING, "trademark, copyright, design, ..."),
    "right.office": (cel.Type.STRING, "Where it is registered; empty where it is not"),
    "right.nice_classes": (cel.Type.List(cel.Type.INT), "Classes of goods and services, 1 to 45"),
    "right.territories": (_TEXTS, "Where it holds"),
    "listing.marketplace": (cel.Type.STRING, "Where the listing is"),
    "listing.media_type": (cel.Type.STRING, "listing, image, video, livestream, ad"),
    "listing.seller_id": (cel.Type.STRING, "Who sells; empty where unknown"),
    "item.part": (cel.Type.STRING, "whole, title, description, image, video"),
}
"""The names that a rule may use, each with its type and what it says."""

Facts = dict[str, Any]


class ExpressionInvalid(Exception):
    """The expression cannot be read, names what is not there, or does not answer yes or no."""


class ExpressionFailed(Exception):
    """The expression could not be evaluated on these facts."""


def facts_of(report: ReportSubmitted, item: ReportedItem) -> Facts:
    """The variables of a rule's expression: one report item."""
    return {
        "report.claim": report.claim.value,
        "report.legal_basis": report.legal_basis.value,
        "report.reference": report.reference or "",
        "report.language": report.language,
        "report.markets": list(report.markets),
        "report.items": len(report.items),
        "reporter.account_id": str(report.reporter.account_id),
        "reporter.kind": report.reporter.kind.value,
        "reporter.trusted_flagger": report.reporter.trusted_flagger,
        "reporter.tier": report.reporter_tier.value,
        "right.id": str(report.right.id),
        "right.type": report.right.type.value,
        "right.office": report.right.office or "",
        "right.nice_classes": list(report.right.nice_classes),
        "right.territories": list(report.right.territories),
        "listing.marketplace": item.listing.marketplace,
        "listing.media_type": item.listing.media_type.value,
        "listing.seller_id": str(item.listing.seller_id or ""),
        "item.part": item.part.value,
    }


_environment = cel.NewEnv(variables={name: kind for name, (kind, _) in FACTS.items()})
_BARE: Facts = {name: {"STRING": "", "INT": 1, "BOOL": False}.get(kind.name(), []) for name, (kind, _) in FACTS.items()}


@lru_cache(maxsize=4096)
def _compiled(expression: str) -> Any:
    return _environment.compile(expression)


def check(expression: str) -> None:
    """Raise `ExpressionInvalid`, with what is wrong in it, where this cannot be a rule.

    A rule is also tried on a report item that says the least: one that would fail there (the first of no classes) would
    one day give a report no severity.
    """
    try:
        kind = _compiled(expression).return_type().name()
    except RuntimeError as error:
        raise ExpressionInvalid(_first_lines(error)) from error
    if kind != "BOOL":
        raise ExpressionInvalid(f"The expression must answer true or false; it answers {kind.lower()}.")
    try:
        holds(expression, _BARE)
    except ExpressionFailed as error:
        raise ExpressionInvalid(f"The expression fails on a report without details: {error}") from error


def holds(expression: str, facts: Facts) -> bool:
    """Return whether an expression holds of these facts. Raises `ExpressionFailed`."""
    try:
        value = _compiled(expression).eval(data=facts)
    except RuntimeError as error:
        raise ExpressionFailed(_first_lines(error)) from error
    if value.type().name() != "BOOL":
        raise ExpressionFailed(str(value.value()))
    return bool(value.value())


def _first_lines(error: RuntimeError) -> str:
    text = str(error).removeprefix("INVALID_ARGUMENT: ").removesuffix(" [INVALID_ARGUMENT]")
    return text.removeprefix("ERROR: ")[:1000]
