"""The lives of a right, of an authority, of a report item and of a report, as tables."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum, unique

from services.intake.open_items import OPEN_ITEM_STATES
from shared.contracts.codes import ItemState, ReportState
from shared.contracts.withdrawal_codes import Withdrawal


@unique
class ItemStep(StrEnum):
    """An event in the life of a report item."""

    QUEUE = "queue"
    CLAIM = "claim"
    ASK = "ask"
    INFORM = "inform"
    CLOSE = "close"
    REOPEN = "reopen"
    ACCEPT = "accept"
    REJECT = "reject"
    APPLY = "apply"
    WITHDRAW = "withdraw"


OPEN = frozenset(OPEN_ITEM_STATES)
"""Items in these states wait for their outcome."""

_FROM_REVIEW: dict[ItemStep, ItemState] = {
    ItemStep.QUEUE: ItemState.QUEUED,
    ItemStep.CLAIM: ItemState.IN_REVIEW,
    ItemStep.ASK: ItemState.NEEDS_INFORMATION,
    ItemStep.ACCEPT: ItemState.ACCEPTED,
    ItemStep.REJECT: ItemState.REJECTED,
}

# Review's events come in any order. Which of them is the newest the task's version says, so that an open item takes the
# state that the newest one names, whatever it was before; what has its outcome, or was taken back, never opens again.
ITEM_TRANSITIONS: dict[tuple[ItemState, ItemStep], ItemState] = {
    **{(state, step): after for state in OPEN_ITEM_STATES for step, after in _FROM_REVIEW.items()},
    **{(state, ItemStep.WITHDRAW): ItemState.WITHDRAWN for state in OPEN_ITEM_STATES},
    (ItemState.NEEDS_INFORMATION, ItemStep.INFORM): ItemState.QUEUED,
    # What was closed for want of an answer keeps its task, which others may have joined: it can come to be decided all
    # the same, be reopened by the answer, or be taken back.
    (ItemState.NEEDS_INFORMATION, ItemStep.CLOSE): ItemState.CLOSED,
    (ItemState.CLOSED, ItemStep.REOPEN): ItemState.QUEUED,
    (ItemState.CLOSED, ItemStep.ACCEPT): ItemState.ACCEPTED,
    (ItemState.CLOSED, ItemStep.REJECT): ItemState.REJECTED,
    (ItemState.CLOSED, ItemStep.WITHDRAW): ItemState.WITHDRAWN,
    (ItemState.ACCEPTED, ItemStep.APPLY): ItemState.ACTIONED,
}


def item_after(state: ItemState, step: ItemStep) -> ItemState | None:
    """The state of an item after a step; None where the step cannot happen."""
    return ITEM_TRANSITIONS.get((state, step))


def withdrawal_of(state: ItemState, requested_at: datetime | None) -> Withdrawal | None:
    """Return how the withdrawal of an item in this state stands; None where its reporter never asked for one."""
    if requested_at is None:
        return None
    if state in OPEN or state is ItemState.CLOSED:
        return Withdrawal.REQUESTED
    return Withdrawal.GRANTED if state is ItemState.WITHDRAWN else Withdrawal.TOO_LATE


_UPHELD = frozenset({ItemState.ACCEPTED, ItemState.ACTIONED, ItemState.APPEALED})
_WAITING = frozenset({ItemState.RECEIVED, ItemState.QUEUED})


def report_state(items: Iterable[ItemState]) -> ReportState:
    """A report's state, from its items'. Those taken back count only where there are no others."""
    states = {state for state in items if state is not ItemState.WITHDRAWN}
    if states <= {ItemState.CLOSED}:
        return ReportState.CLOSED if states else ReportState.WITHDRAWN
    if ItemState.NEEDS_INFORMATION in states:
        return ReportState.NEEDS_INFORMATION
    if states <= _WAITING:
        return ReportState.RECEIVED
    if states & OPEN:
        return ReportState.IN_REVIEW
    if states <= _UPHELD:
        return ReportState.ACCEPTED
    return ReportState.PARTIALLY_ACCEPTED if states & _UPHELD else ReportState.REJECTED


def is_complete(items: Iterable[ItemState]) -> bool:
    """Return whether every item has its outcome."""
    return OPEN.isdisjoint(items)
