"""The life of a task, as one table."""

from enum import StrEnum, unique

from shared.contracts.codes import Outcome, TaskState


@unique
class Step(StrEnum):
    """An event in the life of a task."""

    CLAIM = "claim"
    RELEASE = "release"
    EXPIRE = "expire"
    BREAK = "break"
    DECIDE = "decide"
    ASK = "ask"
    REROUTE = "reroute"
    ESCALATE = "escalate"
    INFORM = "inform"
    RESOLVE = "resolve"
    JOIN = "join"
    CANCEL = "cancel"


TRANSITIONS: dict[tuple[TaskState, Step], TaskState] = {
    (TaskState.PENDING, Step.CLAIM): TaskState.LEASED,
    (TaskState.PENDING, Step.JOIN): TaskState.PENDING,
    (TaskState.PENDING, Step.CANCEL): TaskState.CANCELLED,
    (TaskState.LEASED, Step.RELEASE): TaskState.PENDING,
    (TaskState.LEASED, Step.EXPIRE): TaskState.PENDING,
    (TaskState.LEASED, Step.BREAK): TaskState.PENDING,
    (TaskState.LEASED, Step.JOIN): TaskState.LEASED,
    (TaskState.LEASED, Step.DECIDE): TaskState.DECIDED,
    (TaskState.LEASED, Step.ASK): TaskState.NEEDS_INFORMATION,
    (TaskState.LEASED, Step.REROUTE): TaskState.PENDING,
    (TaskState.LEASED, Step.ESCALATE): TaskState.ESCALATED,
    (TaskState.LEASED, Step.CANCEL): TaskState.CANCELLED,
    (TaskState.NEEDS_INFORMATION, Step.INFORM): TaskState.PENDING,
    # Another reporter's notice may bring what was missing, and must not wait for the first one's answer.
    (TaskState.NEEDS_INFORMATION, Step.JOIN): TaskState.PENDING,
    (TaskState.NEEDS_INFORMATION, Step.CANCEL): TaskState.CANCELLED,
    (TaskState.ESCALATED, Step.RESOLVE): TaskState.PENDING,
    (TaskState.ESCALATED, Step.JOIN): TaskState.ESCALATED,
    (TaskState.ESCALATED, Step.CANCEL): TaskState.CANCELLED,
}

NEW_ROUND = frozenset(
    {
        (TaskState.LEASED, Step.REROUTE),
        (TaskState.NEEDS_INFORMATION, Step.INFORM),
        (TaskState.NEEDS_INFORMATION, Step.JOIN),
        (TaskState.ESCALATED, Step.RESOLVE),
    }
)
"""The steps that ask the question anew: the next judgement is one of another round."""

ANSWERS: dict[Outcome, Step] = {
    Outcome.ACCEPT: Step.DECIDE,
    Outcome.REJECT: Step.DECIDE,
    Outcome.NEEDS_INFORMATION: Step.ASK,
    Outcome.WRONG_RIGHT_TYPE: Step.REROUTE,
    Outcome.ESCALATE: Step.ESCALATE,
}
"""Return the step that a reviewer's answer takes a task."""

OPEN = frozenset({TaskState.PENDING, TaskState.LEASED, TaskState.NEEDS_INFORMATION, TaskState.ESCALATED})


def after(state: TaskState, step: Step) -> TaskState | None:
    """The state after a step; None where the step cannot happen."""
    return TRANSITIONS.get((state, step))


def begins_round(state: TaskState, step: Step) -> bool:
    """Return whether the task comes back for another round of judgement."""
    return (state, step) in NEW_ROUND
