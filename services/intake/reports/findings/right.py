"""Rules about the right that a report is made under."""

from collections.abc import Iterator

from services.intake.finding import blocks, warns
from services.intake.reports.findings.case import Case, finds
from services.intake.vault.expiry import is_awaited, is_over
from services.intake.vault.office_days import zone_of
from services.intake.vault.territories import uncovered
from shared.contracts.codes import ReasonCode, RightState, RightType
from shared.contracts.things import Finding

_RIGHT = "/right_id"


@finds(_RIGHT, blocking=[ReasonCode.R_NOT_RIGHTS_HOLDER])
def right_is_yours(case: Case) -> Iterator[Finding]:
    """Another's right and one that does not exist are answered alike."""
    if case.right is None:
        yield blocks(
            ReasonCode.R_NOT_RIGHTS_HOLDER,
            "Your vault has no right with this id.",
            _RIGHT,
            "Put the right into the vault with POST /v1/rights, or use the id of one of yours.",
        )


@finds(_RIGHT, blocking=[ReasonCode.R_RIGHT_PENDING])
def right_is_verified(case: Case) -> Iterator[Finding]:
    """The operator has found the right in its register."""
    if case.right is None:
        return
    if case.right.state is RightState.PENDING:
        yield blocks(
            ReasonCode.R_RIGHT_PENDING,
            "The right has not been verified yet.",
            _RIGHT,
            "File again once you are told that the right was verified (marque.right.verified.v1).",
        )
    elif case.right.state is RightState.REJECTED:
        yield blocks(
            ReasonCode.R_RIGHT_PENDING,
            "The right could not be verified; the vault says why.",
            _RIGHT,
            "Correct the right with PATCH /v1/rights/{id}, which has it looked at again.",
        )


@finds(_RIGHT, blocking=[ReasonCode.R_RIGHT_EXPIRED], warning=[ReasonCode.R_RIGHT_EXPIRED])
def right_is_in_force(case: Case) -> Iterator[Finding]:
    """A right stays in force while its renewal is looked at: registers give time (Paris Convention, Art. 5bis)."""
    right = case.right
    if right is None:
        return
    message = f"The right was in force until {right.expires_on}."
    if right.state is RightState.EXPIRED or (
        is_over(right.expires_on, case.now, zone_of(right)) and not is_awaited(right.renewal, case.now, zone_of(right))
    ):
        fix = "If it was renewed, tell of the renewal with POST /v1/rights/{id}/renew."
        yield blocks(ReasonCode.R_RIGHT_EXPIRED, message, _RIGHT, fix)
    elif is_over(right.expires_on, case.now, zone_of(right)):
        message += " Its renewal is being looked at."
        yield warns(ReasonCode.R_RIGHT_EXPIRED, message, _RIGHT, "Nothing, if the renewal is in the register.")


@finds("/markets", blocking=[ReasonCode.R_TERRITORY_MISMATCH], warning=[ReasonCode.R_TERRITORY_MISMATCH])
def right_holds_there(case: Case) -> Iterator[Finding]:
    """A right says nothing about a country in which it does not hold."""
    if case.right is None:
        return
    markets = case.body.markets
    outside = uncovered(markets, case.right.territories)
    if not outside:
        return
    held = ", ".join(case.right.territories)
    if len(outside) == len(markets):
        yield blocks(
            ReasonCode.R_TERRITORY_MISMATCH,
            f"The right holds in {held}, and in none of the markets named.",
            "/markets",
            "Name a market in which the right holds, or file under a right that holds there.",
        )
    else:
        yield warns(
            ReasonCode.R_TERRITORY_MISMATCH,
            f"The right holds in {held}, and not in {', '.join(outside)}.",
            "/markets",
            "Leave these markets out, or file for them under a right that holds there.",
        )


@finds("/claim", warning=[ReasonCode.R_WRONG_RIGHT_TYPE])
def claim_fits(case: Case) -> Iterator[Finding]:
    """A claim is made under a right of its type. One that is not is taken all the same: review re-routes it."""
    if case.right is None or case.body.claim.right_type is case.right.type:
        return
    claim, needed = case.body.claim.value, case.body.claim.right_type.value
    if case.fitting:
        best = case.fitting[0]
        fix = f"File under your right {best.id} ({best.title}), which is a {needed} and fits this claim."
    else:
        fix = f"Put the {needed} into the vault, or make the claim that this right carries."
    yield warns(
        ReasonCode.R_WRONG_RIGHT_TYPE,
        f"The claim {claim} needs a {needed}, and this right is a {case.right.type.value}.",
        "/claim",
        fix,
    )


@finds("/items/{i}/category", warning=[ReasonCode.R_CLASS_MISMATCH])
def goods_are_covered(case: Case) -> Iterator[Finding]:
    """A mark is registered for goods; a well-known one reaches further (Reg. (EU) 2017/1001, Art. 9(2)(c))."""
    if case.right is None or not case.right.nice_classes or case.body.claim.right_type is not RightType.TRADEMARK:
        return
    held = frozenset(case.right.nice_classes)
    for index, item in case.items_with("category"):
        listing = case.listings[index]
        if item.category is None or listing is None:
            continue
        marketplace, _ = listing
        goods = case.category_classes.get((marketplace, item.category.casefold()))
        if goods and goods.isdisjoint(held):
            yield warns(
                ReasonCode.R_CLASS_MISMATCH,
                f"The mark is registered for the classes {_listed(held)}; such goods are in {_listed(goods)}.",
                f"/items/{index}/category",
                "File under a mark that is registered for these goods, or say why this one reaches them.",
            )


def _listed(classes: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(classes)))


@finds(_RIGHT, warning=[ReasonCode.N_CLAIM_CHART])
def patent_is_charted(case: Case) -> Iterator[Finding]:
    """A patent has a claim chart, element by element."""
    if case.right and case.right.type is RightType.PATENT and not case.right.details.get("claim_chart"):
        yield warns(
            ReasonCode.N_CLAIM_CHART,
            "The vault has no claim chart for this patent.",
            _RIGHT,
            "Add a claim chart to the right: each element of the asserted claim, and where the product shows it.",
        )


RULES = (
    right_is_yours,
    right_is_verified,
    right_is_in_force,
    right_holds_there,
    claim_fits,
    goods_are_covered,
    patent_is_charted,
)
