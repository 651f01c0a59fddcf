"""The four factors that a warning or a suspension weighs (DSA Art. 23(3)): number, proportion, gravity, intent.

The first two are counted. The other two an operator judges; where a rule acts, the codes of the decisions say them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.conduct.standing.counts import Sum, added
from services.conduct.standing.published_terms import Published
from shared.contracts.events.reporters import Misuse
from shared.contracts.ids import AccountId
from shared.contracts.sanction_codes import Gravity, Intent


@dataclass(frozen=True)
class Act:
    """Why a sanction is given, and by whom: an operator's account, or the published rule (None)."""

    reason: str
    gravity: Gravity
    intent: Intent
    by: AccountId | None = None


def factors(found: Sequence[Sum], published: Published, act: Act) -> Misuse:
    """Factors of a sanction: the unfounded items among those counted, and how the act judges them."""
    unfounded = [one for one in found if one.code in published.terms.misuse.codes and _standing(one)]
    number, total = sum(map(_standing, unfounded)), added(found).decided
    return Misuse(
        number=number,
        proportion=number / total if total else 0.0,
        gravity=act.gravity,
        intent=act.intent,
        codes=sorted({one.code for one in unfounded}),
        window_days=published.terms.window_days,
    )


def seen_by_rule(found: Sequence[Sum], published: Published) -> Act:
    """Gravity and intent as the decisions' codes alone show them."""
    if any(one.code in published.terms.misuse.grave_codes and _standing(one) for one in found):
        return Act("", Gravity.GRAVE, Intent.DELIBERATE)
    return Act("", Gravity.MINOR, Intent.UNKNOWN)


def _standing(one: Sum) -> int:
    """Rejections that were not reversed since."""
    return one.counts.decided - one.counts.accepted
