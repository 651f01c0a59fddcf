"""The life of an authority, as a table."""

from enum import StrEnum, unique

from shared.contracts.authority_codes import AuthorityState


@unique
class AuthorityStep(StrEnum):
    """An event in the life of an authority."""

    VERIFY = "verify"
    REJECT = "reject"
    REVISE = "revise"
    EXPIRE = "expire"
    REVOKE = "revoke"


# What its account took back never holds again: the principal's leave is gone, and a new one is a new document.
AUTHORITY_TRANSITIONS: dict[tuple[AuthorityState, AuthorityStep], AuthorityState] = {
    (AuthorityState.PENDING, AuthorityStep.VERIFY): AuthorityState.VERIFIED,
    (AuthorityState.PENDING, AuthorityStep.REJECT): AuthorityState.REJECTED,
    (AuthorityState.PENDING, AuthorityStep.REVISE): AuthorityState.PENDING,
    (AuthorityState.PENDING, AuthorityStep.REVOKE): AuthorityState.REVOKED,
    (AuthorityState.VERIFIED, AuthorityStep.REJECT): AuthorityState.REJECTED,
    (AuthorityState.VERIFIED, AuthorityStep.REVISE): AuthorityState.PENDING,
    (AuthorityState.VERIFIED, AuthorityStep.EXPIRE): AuthorityState.EXPIRED,
    (AuthorityState.VERIFIED, AuthorityStep.REVOKE): AuthorityState.REVOKED,
    (AuthorityState.REJECTED, AuthorityStep.VERIFY): AuthorityState.VERIFIED,
    (AuthorityState.REJECTED, AuthorityStep.REVISE): AuthorityState.PENDING,
    (AuthorityState.REJECTED, AuthorityStep.REVOKE): AuthorityState.REVOKED,
    (AuthorityState.EXPIRED, AuthorityStep.REVISE): AuthorityState.PENDING,
    (AuthorityState.EXPIRED, AuthorityStep.REVOKE): AuthorityState.REVOKED,
}


def authority_after(state: AuthorityState, step: AuthorityStep) -> AuthorityState | None:
    """The state of an authority after a step; None where the step cannot happen."""
    return AUTHORITY_TRANSITIONS.get((state, step))
