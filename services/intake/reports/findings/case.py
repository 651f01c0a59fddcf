"""The input of a rule, and its findings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from libraries.notices import Place
from services.intake.evidence.references import AtHand
from services.intake.reports.report_body import ItemIn, ReportIn
from services.intake.standing.standing import Standing
from services.intake.vault.authorities.terms import RightAtHand
from shared.contracts.codes import FindingSeverity, ReasonCode
from shared.contracts.things import Finding, RightSnapshot


@dataclass(frozen=True)
class Case:
    """A report before it is filed, with all that its rules need to know.

    `right` is None where the reporter's vault has no such right; `listings` has one entry for each item, None where the
    item's URL names no listing.
    """

    body: ReportIn
    right: RightAtHand | None
    listings: Sequence[Place | None]
    is_store: Callable[[str], bool]
    evidence: AtHand
    """The evidence that the report names, as far as it exists."""
    open_items: Mapping[tuple[str, str], str]
    """The open report of this reporter for a marketplace and listing under this right."""
    now: datetime
    is_short: Callable[[str], bool] = bool
    """Tells a short link of the marketplace itself."""
    reporter: Standing | None = None
    """Who files; None where it is not known."""
    fitting: Sequence[RightSnapshot] = ()
    """Rights of the same vault that the claim would fit, best first; looked up only where it does not fit the right."""
    category_classes: Mapping[tuple[str, str], frozenset[int]] = field(default_factory=dict)
    """The Nice classes of the goods in a category of a marketplace, its name in small letters."""
    item_fields: frozenset[str] = frozenset(ItemIn.model_fields)
    """The fields that any item may say something of."""

    @cached_property
    def has_evidence(self) -> bool:
        return bool(self.body.evidence_ids or self.items_with("evidence_ids"))

    def items_with(self, field: str) -> list[tuple[int, ItemIn]]:
        """The items that say something of a field, with their places. Most reports have hundreds that do not."""
        if field not in self.item_fields:
            return []
        return [(index, item) for index, item in enumerate(self.body.items) if getattr(item, field)]


Rule = Callable[[Case], Iterator[Finding]]


@dataclass(frozen=True)
class Published:
    """The declaration of a rule, for those who file: its codes, how grave each is, and where it points."""

    pointer: str
    says: tuple[tuple[ReasonCode, FindingSeverity], ...]


PUBLISHED: dict[Rule, Published] = {}


def finds(
    pointer: str,
    *,
    blocking: Sequence[ReasonCode] = (),
    warning: Sequence[ReasonCode] = (),
    informing: Sequence[ReasonCode] = (),
) -> Callable[[Rule], Rule]:
    """Publish what a rule can say. The pointer has `{i}` for an item and `{n}` for a place in a list."""
    says = (
        *((code, FindingSeverity.BLOCKS) for code in blocking),
        *((code, FindingSeverity.WARNS) for code in warning),
        *((code, FindingSeverity.INFORMS) for code in informing),
    )

    def publish(rule: Rule) -> Rule:
        PUBLISHED[rule] = Published(pointer, says)
        return rule

    return publish
