"""Rules about the right that a report is made under."""

from collections.abc import Iterator

from services.intake.domain.ending import is_awaited, is_over
from services.intake.domain.findings.model import Case, blocks, warns
from services.intake.domain.territories import uncovered
from shared.contracts.codes import ReasonCode, RightState, RightType
from shared.contracts.things import Finding

_RIGHT = "/right_id"


def right_is_yours(case: Case) -> Iterator[Finding]:
    """Another's right and one that does not exist are answered alike."""
    if case.right is None:
        yield blocks(
            ReasonCode.R_NOT_RIGHTS_HOLDER,
            "There is no such right in your vault.",
            _RIGHT,
            "Put the right into the vault with POST /v1/rights, or use the id of one of yours.",
        )


def right_is_verified(case: Case) -> Iterator[Finding]:
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


def right_is_in_force(case: Case) -> Iterator[Finding]:
    """A right stays in force while its renewal is looked at: registers give time (Paris Convention, Art. 5bis)."""
    right = case.right
    if right is None:
        return
    message = f"The right was in force until {right.expires_on}."
    if right.state is RightState.EXPIRED or (
        is_over(right.expires_on, case.now) and not is_awaited(right.renewal, case.now)
    ):
        fix = "If it was renewed, tell of the renewal with POST /v1/rights/{id}/renew."
        yield blocks(ReasonCode.R_RIGHT_EXPIRED, message, _RIGHT, fix)
    elif is_over(right.expires_on, case.now):
        message += " Its renewal is being looked at."
        yield warns(ReasonCode.R_RIGHT_EXPIRED, message, _RIGHT, "Nothing, if the renewal is in the register.")


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


def claim_fits(case: Case) -> Iterator[Finding]:
    if case.right and case.body.claim.right_type is not case.right.type:
        yield blocks(
            ReasonCode.R_WRONG_RIGHT_TYPE,
            f"The claim {case.body.claim.value} needs a {case.body.claim.right_type.value}, "
            f"and this right is a {case.right.type.value}.",
            "/claim",
            "File under a right of the type that the claim needs, or make the claim that this right carries.",
        )


def patent_is_charted(case: Case) -> Iterator[Finding]:
    if case.right and case.right.type is RightType.PATENT and not case.right.details.get("claim_chart"):
        yield warns(
            ReasonCode.N_CLAIM_CHART,
            "The vault has no claim chart for this patent.",
            _RIGHT,
            "Add a claim chart to the right: each element of the asserted claim, and where the product shows it.",
        )


RULES = (right_is_yours, right_is_verified, right_is_in_force, right_holds_there, claim_fits, patent_is_charted)
