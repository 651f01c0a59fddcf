"""Rules about the authority of a reporter that does not own the right."""

from collections.abc import Iterator

from services.intake.finding import blocks
from services.intake.reports.findings.case import Case, finds
from services.intake.vault.authorities.terms import AuthorityTerms, RightAtHand
from shared.contracts.authority_codes import AuthorityState
from shared.contracts.codes import HeldAs, ReasonCode
from shared.contracts.things import Finding

_RIGHT = "/right_id"
_NAMED = 10
_FIX = "Put the document into the vault with POST /v1/authorities; it counts once it was verified."


def relied_on(case: Case) -> AuthorityTerms | None:
    """The authority that a report is filed under: the newest one in force that reaches as far as the report does."""
    right = case.right
    if right is None or right.held_as is HeldAs.OWNER:
        return None
    return next((one for one in _in_force(case, right) if _reaches(one, case, right)), None)


@finds(_RIGHT, blocking=[ReasonCode.N_AUTHORITY_MISSING])
def authority_is_there(case: Case) -> Iterator[Finding]:
    """Who acts for the owner shows by what: 17 USC 512(c)(3)(A)(vi), DSA Art. 16(2)(c)."""
    right = _without(case)
    if right is None or _in_force(case, right) or any(one.covers_right and one.is_over(case.now) for one in _all(case)):
        return
    later = [one.valid_from for one in _all(case) if one.covers_right]
    if later:
        message = f"The authority for this right begins on {min(later)}."
        yield blocks(ReasonCode.N_AUTHORITY_MISSING, message, _RIGHT, "File once it holds.")
    elif not any(one.in_force(case.now) for one in _all(case)):
        message = f"You hold this right as {right.held_as.value}, and no verified authority shows that you may."
        yield blocks(ReasonCode.N_AUTHORITY_MISSING, message, _RIGHT, _FIX)


@finds(_RIGHT, blocking=[ReasonCode.N_AUTHORITY_EXPIRED])
def authority_is_in_force(case: Case) -> Iterator[Finding]:
    """An authority counts from its first day to its last, unless it was revoked."""
    right = _without(case)
    if right is None or _in_force(case, right):
        return
    over = [one for one in _all(case) if one.covers_right and one.is_over(case.now)]
    if not over:
        return
    last = over[0]
    how = "was revoked" if last.state is AuthorityState.REVOKED else f"ended on {last.valid_to}"
    yield blocks(ReasonCode.N_AUTHORITY_EXPIRED, f"The authority {last.id} {how}.", _RIGHT, _FIX)


@finds("/markets", blocking=[ReasonCode.N_AUTHORITY_SCOPE])
def authority_reaches(case: Case) -> Iterator[Finding]:
    """An authority says nothing of rights, of types of right and of countries that it does not cover."""
    right = _without(case)
    if right is None:
        return
    code = ReasonCode.N_AUTHORITY_SCOPE
    in_force = _in_force(case, right)
    if not in_force:
        if not any(one.covers_right for one in _all(case)) and any(one.in_force(case.now) for one in _all(case)):
            yield blocks(code, "No authority of yours covers this right.", _RIGHT, _FIX)
        return
    of_type = [one for one in in_force if one.is_about(right)]
    if not of_type:
        yield blocks(code, f"The authority does not cover a {right.type.value}.", _RIGHT, _FIX)
        return
    outside = min((one.not_reaching(right, case.body.markets) for one in of_type), key=len)
    named = ", ".join(outside[:_NAMED]) + (" and others" if len(outside) > _NAMED else "")
    fix = "Name only markets that one authority covers, or put one into the vault that covers all of these."
    yield blocks(code, f"The authority does not cover {named}.", "/markets", fix)


def _without(case: Case) -> RightAtHand | None:
    """The right of a report that needs an authority and has none which reaches so far."""
    right = case.right
    return None if right is None or right.held_as is HeldAs.OWNER or relied_on(case) is not None else right


def _all(case: Case) -> tuple[AuthorityTerms, ...]:
    return case.right.authorities if case.right else ()


def _in_force(case: Case, right: RightAtHand) -> list[AuthorityTerms]:
    return [one for one in right.authorities if one.covers_right and one.in_force(case.now)]


def _reaches(one: AuthorityTerms, case: Case, right: RightAtHand) -> bool:
    return one.is_about(right) and not one.not_reaching(right, case.body.markets)


RULES = (authority_is_there, authority_is_in_force, authority_reaches)
