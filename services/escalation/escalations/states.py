"""The life of an escalation, as one table."""

from shared.contracts.codes import EscalationState, EscalationStep

TRANSITIONS: dict[tuple[EscalationState, EscalationStep], EscalationState] = {
    (EscalationState.OPEN, EscalationStep.ACKNOWLEDGED): EscalationState.ACKNOWLEDGED,
    (EscalationState.OPEN, EscalationStep.ASSIGNED): EscalationState.OPEN,
    # What settles at the first look needs no second call: to resolve is to take up as well.
    (EscalationState.OPEN, EscalationStep.RESOLVED): EscalationState.RESOLVED,
    (EscalationState.ACKNOWLEDGED, EscalationStep.ASSIGNED): EscalationState.ACKNOWLEDGED,
    (EscalationState.ACKNOWLEDGED, EscalationStep.RESOLVED): EscalationState.RESOLVED,
}


def after(state: EscalationState, step: EscalationStep) -> EscalationState | None:
    """The state after a step; None where the step cannot happen."""
    return TRANSITIONS.get((state, step))
