"""The life of a right, as a table."""

from enum import StrEnum, unique

from shared.contracts.codes import RightState


@unique
class RightStep(StrEnum):
    """An event in the life of a right."""

    VERIFY = "verify"
    REJECT = "reject"
    REVISE = "revise"
    EXPIRE = "expire"
    RENEW = "renew"


RIGHT_TRANSITIONS: dict[tuple[RightState, RightStep], RightState] = {
    (RightState.PENDING, RightStep.VERIFY): RightState.VERIFIED,
    (RightState.PENDING, RightStep.REJECT): RightState.REJECTED,
    (RightState.PENDING, RightStep.REVISE): RightState.PENDING,
    (RightState.PENDING, RightStep.EXPIRE): RightState.EXPIRED,
    (RightState.VERIFIED, RightStep.REJECT): RightState.REJECTED,
    (RightState.VERIFIED, RightStep.REVISE): RightState.PENDING,
    (RightState.VERIFIED, RightStep.EXPIRE): RightState.EXPIRED,
    (RightState.REJECTED, RightStep.VERIFY): RightState.VERIFIED,
    (RightState.REJECTED, RightStep.REVISE): RightState.PENDING,
    (RightState.EXPIRED, RightStep.REVISE): RightState.PENDING,
    (RightState.VERIFIED, RightStep.RENEW): RightState.VERIFIED,
    (RightState.EXPIRED, RightStep.RENEW): RightState.VERIFIED,
}


def right_after(state: RightState, step: RightStep) -> RightState | None:
    """The state of a right after a step; None where the step cannot happen."""
    return RIGHT_TRANSITIONS.get((state, step))
